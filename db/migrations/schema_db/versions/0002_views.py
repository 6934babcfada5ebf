"""Views for dashboards; docs/views.md describes them."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TIB = 1024**4

JOB_RUNS = """
SELECT service, project, job_name, run_id, parent, state, created_at, start_at, end_at,
    {queue} AS queue_seconds, {run} AS run_seconds, attempt, error, principal, statement_type,
    slot_ms / 3600000.0 AS slot_hours, bytes_billed, cache_hit, destination
FROM job_runs
"""
# Durations are those of runs that succeeded: one that fails early is not fast.
JOB_RUNS_DAILY_POSTGRESQL = """
SELECT service, project, job_name, CAST(start_at AT TIME ZONE 'UTC' AS date) AS day,
    count(*) AS runs,
    count(*) FILTER (WHERE state = 'succeeded') AS succeeded,
    count(*) FILTER (WHERE state = 'failed') AS failed,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY run_seconds) FILTER (WHERE state = 'succeeded') AS median_seconds,
    percentile_disc(0.95) WITHIN GROUP (ORDER BY run_seconds) FILTER (WHERE state = 'succeeded') AS p95_seconds,
    max(run_seconds) FILTER (WHERE state = 'succeeded') AS max_seconds,
    avg(queue_seconds) AS mean_queue_seconds,
    sum(slot_hours) AS slot_hours, sum(bytes_billed) AS bytes_billed
FROM v_job_runs WHERE start_at IS NOT NULL
GROUP BY service, project, job_name, CAST(start_at AT TIME ZONE 'UTC' AS date)
"""
JOB_RUNS_DAILY_SQLITE = """
WITH ranked AS (
    SELECT v_job_runs.*, date(start_at) AS day,
        row_number() OVER (PARTITION BY service, project, job_name, date(start_at), state ORDER BY run_seconds) AS place,
        count(*) OVER (PARTITION BY service, project, job_name, date(start_at), state) AS places
    FROM v_job_runs WHERE start_at IS NOT NULL
)
SELECT service, project, job_name, day,
    count(*) AS runs,
    count(*) FILTER (WHERE state = 'succeeded') AS succeeded,
    count(*) FILTER (WHERE state = 'failed') AS failed,
    avg(run_seconds) FILTER (
        WHERE state = 'succeeded' AND place IN ((places + 1) / 2, places / 2 + 1)) AS median_seconds,
    min(run_seconds) FILTER (WHERE state = 'succeeded' AND place * 100 >= places * 95) AS p95_seconds,
    max(run_seconds) FILTER (WHERE state = 'succeeded') AS max_seconds,
    avg(queue_seconds) AS mean_queue_seconds,
    sum(slot_hours) AS slot_hours, sum(bytes_billed) AS bytes_billed
FROM ranked
GROUP BY service, project, job_name, day
"""
COST_DAILY = """
SELECT {start_day} AS day, project, principal, job_name, statement_type,
    count(*) AS runs,
    count(*) FILTER (WHERE cache_hit) AS cached,
    sum(bytes_billed) AS bytes_billed,
    sum(bytes_billed) / {tib}.0 AS tib_billed,
    sum(slot_ms) / 3600000.0 AS slot_hours
FROM job_runs WHERE service = 'bigquery' AND start_at IS NOT NULL
GROUP BY {start_day}, project, principal, job_name, statement_type
"""
METRIC = """
SELECT series.service, series.metric, series.aligner, series.unit, series.project, series.resource, series.labels,
    series.id AS series_id, points.time, points.count, points.mean, points.min, points.max, points.p95
FROM {points} AS points JOIN series ON series.id = points.series_id
"""
CURRENT_BINDINGS = """
SELECT bindings.resource, bindings.role, bindings.member,
    CASE WHEN {colon} > 0 THEN substr(bindings.member, 1, {colon} - 1) ELSE bindings.member END AS member_type,
    {condition} AS condition, bindings.valid_from, bindings.exact_from, bindings.granted_by,
    bindings.missing_since, coalesce(resources.asset_type, '') AS asset_type,
    coalesce(resources.project, '') AS project
FROM bindings LEFT JOIN resources ON resources.name = bindings.resource
WHERE bindings.valid_to IS NULL
"""
TABLE_GROWTH = """
SELECT day, resource, service, project, container, kind, row_count, size_bytes, partitions, changed_at,
    row_count - lag(row_count) OVER past AS rows_added,
    size_bytes - lag(size_bytes) OVER past AS bytes_added,
    coalesce(schema_key <> lag(schema_key) OVER past, {false}) AS schema_changed
FROM table_sizes
WINDOW past AS (PARTITION BY resource ORDER BY day)
"""
USER_ACTIONS_DAILY = """
SELECT {hour_day} AS day, project, principal, service, method, sum(count) AS actions, sum(denied) AS denied,
    count(DISTINCT resource) AS resources, max(last_at) AS last_at
FROM user_actions
GROUP BY {hour_day}, project, principal, service, method
"""
COLLECTORS = """
SELECT collector, scope, state, slot, window_end, row_count, api_calls, bytes_billed, started_at, finished_at, error
FROM (
    SELECT snapshots.*, row_number() OVER (PARTITION BY collector, scope ORDER BY slot DESC) AS place FROM snapshots
) AS latest
WHERE place = 1
"""
PARTS = {
    "postgresql": {
        "queue": "CAST(extract(epoch FROM start_at - created_at) AS double precision)",
        "run": "CAST(extract(epoch FROM end_at - start_at) AS double precision)",
        "start_day": "CAST(start_at AT TIME ZONE 'UTC' AS date)",
        "hour_day": "CAST(hour AT TIME ZONE 'UTC' AS date)",
        "colon": "strpos(bindings.member, ':')",
        "condition": "bindings.condition ->> 'expression'",
        "false": "false",
    },
    "sqlite": {
        # A Julian day is exact to some 40 microseconds.
        "queue": "round((julianday(start_at) - julianday(created_at)) * 86400.0, 3)",
        "run": "round((julianday(end_at) - julianday(start_at)) * 86400.0, 3)",
        "start_day": "date(start_at)",
        "hour_day": "date(hour)",
        "colon": "instr(bindings.member, ':')",
        "condition": "json_extract(bindings.condition, '$.expression')",
        "false": "0",
    },
}
# In the order in which one may use another.
NAMES = (
    "v_job_runs",
    "v_job_runs_daily",
    "v_cost_daily",
    "v_metric_hourly",
    "v_metric_daily",
    "v_current_bindings",
    "v_table_growth",
    "v_user_actions_daily",
    "v_collectors",
)


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    parts = PARTS[dialect] | {"tib": str(TIB)}
    daily = JOB_RUNS_DAILY_SQLITE if dialect == "sqlite" else JOB_RUNS_DAILY_POSTGRESQL
    texts = (
        JOB_RUNS.format(**parts),
        daily,
        COST_DAILY.format(**parts),
        METRIC.format(points="points_hourly"),
        METRIC.format(points="points_daily"),
        CURRENT_BINDINGS.format(**parts),
        TABLE_GROWTH.format(**parts),
        USER_ACTIONS_DAILY.format(**parts),
        COLLECTORS,
    )
    for name, text in zip(NAMES, texts, strict=True):
        op.get_bind().exec_driver_sql(f"CREATE VIEW {name} AS {text.strip()}")


def downgrade() -> None:
    for name in reversed(NAMES):
        op.execute(f"DROP VIEW {name}")
