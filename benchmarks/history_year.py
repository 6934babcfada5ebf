"""A year of 2,000 series on PostgreSQL: its size, and the time of a dashboard page.

`python -m benchmarks.history_year [--series N] [--days N]` starts a PostgreSQL of its own, makes the tables with the
migrations, fills points_hourly and points_daily inside the database, and times the queries behind a page: the first
time and the median of the next nine.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, text

from benchmarks.bars import Bars
from db.migrate import SCHEMA_DB, upgrade
from db.schema_db import partitions
from db.schema_db.partitions import next_month
from db.schema_db.store import SchemaStore
from tests.support import postgres

TARGET_MS = 200
END = datetime(2026, 11, 23, tzinfo=UTC)
SERVICES = ("bigquery", "cloud_sql", "composer", "compute", "dataflow", "pubsub", "storage", "vertex_ai")

SERIES = """
INSERT INTO series (service, metric, aligner, unit, project, resource, labels, labels_key)
SELECT (CAST(:services AS text[]))[1 + n % :count], 'made-up.googleapis.com/metric_' || n % 60, 'ALIGN_MEAN', '1',
    'project-' || n % 20, 'resource-' || n, '{}', lpad(to_hex(n), 32, '0')
FROM generate_series(1, :series) AS n
"""
POINTS = """
INSERT INTO {table} (series_id, time, count, mean, min, max, p95)
SELECT id, time, {count}, base + noise, base, base + 2 * noise, base + 1.8 * noise
FROM series, generate_series(CAST(:since AS timestamptz), CAST(:until AS timestamptz), '{step}') AS time,
    LATERAL (SELECT id % 100 + 10 * sin(extract(epoch FROM time) / 43200 * pi()) AS base, random() * 5 AS noise) AS made
"""
# The queries of a page. `p` are parameters that every query may use.
QUERIES = {
    "one series over a year, by day": """
        SELECT time, mean, min, max, p95 FROM points_daily
        WHERE series_id = :series_id AND time >= :year ORDER BY time""",
    "one series over a year, by hour": """
        SELECT time, mean, min, max, p95 FROM points_hourly
        WHERE series_id = :series_id AND time >= :year ORDER BY time""",
    "top 10 series of a service over a week": """
        SELECT resource, metric, sum(mean * count) / sum(count) AS mean, max(max) AS max
        FROM v_metric_hourly WHERE service = 'bigquery' AND metric = :metric AND time >= :week
        GROUP BY resource, metric ORDER BY mean DESC LIMIT 10""",
    "a service over a week, all its metrics by day": """
        SELECT metric, time, sum(mean * count) / sum(count) AS mean, max(max) AS max
        FROM v_metric_daily WHERE service = 'bigquery' AND time >= :week GROUP BY metric, time ORDER BY metric, time""",
    "fleet: every series, yesterday against the week before": """
        SELECT series.service, series.metric, series.resource,
            avg(points.mean) FILTER (WHERE points.time >= :yesterday) AS now,
            avg(points.mean) FILTER (WHERE points.time < :yesterday) AS before
        FROM points_daily AS points JOIN series ON series.id = points.series_id
        WHERE points.time >= :week GROUP BY series.id""",
    "one series over a day, by hour": """
        SELECT time, mean, min, max, p95 FROM points_hourly
        WHERE series_id = :series_id AND time >= :yesterday ORDER BY time""",
}


def main() -> None:
    """Prints sizes and times."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--series", type=int, default=2000)
    parser.add_argument("--days", type=int, default=365)
    options = parser.parse_args()
    with postgres.server() as url:
        _run(url, options.series, options.days)


def _run(url: str, series: int, days: int) -> None:
    upgrade(url, SCHEMA_DB)
    engine = create_engine(url, connect_args={"options": "-c statement_timeout=0"})
    began = time.monotonic()
    fill(engine, series, days)
    print(f"filled {series:,} series x {days} days in {time.monotonic() - began:.0f} s")
    with engine.connect() as connection:
        _print_sizes(connection, series, days)
        bars = _times(connection)
    engine.dispose()
    bars.end()


