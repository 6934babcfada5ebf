"""Several instances at the same time: real operating-system processes on a real database, SQLite and PostgreSQL."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, insert, select
from sqlalchemy.exc import IntegrityError

from db.error_db import runs
from db.error_db.models import UNRESOLVED, Incident, Occurrence
from db.error_db.runs import NewRun
from db.error_db.store import ErrorStore
from shared.events import CountedEvent
from shared.model import Finding, Mode, Recovery, Trigger
from tests.support import processes
from tests.support.findings import NOON, at, finding, recovery

pytestmark = pytest.mark.slow

PROCESSES = 5
FAULTS = ("fault-a", "fault-b", "fault-c")
Effect = Finding | Recovery
EVENTS = [finding(minute, fingerprint=FAULTS[minute % 3], event_key=f"event-{minute}") for minute in range(60)]


def shares(effects: Sequence[Effect], each: int) -> list[list[Effect]]:
    """The effects that each process delivers: every effect goes to at least one, most to several, in random order."""
    chance = random.Random(7)
    given = []
    for index in range(PROCESSES):
        own = effects[index::PROCESSES]
        share = [*own, *chance.choices(effects, k=each - len(own))]
        given.append(chance.sample(share, len(share)))
    return given


def counts(store: ErrorStore) -> dict[str, list[int]]:
    """The occurrence counts of the unresolved incidents of each fault."""
    with store.reading() as session:
        rows = session.execute(select(Incident.fingerprint, Incident.occurrence_count).where(UNRESOLVED)).all()
    return {fault: [count for fingerprint, count in rows if fingerprint == fault] for fault in FAULTS}


def test_each_fault_has_one_incident_with_each_event_once(error_db_url: str, store: ErrorStore) -> None:
    changes = processes.run_at_once(processes.deliver, error_db_url, shares(EVENTS, each=25))
    assert counts(store) == {fault: [20] for fault in FAULTS}
    assert sum(changes) == len(EVENTS)
    with store.reading() as session:
        assert session.scalar(select(func.count()).select_from(Occurrence)) == len(EVENTS)


def test_the_order_of_events_decides_the_state_after_recoveries(error_db_url: str, store: ErrorStore) -> None:
    over: list[Effect] = [recovery(59.5, fingerprint="fault-a"), recovery(30.5, fingerprint="fault-b")]
    processes.run_at_once(processes.deliver, error_db_url, shares([*EVENTS, *over, *over], each=25))
    unresolved = {fault: len(found) for fault, found in counts(store).items()}
    assert unresolved == {"fault-a": 0, "fault-b": 1, "fault-c": 1}
    with store.reading() as session:
        assert session.scalar(select(func.sum(Incident.occurrence_count))) == len(EVENTS)


def test_the_database_refuses_a_second_unresolved_incident(engine: Engine, store: ErrorStore) -> None:
    with store.transaction(NOON) as transaction:
        transaction.record(finding(), redact=())
    with engine.begin() as connection:
        row = dict(connection.execute(select(Incident.__table__)).mappings().one())
        copy = insert(Incident).values({name: value for name, value in row.items() if name != "id"})
        with pytest.raises(IntegrityError):
            connection.execute(copy)


def test_no_window_misses_an_event_of_another_instance(error_db_url: str) -> None:
    events = [
        CountedEvent("iam/burst", "group", f"event-{index}", "", at(0), timedelta(minutes=10))
        for index in range(PROCESSES)
    ]
    fullest = processes.run_at_once(processes.count, error_db_url, events)
    assert max(fullest) == len(events)


def test_a_split_entry_is_complete_once(error_db_url: str) -> None:
    brought = processes.run_at_once(processes.bring_part, error_db_url, [0, 1, 2, 0, 1, 2])
    assert [parts for parts in brought if parts] == [[{"part": 0}, {"part": 1}, {"part": 2}]]


def test_each_run_is_claimed_by_one_worker(error_db_url: str, store: ErrorStore) -> None:
    with store.transaction(NOON) as transaction:
        transaction.record(finding(), redact=())
        for index in range(20):
            run = NewRun(1, "tell", Trigger.OPENED, f"cause-{index}", "teams", f"channel-{index}", {}, Mode.AUTO)
            runs.add(transaction.session, run, now=NOON)
    owners = [f"worker-{index}" for index in range(PROCESSES)]
    claimed = processes.run_at_once(processes.claim_all, error_db_url, owners)
    assert sorted(run for got in claimed for run in got) == list(range(1, 21))


def test_a_new_sqlite_file_may_be_opened_by_many_at_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new' / 'error.db'}"
    changes = processes.run_at_once(processes.open_first, url, [finding(minute) for minute in range(PROCESSES)])
    assert changes == [1] * PROCESSES
