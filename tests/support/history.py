"""A collector with rows of every kind, a clock, and what a history run has written, for tests of history runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from collectors.history_analysis import upkeep
from collectors.history_analysis.collector import Batch, Collector, SnapshotContext
from collectors.history_analysis.quota_limiter import Limiter
from collectors.history_analysis.results import SnapshotResult
from collectors.history_analysis.snapshot import HistoryDependencies, run
from db.schema_db.models import SchemaBase, Snapshot, StoredSeries
from db.schema_db.store import SchemaStore
from shared.clients import Clients
from shared.config import Settings
from shared.history import JobRunRow, MetricPoint, Row, SeriesKey, TableSizeRow, UserActionRow
from shared.model import JobState

# Tables in which a duplicate row would go unnoticed.
MARKS = {"stale_intervals", "changed_days", "unlearned_hours"}
TEN = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
SETTINGS = Settings(projects=("example-project",), history_first_days=1)
# Columns that differ between two equal runs: the wall clock, generated ids, attempts.
PRIVATE = {
    "snapshots": {
        "id",
        "started_at",
        "taken_at",
        "finished_at",
        "attempts",
        "stalls",
        "lease_until",
        "lease_owner",
        "api_calls",
    },
    "series": {"id"},
    "bindings": {"id"},
    "binding_changes": {"id"},
    "binding_members": {"id"},
    "stale_intervals": {"snapshot_id"},
    "unlearned_hours": {"snapshot_id"},
    "changed_days": {"id"},
}


def at(hours: float = 0) -> datetime:
    """The time the given number of hours after ten o'clock."""
    return TEN + timedelta(hours=hours)


def series(number: int = 0, **changes: Any) -> SeriesKey:
    """A time series of one BigQuery reservation."""
    values: dict[str, Any] = {
        "service": "bigquery",
        "metric": "bigquery.googleapis.com/slots/allocated",
        "aligner": "ALIGN_MEAN",
        "unit": "1",
        "project": "example-project",
        "resource": f"reservation r{number}",
        "resource_type": "bigquery_reservation",
        "labels": {"reservation": f"r{number}"},
    }
    return SeriesKey(**{**values, **changes})


def job(run_id: str = "run-1", state: JobState = JobState.SUCCEEDED, **changes: Any) -> JobRunRow:
    """One run of a job."""
    values: dict[str, Any] = {"service": "bigquery", "project": "example-project", "job_name": "load", "start_at": TEN}
    return JobRunRow(**{**values, "run_id": run_id, "state": state, **changes})


def action(count: int = 3, **changes: Any) -> UserActionRow:
    """The calls of Alice between ten and eleven o'clock."""
    values: dict[str, Any] = {
        "hour": TEN,
        "project": "example-project",
        "principal": "alice@example.com",
        "service": "storage.googleapis.com",
        "method": "storage.objects.get",
        "resource": "//storage.googleapis.com/example-bucket",
        "denied": 1,
        "first_at": TEN,
        "last_at": at(0.5),
        "networks": ["203.0.113.0/24"],
    }
    return UserActionRow(**{**values, "count": count, **changes})


def size(day: int = 23, rows: int = 5) -> TableSizeRow:
    """The size of a table on a day in November."""
    name = "example-project.mart.orders"
    return TableSizeRow(TEN.replace(day=day).date(), name, "bigquery", "example-project", "mart", row_count=rows)


def every_kind(context: SnapshotContext) -> Iterator[Batch]:
    """A collector's function that yields, for each hour, samples of three series, a job, user actions and a table.

    The checkpoint is the next hour.
    """
    start = context.window_start
    if context.checkpoint is not None:
        start = datetime.fromisoformat(context.checkpoint["hour"])
    while start < context.window_end:
        hour = start.replace(minute=0)
        following = min(hour + HOUR, context.window_end)
        context.call("monitoring.read")
        yield Batch(list(_hour(start, following)), {"hour": following.isoformat()})
        start = following


def _hour(start: datetime, end: datetime) -> Iterator[Row]:
    for number in range(3):
        key, time = series(number), start
        while time < end:
            yield MetricPoint(key, time, time.minute * (number + 1) + time.hour / 7)
            time += timedelta(minutes=5)
    yield job(f"run-{start:%d-%H%M}", start_at=start, labels={"hour": f"{start:%H}"})
    yield action(start.hour + 1, hour=start.replace(minute=0), first_at=start, last_at=end)
    yield size(start.day, start.hour)


def collector(
    collect: Callable[[SnapshotContext], Iterator[Batch]] = every_kind, name: str = "test.everything", **changes: Any
) -> Collector:
    """A collector with one scope, a project, and a slot every hour."""
    values: dict[str, Any] = {"doc": "Everything", "every": HOUR, "permissions": ("test.things.list",)}
    values["scopes"] = lambda settings: [f"projects/{project}" for project in settings.projects]
    return Collector(**{**values, "name": name, "collect": collect, **changes})


@dataclass
class History:
    """Runs collectors at times of the test's choice."""

    store: SchemaStore
    collectors: Sequence[Collector] = field(default_factory=lambda: [collector()])
    settings: Settings = SETTINGS
    now: datetime = TEN

    def run(self, time: datetime, *, clock: datetime | None = None, **options: Any) -> list[SnapshotResult]:
        """Makes a history run for the slot `time`, at the time `clock`; returns the results without the maintenance."""
        self.now = clock or time
        limiter = Limiter(clock=lambda: 0.0, sleep=lambda _seconds: None)
        outside = HistoryDependencies(
            self.store, Clients(self.settings), self.settings, lambda: self.now, self.collectors, limiter
        )
        return [result for result in run(outside, time, **options) if not result.collector.startswith("hinomi.")]


def contents(store: SchemaStore) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, without columns that differ between runs.

    A sample has the name of its series instead of the number. How maintenance is distributed among runs is left out;
    its results are compared.
    """
    with store.reading() as session:
        series = {row.id: (row.metric, row.labels_key) for row in session.scalars(select(StoredSeries))}
        slots = {row.id: (row.collector, row.scope, row.slot) for row in session.scalars(select(Snapshot))}
        names: dict[str, Mapping[int, Any]] = {"series_id": series, "seen_by": slots}
        found = {}
        for table in SchemaBase.metadata.sorted_tables:
            hidden = PRIVATE.get(table.name, set())
            rows = [
                tuple(
                    (item.name, _named(item.name, value, names))
                    for item, value in zip(table.columns, row, strict=True)
                    if item.name not in hidden
                )
                for row in session.execute(select(table))
            ]
            rows = [row for row in rows if ("scope", upkeep.SCOPE) not in row]
            found[table.name] = sorted(set(rows) if table.name in MARKS else rows, key=repr)
        return found


def _named(column: str, value: Any, names: Mapping[str, Mapping[int, Any]]) -> Any:
    if column in names:
        return names[column].get(value)
    return repr(value) if isinstance(value, dict | list) else value
