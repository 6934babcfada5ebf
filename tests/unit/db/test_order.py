"""However often and in whatever order events come, the end is the same."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, func, select

from db.engine import make_engine
from db.error_db.models import UNRESOLVED, Incident, Occurrence
from db.error_db.store import ErrorStore
from shared.model import Finding, Recovery
from tests.support.findings import NOON, at, finding, recovery

Effect = Finding | Recovery
Outcome = tuple[set[str], dict[str, int]]

FAULTS = ("a", "b")
failures = st.builds(
    lambda fault, minute, copy: finding(
        minute, fingerprint=fault, event_key=f"{fault}-{minute}-{copy}", since=at(minute - 2) if copy else None
    ),
    st.sampled_from(FAULTS),
    st.integers(0, 6),
    st.integers(0, 1),
)
recoveries = st.builds(
    lambda fault, minute: recovery(minute, fingerprint=fault), st.sampled_from(FAULTS), st.integers(0, 6)
)
histories = st.lists(failures | recoveries, max_size=10, unique_by=lambda effect: (type(effect), effect.event_key))


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[list[Effect], list[Effect]]:
    """A history, and what is delivered of it: everything, some of it twice, in any order."""
    history = draw(histories)
    again = draw(st.lists(st.sampled_from(history), max_size=5)) if history else []
    return history, draw(st.permutations([*history, *again]))


def expected(history: Sequence[Effect]) -> Outcome:
    """The faults that are not over, and the number of events of each: what delivery in order would say."""
    failed = {f.fingerprint: f.time for f in sorted(history, key=lambda f: f.time) if isinstance(f, Finding)}
    over = {r.fingerprint: r.time for r in sorted(history, key=lambda r: r.time) if isinstance(r, Recovery)}
    unresolved = {fault for fault, time in failed.items() if fault not in over or time > over[fault]}
    return unresolved, dict(Counter(effect.fingerprint for effect in history if isinstance(effect, Finding)))


def outcome(store: ErrorStore, delivered: Sequence[Effect]) -> Outcome:
    for effect in delivered:
        with store.transaction(NOON) as transaction:
            if isinstance(effect, Recovery):
                transaction.recover(effect)
            else:
                transaction.record(effect, redact=())
    with store.reading() as session:
        unresolved = session.scalars(select(Incident.fingerprint).where(UNRESOLVED)).all()
        kept = select(Occurrence.fingerprint, func.count()).group_by(Occurrence.fingerprint)
        totals = select(Incident.fingerprint, func.sum(Incident.occurrence_count)).group_by(Incident.fingerprint)
        counts = {row[0]: row[1] for row in session.execute(kept)}
        assert counts == {row[0]: row[1] for row in session.execute(totals)}
        assert len(unresolved) == len(set(unresolved))
    return set(unresolved), counts


@given(deliveries())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_order_and_duplicates_do_not_matter(sqlite_template: Path, history: tuple[list[Effect], list[Effect]]) -> None:
    happened, delivered = history
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "error.db"
        shutil.copy(sqlite_template, path)
        engine = make_engine(f"sqlite:///{path}")
        event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous = OFF"))
        assert outcome(ErrorStore(engine), delivered) == expected(happened)
        engine.dispose()
