"""Several processes and threads that run the same slots."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from collectors.history_analysis.collector import Batch, SnapshotContext
from collectors.history_analysis.results import SnapshotOutcome
from db.engine import make_engine
from db.schema_db.models import JobRun, Snapshot
from db.schema_db.store import SchemaStore
from tests.support import processes
from tests.support.history import History, at, collector, contents, job
from tests.support.history_process import Moment, run, run_until_quiet

MOMENTS = [Moment(), Moment().next_slot()]
# The maintenance of one process may run before another has collected: the next run does the rest.
LATER = Moment().next_slot().next_slot()


@pytest.fixture(scope="module")
def of_one_process(
    schema_sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[tuple[object, ...]]]:
    """Every row that one process leaves."""
    url = f"sqlite:///{shutil.copy(schema_sqlite_template, tmp_path_factory.mktemp('one') / 'one.db')}"
    for moment in [*MOMENTS, LATER]:
        run(url, moment)
    engine = make_engine(url)
    found = contents(SchemaStore(engine))
    engine.dispose()
    return found


@pytest.mark.slow
def test_concurrent_processes_leave_the_same_rows_as_one_process(
    schema_db_url: str, schema_store: SchemaStore, of_one_process: dict[str, list[tuple[object, ...]]]
) -> None:
    for moment in MOMENTS:  # their clocks agree: an hour apart, one would take the other's lease as expired
        processes.run_at_once(run_until_quiet, schema_db_url, [moment] * 3)
    run(schema_db_url, LATER)
    assert contents(schema_store) == of_one_process


def test_a_run_that_another_thread_has_leased_is_skipped(schema_store: SchemaStore) -> None:
    inside, leave = threading.Event(), threading.Event()

    def slow(_context: SnapshotContext) -> Iterator[Batch]:
        inside.set()
        assert leave.wait(300)
        yield Batch([job()])

    histories = [History(schema_store, [collector(slow)]) for _ in range(2)]
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(histories[0].run, at(0))
        assert inside.wait(300)
        second = histories[1].run(at(0))
        leave.set()
        assert [result.outcome for result in second + first.result()] == [SnapshotOutcome.BUSY, SnapshotOutcome.DONE]


def test_a_process_whose_lease_expired_writes_nothing(schema_store: SchemaStore) -> None:
    late = History(schema_store, [collector(lambda _context: iter([Batch([job("other")])]))])

    def taken_over(_context: SnapshotContext) -> Iterator[Batch]:
        yield Batch([job("before")], {"at": 1})
        late.run(at(0), clock=at(0) + timedelta(minutes=11))
        yield Batch([job("after")], {"at": 2})

    (result,) = History(schema_store, [collector(taken_over)]).run(at(0))
    with schema_store.reading() as session:
        runs = sorted(session.scalars(select(JobRun.run_id)))
        states = list(session.scalars(select(Snapshot.state).where(Snapshot.collector == "test.everything")))
    assert (result.outcome, runs, states) == (SnapshotOutcome.BUSY, ["before", "other"], ["done"])
