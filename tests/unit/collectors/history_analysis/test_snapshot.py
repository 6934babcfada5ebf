"""History runs: a failure does not stop other collectors, the time budget is kept, and interrupted runs continue."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from collectors.history_analysis.collector import Batch, SnapshotContext
from collectors.history_analysis.results import Progress, SnapshotOutcome
from db.schema_db.models import JobRun
from db.schema_db.monitored_projects import PROJECT_TYPE
from db.schema_db.store import SchemaStore
from insights import collector_status
from shared.config import Settings
from shared.errors import InputError, TransientError
from shared.history import PolicyRow
from shared.identity.iam_names import MANAGER
from tests.support.history import HOUR, SETTINGS, History, at, collector, contents, job

pytestmark = pytest.mark.sqlite

Collect = Callable[[SnapshotContext], Iterator[Batch]]


def fails(error: Exception) -> Collect:
    def collect(_context: SnapshotContext) -> Iterator[Batch]:
        yield Batch([job("before")])
        raise error

    return collect


def one_job(context: SnapshotContext) -> Iterator[Batch]:
    yield Batch([job(f"{context.collector.name} {context.scope}")])


def jobs(store: SchemaStore) -> list[str]:
    with store.reading() as session:
        return sorted(session.scalars(select(JobRun.run_id)))


@pytest.mark.slow
def test_running_twice_changes_nothing(schema_store: SchemaStore) -> None:
    history = History(schema_store)
    assert [result.outcome for result in history.run(at(0.5))] == [SnapshotOutcome.DONE]
    before = contents(schema_store)
    assert [result.outcome for result in history.run(at(0.9))] == [SnapshotOutcome.CURRENT]
    assert contents(schema_store) == before


def test_the_next_slot_reads_only_what_is_new(schema_store: SchemaStore) -> None:
    seen: list[timedelta] = []

    def collect(context: SnapshotContext) -> Iterator[Batch]:
        seen.append(context.window_end - context.window_start)
        yield Batch(())

    history = History(schema_store, [collector(collect)])
    history.run(at(0))
    history.run(at(1))
    assert seen == [timedelta(days=1), HOUR]


def test_a_collector_that_fails_does_not_stop_the_others(schema_store: SchemaStore) -> None:
    broken = collector(fails(ValueError("two\nlines")), "a.broken")
    failed, done = History(schema_store, [broken, collector(one_job, "b.fine")]).run(at(0))
    assert (failed.outcome, failed.error, failed.transient) == (SnapshotOutcome.FAILED, "ValueError: two lines", False)
    assert done.outcome is SnapshotOutcome.DONE
    assert jobs(schema_store) == ["b.fine projects/example-project", "before"]


def test_projects_that_a_snapshot_saw_in_the_scope_are_read_too(schema_store: SchemaStore) -> None:
    sales = PolicyRow(f"{MANAGER}projects/sales", PROJECT_TYPE, "sales", ["projects/sales", "folders/2"], [], at(-1))

    def bindings(_context: SnapshotContext) -> Iterator[Batch]:
        yield Batch([sales])

    settings = replace(SETTINGS, scope="folders/2")
    found = [replace(collector(bindings, "a.iam"), scopes=lambda given: [given.scope]), collector(one_job, "b.fine")]
    history = History(schema_store, found, settings)
    history.run(at(0))
    history.run(at(1))
    assert jobs(schema_store) == ["b.fine projects/example-project", "b.fine projects/sales"]


def test_a_scope_that_fails_does_not_stop_the_others(schema_store: SchemaStore) -> None:
    def collect(context: SnapshotContext) -> Iterator[Batch]:
        if context.scope == "projects/locked":
            raise PermissionError("403")
        yield from one_job(context)

    settings = Settings(projects=("locked", "open"))
    results = History(schema_store, [collector(collect)], settings).run(at(0))
    assert {result.scope: result.outcome for result in results} == {
        "projects/locked": SnapshotOutcome.FAILED,
        "projects/open": SnapshotOutcome.DONE,
    }


def test_scopes_that_cannot_be_determined_are_a_failure(schema_store: SchemaStore) -> None:
    def scopes(_settings: Settings) -> list[str]:
        raise InputError("HINOMI_SCOPE is wrong")

    (result,) = History(schema_store, [collector(scopes=scopes)]).run(at(0))
    assert (result.outcome, result.error) == (SnapshotOutcome.FAILED, "HINOMI_SCOPE is wrong")


@pytest.mark.both_databases
def test_a_failure_is_stored_with_its_snapshot(schema_store: SchemaStore) -> None:
    History(schema_store, [collector(fails(TransientError("away")))]).run(at(0))
    with schema_store.reading() as session:
        found = {view.collector: view for view in collector_status.collectors(session)}["test.everything"]
    assert (found.state, found.error, found.rows, found.last_success) == ("failed", "away", 1, None)


def test_a_spent_budget_leaves_a_checkpoint_and_the_next_run_goes_on(schema_store: SchemaStore) -> None:
    pages: list[int] = []

    def collect(context: SnapshotContext) -> Iterator[Batch]:
        for page in range((context.checkpoint or {}).get("page", 0), 3):
            pages.append(page)
            history.now += timedelta(seconds=60)
            yield Batch([job(f"page-{page}")], {"page": page + 1})

    history = History(schema_store, [collector(collect)])
    outcomes = [history.run(at(0), budget_seconds=100)[0].outcome for _ in range(2)]
    assert (outcomes, pages) == ([SnapshotOutcome.STOPPED, SnapshotOutcome.DONE], [0, 1, 2])


@pytest.mark.both_databases
def test_whose_turn_was_longest_ago_comes_first(schema_store: SchemaStore) -> None:
    order: list[str] = []

    def collect(context: SnapshotContext) -> Iterator[Batch]:
        order.append(context.collector.name)
        history.now += timedelta(seconds=60)
        yield Batch(())

    history = History(schema_store, [collector(collect, "a.first"), collector(collect, "b.second")])
    for hour in range(3):
        history.run(at(hour), budget_seconds=50)
    assert order == ["a.first", "b.second", "a.first"]


class Rank:
    """Two collectors: `a.reader` needs the rows of `b.writer`. The run is interrupted in the collector that `cuts` names."""

    def __init__(self, store: SchemaStore) -> None:
        self.order: list[str] = []
        self.cuts = ""
        reader = collector(self.collect, "a.reader", after=("b.writer",))
        self.history = History(store, [reader, collector(self.collect, "b.writer")])

    def collect(self, context: SnapshotContext) -> Iterator[Batch]:
        name = context.collector.name
        self.order.append(name)
        if name == self.cuts:
            raise KeyboardInterrupt
        yield Batch([job(name)])

    def run(self, hours: float, *, cuts: str = "") -> list[str]:
        """Makes a history run; returns the collectors that ran, in order."""
        self.order, self.cuts = [], cuts
        with pytest.raises(KeyboardInterrupt) if cuts else nullcontext():
            self.history.run(at(hours))
        return self.order


def test_a_collector_that_reads_the_rows_of_another_runs_after_it(schema_store: SchemaStore) -> None:
    rank = Rank(schema_store)
    assert rank.run(0) == ["b.writer", "a.reader"]
    assert rank.run(1, cuts="b.writer") == ["b.writer"]
    assert rank.run(1.1) == ["b.writer", "a.reader"]
    assert rank.run(2, cuts="a.reader") == ["b.writer", "a.reader"]
    assert rank.run(2.1) == ["a.reader"]


def test_the_first_time_it_waits_until_the_other_is_done(schema_store: SchemaStore) -> None:
    rank = Rank(schema_store)
    for hour in range(3):
        assert rank.run(hour, cuts="b.writer") == ["b.writer"]
    assert rank.run(3) == ["b.writer", "a.reader"]


def test_a_collector_that_missed_a_turn_waits_no_longer(schema_store: SchemaStore) -> None:
    rank = Rank(schema_store)
    rank.run(0)
    for hour in (1, 2):
        assert rank.run(hour, cuts="b.writer")[-1] == "b.writer"
    assert rank.order == ["a.reader", "b.writer"]


def test_an_interrupted_slot_is_finished_before_the_next(schema_store: SchemaStore) -> None:
    crash = [True]

    def collect(_context: SnapshotContext) -> Iterator[Batch]:
        yield Batch((), {"page": 1})
        if crash:
            raise TransientError(str(crash.pop()))

    history = History(schema_store, [collector(collect)])
    history.run(at(0))
    assert [(result.slot, result.outcome) for result in history.run(at(1))] == [
        (at(0), SnapshotOutcome.DONE),
        (at(1), SnapshotOutcome.DONE),
    ]


@pytest.mark.both_databases
def test_an_interrupt_by_hand_frees_the_run(schema_store: SchemaStore) -> None:
    def interrupted(_context: SnapshotContext) -> Iterator[Batch]:
        yield Batch([job()], {"page": 1})
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        History(schema_store, [collector(interrupted)]).run(at(0))
    (result,) = History(schema_store, [collector(one_job)]).run(at(0))
    assert result.outcome is SnapshotOutcome.DONE


def test_only_named_collectors_run(schema_store: SchemaStore) -> None:
    history = History(schema_store, [collector(one_job, "a.one"), collector(one_job, "b.two")])
    assert [result.collector for result in history.run(at(0), only=["b"])] == ["b.two"]


def test_an_unknown_name_is_an_input_error(schema_store: SchemaStore) -> None:
    with pytest.raises(InputError, match="no collector is named 'c': `hinomi snapshot collectors` shows"):
        History(schema_store).run(at(0), only=["c"])


def test_progress_is_reported(schema_store: SchemaStore) -> None:
    def collect(_context: SnapshotContext) -> Iterator[Batch]:
        yield Batch([job("1")], done=0.5)
        yield Batch([job("2")])

    output: list[Progress] = []
    History(schema_store, [collector(collect)]).run(at(0), progress=output.append, only=["test"])
    assert [(item.rows, item.done) for item in output] == [(0, 0.0), (1, 0.5), (2, None), (2, 1.0)]


def test_calls_are_counted(schema_store: SchemaStore) -> None:
    def collect(context: SnapshotContext) -> Iterator[Batch]:
        for calls in (1, 2):
            for _ in range(calls):
                context.call("monitoring.read")
            yield Batch([job(f"run-{calls}")])

    (result,) = History(schema_store, [collector(collect)]).run(at(0))
    with schema_store.reading() as session:
        found = {view.collector: view for view in collector_status.collectors(session)}["test.everything"]
    assert (result.api_calls, found.api_calls) == (3, 3)
