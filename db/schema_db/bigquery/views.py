"""The views of docs/views.md on the copied tables in BigQuery, with the same columns and meanings.

They differ from those of the migrations where the SQL dialects differ. Percentiles are computed from ranks, as on
SQLite: BigQuery has exact ones only as window functions.
"""

from __future__ import annotations

import re

_DONE = "state = 'succeeded'"
_METRIC = """
SELECT series.service, series.metric, series.aligner, series.unit, series.project, series.resource, series.labels,
    series.id AS series_id, points.time, points.count, points.mean, points.min, points.max, points.p95
FROM {points} AS points JOIN series ON series.id = points.series_id
"""
# Ordered so that a view comes after the views that it reads.
VIEWS = {
    "v_job_runs": """
SELECT service, project, job_name, run_id, parent, state, created_at, start_at, end_at,
    TIMESTAMP_DIFF(start_at, created_at, MICROSECOND) / 1000000 AS queue_seconds,
    TIMESTAMP_DIFF(end_at, start_at, MICROSECOND) / 1000000 AS run_seconds,
    attempt, error, principal, statement_type, slot_ms / 3600000 AS slot_hours, bytes_billed, cache_hit, destination,
    reservation_id, edition
FROM job_runs
""",
    "v_job_runs_daily": f"""
WITH ranked AS (
    SELECT runs.*, DATE(start_at) AS day,
        row_number() OVER (PARTITION BY service, project, job_name, DATE(start_at), state ORDER BY run_seconds) AS place,
        count(*) OVER (PARTITION BY service, project, job_name, DATE(start_at), state) AS places
    FROM v_job_runs AS runs WHERE start_at IS NOT NULL
)
SELECT service, project, job_name, day,
    count(*) AS runs, countif({_DONE}) AS succeeded, countif(state = 'failed') AS failed,
    avg(CASE WHEN {_DONE} AND place * 2 IN (places, places + 1, places + 2) THEN run_seconds END) AS median_seconds,
    min(CASE WHEN {_DONE} AND place * 100 >= places * 95 THEN run_seconds END) AS p95_seconds,
    max(CASE WHEN {_DONE} THEN run_seconds END) AS max_seconds,
    avg(queue_seconds) AS mean_queue_seconds, sum(slot_hours) AS slot_hours, sum(bytes_billed) AS bytes_billed
FROM ranked GROUP BY service, project, job_name, day
""",  # noqa: S608 - put together from constants
    "v_cost_daily": """
SELECT DATE(start_at) AS day, project, principal, job_name, statement_type, countif(statement_type <> 'SCRIPT') AS runs,
    count(CASE WHEN cache_hit THEN 1 END) AS cached,
    sum(CASE WHEN reservation_id IS NULL THEN bytes_billed ELSE 0 END) AS bytes_billed,
    sum(CASE WHEN reservation_id IS NULL THEN bytes_billed ELSE 0 END) / 1099511627776 AS tib_billed,
    sum(slot_ms) / 3600000 AS slot_hours,
    sum(CASE WHEN reservation_id IS NULL THEN 0 ELSE slot_ms END) / 3600000 AS reserved_slot_hours,
    reservation_id, edition
FROM job_runs WHERE service = 'bigquery' AND start_at IS NOT NULL
GROUP BY DATE(start_at), project, principal, job_name, statement_type, reservation_id, edition
""",
    "v_metric_hourly": _METRIC.format(points="points_hourly"),
    "v_metric_daily": _METRIC.format(points="points_daily"),
    "v_table_growth": """
SELECT day, resource, service, project, container, kind, row_count, size_bytes, partitions, changed_at,
    row_count - lag(row_count) OVER past AS rows_added,
    size_bytes - lag(size_bytes) OVER past AS bytes_added,
    coalesce(schema_key <> lag(schema_key) OVER past, false) AS schema_changed
FROM table_sizes
WINDOW past AS (PARTITION BY resource ORDER BY day)
""",
    "v_quality_results": """
SELECT results.time, checks.source, checks.origin, checks.check_name, checks.table_name, checks.column_name,
    checks.partition_name, checks.dimension, results.state, results.severity, results.value, results.expected,
    results.message, results.run, results.url, results.check_key
FROM quality_results AS results JOIN quality_checks AS checks ON checks.check_key = results.check_key
""",
    "v_user_actions_daily": """
SELECT DATE(hour) AS day, project, principal, service, method, sum(count) AS actions, sum(denied) AS denied,
    count(DISTINCT resource) AS resources, max(last_at) AS last_at
FROM user_actions
GROUP BY DATE(hour), project, principal, service, method
""",
}


_READ = re.compile(r"\b(FROM|JOIN) (?!ranked)(\w+)(?: AS (\w+))?")


def create(name: str, dataset: str) -> str:
    """The statement that creates or replaces the view in `dataset` (project.dataset); its tables need full names."""
    text = _READ.sub(lambda match: f"{match[1]} `{dataset}.{match[2]}` AS {match[3] or match[2]}", VIEWS[name])
    return f"CREATE OR REPLACE VIEW `{dataset}.{name}` AS {text.strip()}"
