"""Events result in the same incidents for any number and order of deliveries."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select

from db.error_db.models import ErrorBase, Incident, Occurrence
from db.error_db.store import ErrorStore
from db.error_db.views import incident_view
from shared.model import Finding, Recovery
from shared.records import IncidentView
from tests.support.examples import SHARED_DATABASE
from tests.support.findings import NOON, at, finding, recovery

Effect = Finding | Recovery
# Of one incident: its fault, state, begin, latest failure, end, number of events, and the runs that are not repaired.
Seen = tuple[str, str, datetime, datetime, datetime | None, int, tuple[str, ...]]

FAULTS = ("a", "b")
RUNS = ("", "x", "y")
failures = st.builds(
    lambda fault, minute, copy, run: finding(
        minute,
        fingerprint=fault,
        event_key=f"{fault}-{minute}-{copy}-{run}",
        since=at(minute - 2) if copy else None,
        run=run,
    ),
    st.sampled_from(FAULTS),
    st.integers(0, 8),
    st.integers(0, 1),
    st.sampled_from(RUNS),
)
recoveries = st.builds(
    lambda fault, minute, run: recovery(minute, fingerprint=fault, event_key=f"r{minute}-{run}", run=run),
    st.sampled_from(FAULTS),
    st.integers(0, 8),
    st.sampled_from(RUNS),
)
histories = st.lists(
    failures | recoveries, max_size=14, unique_by=lambda effect: (type(effect), effect.event_key, effect.fingerprint)
)


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[list[Effect], list[Effect]]:
    """A history and its deliveries: everything, some of it twice, in any order."""
    history = draw(histories)
    again = draw(st.lists(st.sampled_from(history), max_size=5)) if history else []
    return history, draw(st.permutations([*history, *again]))


def expected(history: Sequence[Effect]) -> list[Seen]:
    """The result for an observer who takes the events of each fault in order, a failure before a recovery."""
    return sorted(seen for fault in FAULTS for seen in of_fault([one for one in history if one.fingerprint == fault]))


def of_fault(history: Sequence[Effect]) -> list[Seen]:
    over: list[Seen] = []
    broken: dict[str, datetime] = {}
    repaired: dict[str, datetime] = {}
    begin = last = NOON
    count = 0
    for effect in sorted(history, key=lambda one: (one.time, isinstance(one, Recovery))):
        if isinstance(effect, Finding):
            fixed = [time for run, time in repaired.items() if run in ("", effect.run) and time < effect.time]
            since = max([effect.since or effect.time, *fixed])
            begin, count = (min(begin, since), count + 1) if broken else (since, 1)
            broken[effect.run] = last = effect.time
            continue
        repaired[effect.run] = effect.time
        before, broken = broken, {run: time for run, time in broken.items() if effect.run and run and run != effect.run}
        if before and not broken:
            over.append((effect.fingerprint, "resolved", begin, last, effect.time, count, ()))
    if broken:
        over.append((history[0].fingerprint, "open", begin, last, None, count, tuple(sorted(filter(None, broken)))))
    return over


def outcome(store: ErrorStore, delivered: Sequence[Effect]) -> list[Seen]:
    for effect in delivered:
        with store.transaction(NOON) as transaction:
            if isinstance(effect, Recovery):
                transaction.recover(effect)
            else:
                transaction.record(effect, redact=())
    with store.reading() as session:
        counts = dict(
            session.execute(select(Occurrence.incident_id, func.count()).group_by(Occurrence.incident_id)).all()
        )
        incidents = session.scalars(select(Incident)).all()
        assert counts == {one.id: one.occurrence_count for one in incidents}
        return sorted(seen(incident_view(one, None)) for one in incidents)


def empty(store: ErrorStore) -> None:
    with store.transaction(NOON) as transaction:
        for table in reversed(ErrorBase.metadata.sorted_tables):
            transaction.session.execute(delete(table))


def seen(one: IncidentView) -> Seen:
    times = one.opened_at, one.last_seen_at, one.resolved_at
    return one.fingerprint, str(one.status), *times, one.occurrence_count, one.unrepaired_runs


@given(deliveries())
@settings(max_examples=150, suppress_health_check=SHARED_DATABASE)
def test_order_and_duplicates_do_not_matter(
    sqlite_store: ErrorStore, history: tuple[list[Effect], list[Effect]]
) -> None:
    happened, delivered = history
    empty(sqlite_store)
    assert outcome(sqlite_store, delivered) == expected(happened)


@pytest.mark.parametrize("order", list(permutations(range(4))), ids=str)
def test_a_recovery_that_comes_late_between_two_failures_makes_two_incidents(
    store: ErrorStore, order: tuple[int, ...]
) -> None:
    history: list[Effect] = [finding(0), recovery(2), finding(4), finding(5)]
    delivered = [history[index] for index in order]
    assert outcome(store, delivered) == [
        ("f" * 32, "open", at(4), at(5), None, 2, ()),
        ("f" * 32, "resolved", at(0), at(0), at(2), 1, ()),
    ]