def fill(engine: Engine, series: int, days: int) -> None:
    """Makes the series and their points up to END."""
    since = END - timedelta(days=days)
    with engine.begin() as connection:
        connection.execute(text(SERIES), {"services": list(SERVICES), "count": len(SERVICES), "series": series})
    for month in _months(since):
        partitions.ensure(SchemaStore(engine), month)
    for month in _months(since):
        with engine.begin() as connection:
            _fill_month(connection, max(month, since), min(next_month(month), END))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


def _fill_month(connection: Connection, since: datetime, until: datetime) -> None:
    last = {"since": since, "until": until - timedelta(hours=1)}
    connection.execute(text(POINTS.format(table="points_hourly", step="1 hour", count=12)), last)
    connection.execute(text(POINTS.format(table="points_daily", step="1 day", count=288)), last)


def _months(since: datetime) -> list[datetime]:
    months = [since.replace(day=1)]
    while next_month(months[-1]) < END:
        months.append(next_month(months[-1]))
    return months


def _print_sizes(connection: Connection, series: int, days: int) -> None:
    statement = text("""
        SELECT coalesce(parent.relname, child.relname) AS name, sum(pg_total_relation_size(child.oid)) AS size,
            sum(pg_relation_size(child.oid)) AS data, sum(child.reltuples) AS rows
        FROM pg_class AS child LEFT JOIN pg_inherits ON inhrelid = child.oid
            LEFT JOIN pg_class AS parent ON parent.oid = inhparent
        WHERE child.relkind = 'r' AND coalesce(parent.relname, child.relname) LIKE 'points%'
        GROUP BY 1 HAVING sum(child.reltuples) > 0 ORDER BY 1""")
    print(f"\n{'table':16} {'rows':>12} {'data':>10} {'with index':>11} {'bytes a row':>12}")
    for name, *numbers in connection.execute(statement):
        size, data, rows = map(float, numbers)
        print(f"{name:16} {rows:>12,.0f} {data / 2**20:>6.0f} MiB {size / 2**20:>7.0f} MiB {size / rows:>12.0f}")
    fine = series * 14 * 288
    print(
        f"(points_fine keeps 14 days: {fine:,} rows for {series:,} series; a year of them would be {days / 14:.0f} times that)"
    )


def _times(connection: Connection) -> Bars:
    values, bars = parameters(connection), Bars()
    slowest = ("", 0.0)
    print(f"\n{'query':56} {'rows':>6} {'first':>8} {'median':>8}")
    for name, query in QUERIES.items():
        rows, first, usual = _timed(lambda query=query: connection.execute(text(query), values).all())  # type: ignore[misc]
        if not rows:
            raise SystemExit(f"'{name}' found nothing, so its time says nothing: give more --series or --days")
        slowest = max(slowest, (name, usual), key=lambda item: item[1])
        print(f"{name:56} {rows:>6,} {first:>5.0f} ms {usual:>5.0f} ms")
    bars.at_most(TARGET_MS, f"the slowest query ({slowest[0]})", round(slowest[1]), " ms")
    return bars


def parameters(connection: Connection) -> dict[str, Any]:
    """The parameters of the queries: an existing series and metric from the middle, and times."""
    query = text("SELECT id, metric FROM series WHERE service = 'bigquery' ORDER BY id")
    series = connection.execute(query).all()
    if not series:
        raise SystemExit(f"no series is of bigquery: give at least {len(SERVICES)} --series")
    series_id, metric = series[len(series) // 2]
    return {
        "series_id": series_id,
        "metric": metric,
        "year": END - timedelta(days=365),
        "week": END - timedelta(days=7),
        "yesterday": END - timedelta(days=1),
    }


def _timed(ask: Callable[[], Any]) -> tuple[int, float, float]:
    """Rows, milliseconds of the first time, and the median of nine more."""
    times, rows = [], 0
    for _ in range(10):
        began = time.perf_counter()
        rows = len(ask())
        times.append((time.perf_counter() - began) * 1000)
    return rows, times[0], median(times[1:])


if __name__ == "__main__":
    main()
