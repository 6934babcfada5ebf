"""The copy in BigQuery gives the same answers as the Schema DB: real client, real protocol, real statements."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import TextClause, text

from cli.app import run as run_command
from collectors.history_analysis.quota_limiter import Limiter
from collectors.history_analysis.results import Progress, SnapshotOutcome, SnapshotResult
from collectors.history_analysis.snapshot import HistoryDependencies, run
from db.engine import make_engine
from db.schema_db.bigquery import engine
from db.schema_db.bigquery.tables import TARGETS
from db.schema_db.bigquery.views import VIEWS
from db.schema_db.store import SchemaStore
from db.schema_db.write import changed_days
from demo.platform.bigquery.jobs import BILLED
from demo.platform.bigquery.server import BigQueryServer
from demo.platform.http import google_error
from insights.cost import spending
from insights.cost.slot_waits import waiting
from insights.jobs import trends
from insights.jobs.coverage import coverage
from shared.clients import Clients
from shared.config import Settings
from shared.errors import InputError
from shared.history import MetricPoint, Row, TableSizeRow
from shared.model import JobState
from shared.quality.result import CheckState, QualityResultRow
from tests.support.history import action, series
from tests.support.runs import DAY, MINUTE, NOW, keep
from tests.support.runs import run as job
from tests.support.warehouse import DuckWarehouse

DATASET = "history"
SLOT = timedelta(hours=6)
MOMENT = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:")


@dataclass
class Copying:
    """A Schema DB, a BigQuery, and the history runs between them."""

    store: SchemaStore
    server: BigQueryServer
    warehouse: DuckWarehouse
    settings: Settings
    slots: int = 0

    def copy(self, watch: Callable[[Progress], None] = lambda _progress: None) -> dict[str, SnapshotResult]:
        """Makes the next history run; returns the result of each table."""
        self.slots += 1
        now = NOW + self.slots * SLOT
        limiter = Limiter(sleep=lambda _seconds: None)
        outside = HistoryDependencies(self.store, Clients(self.settings), self.settings, lambda: now, [], limiter)
        results = run(outside, now, progress=watch)
        return {result.scope: result for result in results if result.collector == "hinomi.bigquery"}

    def rows(self) -> dict[str, list[tuple[Any, ...]]]:
        """The rows in BigQuery."""
        return {target.name: sorted(self.warehouse.rows(f"{DATASET}.{target.name}"), key=repr) for target in TARGETS}


@pytest.fixture
def copying(schema_sqlite_url: str) -> Iterator[Copying]:
    engine = make_engine(schema_sqlite_url)
    with copying_from(SchemaStore(engine)) as found:
        yield found
    engine.dispose()


@contextmanager
def copying_from(store: SchemaStore) -> Iterator[Copying]:
    with BigQueryServer() as server:
        server.jobs.warehouse = warehouse = DuckWarehouse()
        settings = Settings(bigquery_history=f"example-project.{DATASET}", bigquery_endpoint=server.url)
        yield Copying(store, server, warehouse, settings)


def some_history(chance: random.Random, count: int = 80, days: int = 16) -> list[Row]:
    """Job runs, samples, user actions and table sizes of the last days: each day of each table is merged separately."""
    rows: list[Row] = []
    for number in range(count):
        ago = timedelta(seconds=chance.randrange(60, days * 86_400))
        rows.append(
            job(
                f"job-{chance.randrange(5)}",
                ago=ago,
                seconds=chance.randrange(100, 200) * (9 if ago < 5 * DAY else 1),
                state=chance.choice([JobState.SUCCEEDED] * 5 + [JobState.FAILED, JobState.CANCELLED]),
                run_id=f"run-{number}",
                created_at=NOW - ago - timedelta(seconds=chance.choice([0, 90])),
                service=chance.choice(["bigquery", "bigquery", "airflow"]),
                principal=chance.choice(["alice@example.com", "bob@example.com", ""]),
                labels=chance.choice([{}, {"team": "sales"}, {"team": "ops", "a-b": "é 🦆"}]),
                sources=chance.choice([[], ["p.raw.a"], ["p.raw.b", "p.clean.c"]]),
                destination=chance.choice(["", "p.mart.d"]),
                bytes_billed=chance.randrange(10) * 2**30,
                slot_ms=chance.randrange(10_000_000),
                error=chance.choice(["", "no: 'it' \\ failed\nagain"]),
                cache_hit=chance.choice([None, True, False]),
                reservation_id=chance.choice([None, "admin:eu.prod", "admin:eu.test"]),
                statement_type=chance.choice(["SELECT", "SCRIPT"]),
            )
        )
        key = series(chance.randrange(4))
        rows.append(MetricPoint(key, NOW - timedelta(minutes=5 * chance.randrange(days * 17)), chance.random()))
        hour = (NOW - ago).replace(minute=0, second=0)
        rows.append(action(chance.randrange(1, 9), hour=hour, first_at=hour, last_at=hour + MINUTE))
        day = date(2026, 11, 22) - timedelta(days=chance.randrange(min(days, 22)))
        rows.append(
            TableSizeRow(day, "p.mart.d", "bigquery", "p", "mart", row_count=number, schema_key=str(number % 2))
        )
        check = f"check-{chance.randrange(3)}"
        state = chance.choice([CheckState.PASSED, CheckState.FAILED])
        rows.append(
            QualityResultRow(check, "report", "dbt", check, "p.mart.d", state, NOW - ago, value="7", message="é 'no'")
        )
    return rows


def answers(session: Any) -> list[Any]:
    """The results of all queries about jobs and cost."""
    found: list[Any] = [
        trends.slow(session, trends.Comparison(days=5, least_runs=1), now=NOW),
        trends.slow(session, trends.Comparison(days=5, least_runs=1), now=NOW, service="bigquery"),
        trends.failing(session, now=NOW, days=20),
        *(coverage(session, NOW - timedelta(days=9), NOW, service) for service in ("", "bigquery", "no")),
        *(trends.history(session, f"job-{number}", now=NOW, days=20) for number in range(5)),
        *(
            spending.cost(session, by, now=NOW, days=9, prices=spending.Prices(5, 0.06), key="team")
            for by in spending.By
        ),
        spending.cost(session, spending.By.LABEL, now=NOW, days=9, prices=spending.Prices(5, 0.06), key="a-b"),
        *(waiting(session, f"run-{number}", days=3) for number in range(0, 80, 10)),
    ]
    return found


def views(session: Any) -> dict[str, list[dict[str, Any]]]:
    """Every row of every view."""
    return {
        name: sorted(
            ({key: plain(value) for key, value in row.items()} for row in session.execute(everything(name)).mappings()),
            key=repr,
        )
        for name in VIEWS
    }


def everything(view: str) -> TextClause:
    return text(f"SELECT * FROM {view}")  # noqa: S608 - fixed names


def plain(value: Any) -> Any:
    """Normalizes a value of any database: SQLite has text for a day and 0 for false."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, float | Decimal):
        return float(f"{value:.3f}")
    if isinstance(value, str) and value.startswith("{"):
        return sorted(json.loads(value).items())
    if isinstance(value, dict):
        return sorted(value.items())
    return moment(value)


