"""Events lead to the same incidents, whatever the number and order of their deliveries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from db.error_db.models import ErrorBase, Incident, Occurrence
from db.error_db.store import ErrorStore
from db.error_db.views import incident_view
from shared.model import Finding, IncidentKind, JobLinks, Recovery
from shared.records import IncidentView
from tests.support import databases
from tests.support.examples import SHARED_DATABASE, generated, several
from tests.support.findings import NOON, at, finding, recovery

pytestmark = pytest.mark.slow

Effect = Finding | Recovery
# Of one incident: its fault, state, begin, latest failure, end, number of events, and the runs that are not repaired.
Seen = tuple[str, str, datetime, datetime, datetime | None, int, tuple[str, ...]]

END = at(600)
SHORT: dict[str, Any] = {"quiet_seconds": 1800, "kind": IncidentKind.LOAD_ISSUE}
# Some close together, some further apart than the time after which a flapping job counts as repaired.
MINUTES = st.sampled_from([0, 1, 2, 3, 20, 21, 70, 72, 130, 135, 200])
FAULTS, RUNS = ("a", "b"), ("", "x", "y")
failures = st.builds(
    lambda fault, minute, copy, run: finding(
        minute,
        fingerprint=fault,
        event_key=f"{fault}-{minute}-{copy}-{run}",
        since=at(minute - 2) if copy else None,
        run=run,
    ),
    st.sampled_from(FAULTS),
    MINUTES,
    st.integers(0, 1),
    st.sampled_from(RUNS),
)
recoveries = st.builds(
    lambda fault, minute, run: recovery(minute, fingerprint=fault, event_key=f"r{minute}-{run}", run=run),
    st.sampled_from(FAULTS),
    MINUTES,
    st.sampled_from(RUNS),
)
histories = st.lists(
    failures | recoveries, max_size=14, unique_by=lambda effect: (type(effect), effect.event_key, effect.fingerprint)
)


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[list[Effect], list[Effect]]:
    """Generates a history and its deliveries: all events, some of them twice, in any order."""
    history = draw(histories)
    again = draw(st.lists(st.sampled_from(history), max_size=5)) if history else []
    return history, draw(st.permutations([*history, *again]))


def expected(history: Sequence[Effect]) -> list[Seen]:
    """The expected incidents: the events of each fault in order of time, a failure before a recovery."""
    return sorted(seen for fault in FAULTS for seen in of_fault([one for one in history if one.fingerprint == fault]))


def of_fault(history: Sequence[Effect]) -> list[Seen]:
    observer = Observer()
    for effect in sorted(history, key=lambda one: (one.time, isinstance(one, Recovery))):
        if isinstance(effect, Finding):
            observer.fail(effect)
        else:
            observer.recover(effect)
    observer.wait(END)
    return [(history[0].fingerprint, *one.seen()) for one in observer.incidents]


@dataclass
class Observed:
    """An incident as seen by an observer."""

    begin: datetime
    first: datetime
    last: datetime
    count: int = 0
    end: datetime | None = None
    broken: set[str] = field(default_factory=set)
    flaps: bool = False
    calm: datetime | None = None

    def seen(self) -> tuple[str, datetime, datetime, datetime | None, int, tuple[str, ...]]:
        """The incidents in the database."""
        state = "open" if self.end is None else "resolved"
        return state, self.begin, self.last, self.end, self.count, tuple(sorted(filter(None, self.broken)))


@dataclass
class Observer:
    """A naive model of one fault, whose incident is repaired, failing or flapping at any time."""

    incidents: list[Observed] = field(default_factory=list)
    repaired: dict[str, datetime] = field(default_factory=dict)

    def now(self) -> Observed | None:
        """The unresolved incident."""
        return next((one for one in self.incidents if one.end is None), None)

    def wait(self, until: datetime) -> None:
        """Advances the clock; ends an incident that stopped flapping for an hour."""
        one = self.now()
        if one is not None and one.calm is not None and until - one.calm > timedelta(hours=1):
            one.end = one.calm

    def fail(self, effect: Finding) -> None:
        """Observes a failed run."""
        self.wait(effect.time)
        fixed = [time for run, time in self.repaired.items() if run in ("", effect.run) and time < effect.time]
        since = max([effect.since or effect.time, *fixed])
        one = self.now()
        if one is None:
            one = Observed(since, effect.time, effect.time)
            before = self.incidents[-2:]
            if len(before) == 2 and all(not b.flaps and effect.time - b.first < timedelta(hours=2) for b in before):
                self.incidents = self.incidents[:-2]
                one.begin, one.flaps = min(b.begin for b in before), True
                one.count = sum(b.count for b in before)
            self.incidents.append(one)
        one.begin, one.last, one.calm = min(one.begin, since), effect.time, None
        one.count += 1
        one.broken.add(effect.run)

    def recover(self, effect: Recovery) -> None:
        """Observes the success of a run, or of all runs."""
        self.repaired[effect.run] = effect.time
        one = self.now()
        if one is None or not one.broken:
            return
        one.broken = {run for run in one.broken if effect.run and run and run != effect.run}
        if not one.broken and one.flaps:
            one.calm = effect.time
        elif not one.broken:
            one.end = effect.time


def outcome(store: ErrorStore, delivered: Sequence[Effect]) -> list[Seen]:
    for effect in delivered:
        with store.transaction(NOON) as transaction:
            if isinstance(effect, Recovery):
                transaction.recover(effect)
            else:
                transaction.record(effect, redact=())
    with store.transaction(END) as transaction:
        transaction.end_flapping()
    with store.reading() as session:
        counts = dict(
            session.execute(select(Occurrence.incident_id, func.count()).group_by(Occurrence.incident_id)).all()
        )
        incidents = session.scalars(select(Incident)).all()
        assert counts == {one.id: one.occurrence_count for one in incidents}
        return sorted(seen(incident_view(one, None)) for one in incidents)


def empty(store: ErrorStore) -> None:
    with store.transaction(NOON) as transaction:
        databases.clear(transaction.session.connection(), ErrorBase.metadata)


def seen(one: IncidentView) -> Seen:
    times = one.opened_at, one.last_seen_at, one.resolved_at
    return one.fingerprint, str(one.status), *times, one.occurrence_count, one.unrepaired_runs


@given(deliveries())
@settings(several(60), suppress_health_check=SHARED_DATABASE)
def test_order_and_duplicates_do_not_matter(
    sqlite_store: ErrorStore, history: tuple[list[Effect], list[Effect]]
) -> None:
    happened, delivered = history
    empty(sqlite_store)
    assert outcome(sqlite_store, delivered) == expected(happened)


def linked(effect: Effect) -> Effect:
    """Adds the links between jobs: a query, its task and the DAG run."""
    links = {
        "a": JobLinks("group", ("query",), ("task", "dag")),
        "b": JobLinks("group", ("task",), (f"run {effect.run}",)),
        "c": JobLinks("group", (f"run {effect.run}", "dag")),
    }
    return replace(effect, links=links[effect.fingerprint])


jobs = st.sampled_from(("a", "b", "c"))
group_failures = st.builds(
    lambda job, minute, run: linked(finding(minute, fingerprint=job, event_key=f"{job}-{minute}-{run}", run=run)),
    jobs,
    MINUTES,
    st.sampled_from(RUNS),
)
group_recoveries = st.builds(
    lambda job, minute, run: linked(recovery(minute, fingerprint=job, event_key=f"r{minute}-{run}", run=run)),
    jobs,
    MINUTES,
    st.sampled_from(RUNS),
)


def delivered_again(effects: st.SearchStrategy[Effect]) -> st.SearchStrategy[tuple[list[Effect], list[Effect]]]:
    """Generates events, and an order of delivery in which three of them occur twice."""
    histories = st.lists(
        effects, max_size=12, unique_by=lambda effect: (type(effect), effect.event_key, effect.fingerprint)
    )
    return histories.flatmap(lambda history: st.tuples(st.just(history), st.permutations([*history, *history[:3]])))


def check_order(store: ErrorStore, happened: list[Effect], delivered: list[Effect]) -> None:
    """Asserts that the events have the same outcome in the order of delivery as in order of time."""
    in_order = sorted(happened, key=lambda one: (one.time, isinstance(one, Recovery), one.fingerprint, one.run))
    if delivered == in_order:
        return  # the same work twice shows nothing
    empty(store)
    first = outcome(store, in_order)
    empty(store)
    assert outcome(store, delivered) == first


@given(delivered_again(group_failures | group_recoveries))
@generated(30)
def test_the_order_does_not_matter_for_jobs_that_make_each_other_fail(
    sqlite_store: ErrorStore, history: tuple[list[Effect], list[Effect]]
) -> None:
    check_order(sqlite_store, *history)


KINDS = {"a": IncidentKind.LOAD_ISSUE, "b": IncidentKind.IRREGULAR_ACCESS}
quiet_failures = st.builds(
    lambda fault, minute: finding(
        minute, fingerprint=fault, event_key=f"{fault}-{minute}", quiet_seconds=1800, kind=KINDS[fault]
    ),
    st.sampled_from(FAULTS),
    st.sampled_from([0, 5, 20, 25, 28, 40, 55, 70, 72, 100, 130, 135, 200, 260, 330]),
)


@given(delivered_again(quiet_failures | recoveries))
@generated(20)
def test_the_order_does_not_matter_for_short_quiet_periods(
    sqlite_store: ErrorStore, history: tuple[list[Effect], list[Effect]]
) -> None:
    """A quiet period between two failures closes an incident, whichever failure arrives first."""
    check_order(sqlite_store, *history)


@pytest.mark.parametrize(
    ("happened", "ended"),
    [
        ([finding(0, **SHORT), recovery(3), finding(25, **SHORT), recovery(130)], at(58)),
        ([recovery(-20), finding(20, **SHORT), recovery(130)], at(80)),
        ([recovery(-100), finding(20, **SHORT), recovery(130)], at(130)),
    ],
    ids=["a success between failures", "a success that shows a longer interval", "a success that shows a long one"],
)
def test_a_success_that_arrives_after_a_quiet_period_moves_its_end(
    store: ErrorStore, happened: list[Effect], ended: datetime
) -> None:
    """The success may shorten or lengthen the interval of the job, before or after a tick closed the incident."""
    late = next(one for one in happened if isinstance(one, Recovery))
    others = [one for one in happened if one is not late]
    assert outcome(store, happened)[-1][4] == ended
    for is_closed in (False, True):
        empty(store)
        outcome(store, others[:-1])
        with store.transaction(at(120)) as transaction:
            assert not is_closed or len(transaction.resolve_quiet()) == 1
        assert outcome(store, [*others[-1:], late])[-1][4] == ended


def test_a_failure_that_arrives_late_from_before_a_quiet_period_has_its_own_incident(store: ErrorStore) -> None:
    assert outcome(store, [finding(200, **SHORT), finding(0, **SHORT)]) == [
        ("f" * 32, "open", at(200), at(200), None, 1, ()),
        ("f" * 32, "resolved", at(0), at(0), at(30), 1, ()),
    ]
    with store.reading() as session:
        closed = session.scalars(select(Incident).where(Incident.resolved_at.is_not(None))).one()
        shown = session.scalars(select(Occurrence).where(Occurrence.incident_id == closed.id)).one()
    assert (closed.resolved_by, closed.resolution) == ("quiet", "no further occurrence for 30 min")
    assert "30" in shown.evidence["translations"]["ja"]["resolution"]


CHANGES = JobLinks("changes")
CALLS = {"a": {}, "b": {}, "ab": {"a": "editor a", "b": "editor b"}, "bc": {"b": "editor b", "c": "editor c"}}
granted = st.builds(
    lambda call, minute: finding(
        minute, fingerprint=call, event_key=f"{call}-{minute}", links=CHANGES, changes=CALLS[call]
    ),
    st.sampled_from(list(CALLS)),
    MINUTES,
)
revoked = st.builds(
    lambda call, minute: recovery(minute, fingerprint=call, event_key=f"r{minute}", links=CHANGES, changes=CALLS[call]),
    st.sampled_from(list(CALLS)),
    MINUTES,
)


@given(delivered_again(granted | revoked))
@generated(40)
def test_the_order_does_not_matter_for_several_changes_of_one_call(
    sqlite_store: ErrorStore, history: tuple[list[Effect], list[Effect]]
) -> None:
    check_order(sqlite_store, *history)


def test_changes_of_one_call_are_undone_one_by_one(store: ErrorStore) -> None:
    three = {name: f"editor {name}" for name in "abc"}
    call = finding(0, fingerprint="call", links=CHANGES, changes=three)
    first, *others = (recovery(minute, fingerprint=name, links=CHANGES) for minute, name in enumerate("abc", 1))
    assert outcome(store, [call, first]) == [("call", "open", at(0), at(0), None, 1, ("editor b", "editor c"))]
    assert outcome(store, others) == [("call", "resolved", at(0), at(0), at(3), 1, ())]


def test_a_recovery_that_comes_late_between_two_failures_makes_two_incidents(store: ErrorStore) -> None:
    """Runs every order on SQLite, and every seventh on PostgreSQL, which covers each statement."""
    history: list[Effect] = [finding(0), recovery(2), finding(4), finding(5)]
    for delivered in list(permutations(history))[:: 7 if store.engine.dialect.name == "postgresql" else 1]:
        empty(store)
        found = outcome(store, delivered)
        assert (delivered, found) == (
            delivered,
            [
                ("f" * 32, "open", at(4), at(5), None, 2, ()),
                ("f" * 32, "resolved", at(0), at(0), at(2), 1, ()),
            ],
        )
