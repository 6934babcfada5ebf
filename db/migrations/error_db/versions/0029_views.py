"""Views of incidents and remediations for dashboards; docs/incident-views.md describes them."""

from __future__ import annotations

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

# Times as in reports: from the fault to its record, from the record to a person, from the fault to its recovery. An incident
# that was only closed has no recovery, one that arrived too late ("expired") no times. What runs of actions add is looked up for
# each row: a query of a day or of open incidents then reads the runs of these alone.
INCIDENTS = """
SELECT incidents.id, incidents.rule, incidents.title, incidents.kind, incidents.severity,
    CASE incidents.severity WHEN 'critical' THEN 4 WHEN 'high' THEN 3 WHEN 'medium' THEN 2 WHEN 'low' THEN 1 ELSE 0 END
        AS severity_rank,
    incidents.service, incidents.project, incidents.resource, incidents.principal, incidents.summary, incidents.status,
    incidents.opened_at, incidents.last_seen_at, incidents.received_at, incidents.acknowledged_at,
    incidents.acknowledged_by, incidents.resolved_at, incidents.resolved_by, incidents.occurrence_count,
    incidents.false_alarm_at IS NOT NULL AS is_false_alarm,
    CASE WHEN coalesce(incidents.resolved_by, '') <> 'expired' THEN {detect} END AS detect_seconds,
    {acknowledge} AS acknowledge_seconds,
    CASE WHEN incidents.resolved_by IN ('recovery', 'person', 'repair') THEN {resolve} END AS resolve_seconds,
    (SELECT count(*) FROM action_runs WHERE action_runs.incident_id = incidents.id AND plan IS NOT NULL
        AND state = 'done' AND mode = 'auto' AND undo_of IS NULL AND coalesce(verdict, '') <> 'not_fixed' AND {changed})
        AS remediations,
    incidents.acknowledged_at IS NULL AND coalesce(incidents.resolved_by, '') <> 'person' AND NOT EXISTS (
        SELECT 1 FROM action_runs
        WHERE action_runs.incident_id = incidents.id AND coalesce(action_runs.decided_by, '') <> '') AS is_without_person
FROM incidents
"""
OPEN_INCIDENTS = """
SELECT id, severity, severity_rank, status, rule, title, kind, service, project, resource, principal, summary, opened_at,
    last_seen_at, received_at, acknowledged_at, acknowledged_by, occurrence_count, detect_seconds, acknowledge_seconds,
    remediations
FROM v_incidents WHERE status <> 'resolved'
"""
TIMES_DAILY_POSTGRESQL = """
SELECT CAST(opened_at AT TIME ZONE 'UTC' AS date) AS day, service, severity, count(*) AS incidents,
    count(*) FILTER (WHERE is_without_person) AS without_person,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY detect_seconds) AS median_detect_seconds,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY acknowledge_seconds) AS median_acknowledge_seconds,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY resolve_seconds) AS median_resolve_seconds
FROM v_incidents WHERE coalesce(resolved_by, '') <> 'expired'
GROUP BY CAST(opened_at AT TIME ZONE 'UTC' AS date), service, severity
"""
PLACES = """
        row_number() OVER (PARTITION BY date(opened_at), service, severity, {name}_seconds IS NULL ORDER BY {name}_seconds)
            AS {name}_place,
        count({name}_seconds) OVER (PARTITION BY date(opened_at), service, severity) AS {name}_places"""
MEDIAN = """
    avg({name}_seconds) FILTER (WHERE {name}_place IN (({name}_places + 1) / 2, {name}_places / 2 + 1))
        AS median_{name}_seconds"""