def moment(value: Any) -> Any:
    """A time or a day as text; other values unchanged."""
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
    if isinstance(value, str) and MOMENT.match(value):
        return datetime.fromisoformat(value).replace(tzinfo=UTC).isoformat()
    return value.isoformat() if isinstance(value, date) else value


@pytest.mark.slow
def test_both_databases_give_the_same_answers(schema_store: SchemaStore) -> None:
    keep(schema_store, some_history(random.Random(2 if schema_store.is_postgresql else 1)))
    with copying_from(schema_store) as copying:
        assert {result.outcome for result in copying.copy().values()} == {SnapshotOutcome.DONE}
        with schema_store.reading() as session:
            here = answers(session), views(session)
        with engine.reading(copying.settings, Clients(copying.settings)) as session:
            existing = answers(session), views(session)
    for own, theirs in zip(rounded(here[0]), rounded(existing[0]), strict=True):
        assert theirs == own
    for name, rows in here[1].items():
        assert existing[1][name] == rows, name
    assert all(here[0][:3])
    assert all(here[1].values())


def rounded(found: list[Any]) -> Any:
    """The results with rounded numbers: SQLite's days are exact to a millisecond only, and PostgreSQL returns a Decimal."""
    texts = json.dumps([asdict(item) for item in flat(found)], default=number_or_text)
    return json.loads(texts, parse_float=two_digits, parse_int=two_digits)


def two_digits(number: str) -> str:
    return f"{float(number):.2f}"


def number_or_text(value: Any) -> float | str:
    return float(value) if isinstance(value, Decimal) else str(value)


def flat(found: Any) -> list[Any]:
    return [one for item in found for one in (flat(item) if isinstance(item, list) else [item]) if one is not None]


def test_a_table_of_an_earlier_release_gets_the_newer_columns(copying: Copying) -> None:
    copying.copy()
    for column in ("reservation_id", "edition"):
        copying.warehouse.run(f"ALTER TABLE job_runs DROP COLUMN {column}", {}, DATASET)
    keep(copying.store, [job(reservation_id="admin:eu.prod")])
    assert {result.outcome for result in copying.copy().values()} == {SnapshotOutcome.DONE}
    assert "admin:eu.prod" in copying.rows()["job_runs"][0]


def test_nothing_is_copied_twice(copying: Copying) -> None:
    keep(copying.store, some_history(random.Random(4), 20, days=6))
    copying.copy()
    rows, requested = copying.rows(), len(copying.warehouse.statements)
    again = copying.copy()
    assert copying.rows() == rows
    assert (sum(result.rows for result in again.values()), again["job_runs"].api_calls) == (0, 0)
    assert all("CREATE" in statement for statement in copying.warehouse.statements[requested:])


def test_a_day_that_is_merged_again_changes_nothing(copying: Copying) -> None:
    keep(copying.store, some_history(random.Random(5), 20, days=6))
    copying.copy()
    rows = copying.rows()
    with copying.store.transaction() as session:
        for name in changed_days.TIMES:
            for back in range(0, 6, 2):
                changed_days.mark(session, name, (NOW - back * DAY).date())
    again = copying.copy()
    assert again["job_runs"].api_calls > 0
    assert sum(result.rows for result in again.values()) == 0
    assert copying.rows() == rows


def test_a_row_that_changes_later_is_copied_whatever_its_age(copying: Copying) -> None:
    run_id = "slow"
    keep(copying.store, [job(ago=20 * DAY, run_id=run_id, state=JobState.RUNNING, end_at=None), job(ago=3 * DAY)])
    copying.copy()
    keep(copying.store, [job(ago=20 * DAY, run_id=run_id, state=JobState.FAILED, error="no")])
    keep(copying.store, [MetricPoint(series(9), NOW - 12 * DAY, 1.5)])
    found = copying.copy()
    assert (found["job_runs"].rows, found["points_fine"].rows, found["series"].rows) == (1, 1, 1)
    with engine.reading(copying.settings, Clients(copying.settings)) as session:
        assert session.execute(text("SELECT state FROM job_runs WHERE run_id = 'slow'")).all() == [("failed",)]


def test_a_run_that_moves_to_another_day_is_copied_once(copying: Copying) -> None:
    keep(copying.store, [job(ago=5 * DAY, run_id="again")])
    copying.copy()
    keep(copying.store, [job(ago=2 * DAY, run_id="again", attempt=2)])
    copying.copy()
    assert [row[2] for row in copying.rows()["job_runs"]] == ["again"]


class Killed(BaseException):
    """Raised in place of a killed process."""


def test_a_crash_between_load_and_merge_loses_nothing(copying: Copying) -> None:
    keep(copying.store, some_history(random.Random(6), 20, days=30))

    def die(progress: Progress) -> None:
        if progress.scope == "job_runs" and progress.done is None:
            raise Killed

    with pytest.raises(Killed):
        copying.copy(die)
    loaded = [name for name in copying.warehouse.tables(DATASET) if name.startswith("stage_job_runs")]
    assert [len(copying.warehouse.rows(f"{DATASET}.{name}")) > 0 for name in loaded] == [True]
    assert copying.warehouse.rows(f"{DATASET}.job_runs") == []
    copying.copy()
    with copying.store.reading() as session:
        ids = sorted(session.scalars(text("SELECT run_id FROM job_runs")))
        assert session.scalars(text("SELECT name FROM changed_days")).all() == []
    assert sorted(row[2] for row in copying.rows()["job_runs"]) == ids