MEASURED = ("detect", "acknowledge", "resolve")
TIMES_DAILY_SQLITE = """
WITH ranked AS (
    SELECT v_incidents.*, date(opened_at) AS day,{places}
    FROM v_incidents WHERE coalesce(resolved_by, '') <> 'expired'
)
SELECT day, service, severity, count(*) AS incidents, count(*) FILTER (WHERE is_without_person) AS without_person,
    {medians}
FROM ranked GROUP BY day, service, severity
"""
RULE_NOISE_DAILY = """
SELECT {opened_day} AS day, rule, service, count(*) AS incidents,
    count(*) FILTER (WHERE NOT is_without_person) AS needed_person,
    count(*) FILTER (WHERE remediations > 0) AS remediated,
    count(*) FILTER (WHERE is_without_person AND remediations = 0 AND resolved_by IN ('recovery', 'quiet')) AS ended_alone,
    count(*) FILTER (WHERE is_false_alarm) AS false_alarms,
    count(*) FILTER (WHERE status <> 'resolved') AS unresolved
FROM v_incidents WHERE coalesce(resolved_by, '') <> 'expired'
GROUP BY {opened_day}, rule, service
"""
REMEDIATIONS = """
SELECT action_runs.id, action_runs.incident_id, incidents.rule, incidents.service, incidents.severity,
    action_runs.handler_rule, action_runs.action, action_runs.target, action_runs.mode, action_runs.state,
    action_runs.reason, action_runs.verdict, action_runs.attempts, action_runs.created_at, action_runs.started_at,
    action_runs.finished_at, action_runs.decided_at, action_runs.decided_by, action_runs.undo_of, action_runs.undone_at,
    action_runs.state = 'done' AND action_runs.mode = 'auto' AND action_runs.undo_of IS NULL AND {changed} AS has_changed,
    action_runs.state = 'done' AND action_runs.mode = 'auto' AND action_runs.undo_of IS NULL AND {changed}
        AND coalesce(action_runs.verdict, '') <> 'not_fixed' AND action_runs.undone_at IS NULL
        AND coalesce(incidents.resolved_by, '') IN ('recovery', 'repair')
        AND incidents.resolved_at >= coalesce(action_runs.started_at, action_runs.finished_at) AS worked
FROM action_runs JOIN incidents ON incidents.id = action_runs.incident_id
WHERE action_runs.plan IS NOT NULL
"""
PARTS = {
    "postgresql": {
        "detect": "greatest(CAST(extract(epoch FROM received_at - opened_at) AS double precision), 0)",
        "acknowledge": "CASE WHEN acknowledged_at IS NOT NULL THEN greatest(CAST(extract(epoch FROM acknowledged_at - received_at) AS double precision), 0) END",
        "resolve": "greatest(CAST(extract(epoch FROM resolved_at - opened_at) AS double precision), 0)",
        "changed": "coalesce(details ->> 'changed', 'true') <> 'false'",
        "opened_day": "CAST(opened_at AT TIME ZONE 'UTC' AS date)",
    },
    "sqlite": {
        "detect": "max(round((julianday(received_at) - julianday(opened_at)) * 86400.0, 3), 0)",
        "acknowledge": "max(round((julianday(acknowledged_at) - julianday(received_at)) * 86400.0, 3), 0)",
        "resolve": "max(round((julianday(resolved_at) - julianday(opened_at)) * 86400.0, 3), 0)",
        "changed": "coalesce(json_extract(details, '$.changed'), 1) <> 0",
        "opened_day": "date(opened_at)",
        "places": ",".join(PLACES.format(name=name) for name in MEASURED),
        "medians": ",".join(MEDIAN.format(name=name) for name in MEASURED),
    },
}
# In the order in which one may use another.
NAMES = ("v_incidents", "v_open_incidents", "v_incident_times_daily", "v_rule_noise_daily", "v_remediations")


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    parts = PARTS[dialect]
    texts = (
        INCIDENTS.format(**parts),
        OPEN_INCIDENTS,
        TIMES_DAILY_SQLITE.format(**parts) if dialect == "sqlite" else TIMES_DAILY_POSTGRESQL,
        RULE_NOISE_DAILY.format(**parts),
        REMEDIATIONS.format(**parts),
    )
    for name, text in zip(NAMES, texts, strict=True):
        op.get_bind().exec_driver_sql(f"CREATE VIEW {name} AS {text.strip()}")


def downgrade() -> None:
    for name in reversed(NAMES):
        op.get_bind().exec_driver_sql(f"DROP VIEW {name}")