def test_a_row_that_changes_during_the_copy_of_its_day_is_copied_next_time(copying: Copying) -> None:
    keep(copying.store, [job(run_id="a", state=JobState.RUNNING)])

    def change(progress: Progress) -> None:
        if progress.scope == "job_runs" and progress.done is None:
            keep(copying.store, [job(run_id="a")])

    copying.copy(change)
    assert [row[5] for row in copying.rows()["job_runs"]] == ["running"]
    copying.copy()
    assert [row[5] for row in copying.rows()["job_runs"]] == ["succeeded"]


def test_a_table_that_fails_stops_no_other(copying: Copying) -> None:
    keep(copying.store, some_history(random.Random(7), 20, days=6))
    copying.copy()
    keep(copying.store, some_history(random.Random(8), 20, days=6))

    def refuse(progress: Progress) -> None:
        if progress.scope == "points_hourly" and progress.done == 0.0:
            copying.server.fail_next(google_error(403, "Access Denied: bigquery.jobs.create", "accessDenied"))

    found = copying.copy(refuse)
    assert [scope for scope, result in found.items() if result.outcome is SnapshotOutcome.FAILED] == ["points_hourly"]
    assert "Access Denied" in found["points_hourly"].error
    assert (found["points_hourly"].transient, found["job_runs"].rows > 0) == (False, True)


@pytest.mark.permissions
def test_the_bytes_billed_for_merges_are_in_the_snapshot_row(copying: Copying) -> None:
    keep(copying.store, [job()])
    copying.copy()
    with copying.store.reading() as session:
        query = "SELECT bytes_billed, row_count FROM snapshots WHERE scope = 'job_runs'"
        ((billed, rows),) = session.execute(text(query)).all()
        calls = session.scalar(text("SELECT sum(api_calls) FROM snapshots"))
    assert (billed, rows) == (3 * BILLED, 1)
    assert calls == len(copying.server.requests)


def test_without_the_setting_nothing_is_copied_and_few_marks_remain(schema_store: SchemaStore) -> None:
    settings = Settings()
    for number in range(5):
        keep(schema_store, [job(run_id=str(number))])
    outside = HistoryDependencies(schema_store, Clients(settings), settings, lambda: NOW, collectors=[])
    assert "hinomi.bigquery" not in {result.collector for result in run(outside, NOW)}
    with schema_store.reading() as session:
        assert session.scalars(text("SELECT name FROM changed_days")).all() == ["job_runs"]


def test_without_the_setting_a_query_names_the_setting_that_it_needs() -> None:
    settings = Settings()
    with (
        pytest.raises(InputError, match="HINOMI_BIGQUERY_HISTORY"),
        engine.reading(settings, Clients(settings)),
    ):
        pass


def test_a_query_that_bigquery_rejects_is_reported_in_one_line(copying: Copying) -> None:
    clients = Clients(copying.settings)
    with (
        pytest.raises(InputError, match="BigQuery rejected"),
        engine.reading(copying.settings, clients) as session,
    ):
        session.execute(text("SELECT * FROM nothing"))


def test_the_command_line_reads_the_copy(
    copying: Copying, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lately = NOW - datetime.now(UTC) + DAY
    keep(copying.store, [job("broken", ago=lately, state=JobState.FAILED, error="no")])
    copying.copy()
    monkeypatch.setenv("HINOMI_BIGQUERY_HISTORY", copying.settings.bigquery_history)
    monkeypatch.setenv("HINOMI_BIGQUERY_ENDPOINT", copying.server.url)
    monkeypatch.setenv("HINOMI_SCHEMA_DB_URL", "sqlite:////nowhere/schema.db")
    assert run_command(["jobs", "failing", "--from", "bigquery", "--json"]) == 0
    assert [found["job_name"] for found in json.loads(capsys.readouterr().out)] == ["broken"]
