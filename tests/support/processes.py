"""Work that several operating-system processes do on one Error DB at the same time."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from multiprocessing.synchronize import Barrier
from typing import Any, TypeVar

from db.engine import make_engine
from db.error_db import runs
from db.error_db.store import ErrorStore
from db.first_use import open_error_store
from handlers.plan import plan
from shared.errors import TransientError
from shared.events import CountedEvent
from shared.model import Finding, Recovery
from tests.support import forkserver
from tests.support.findings import NOON, only

Result = TypeVar("Result")
START_SECONDS = 600
DELIVERIES = 20
HOLD_SECONDS = 0.15


def run_at_once(work: Callable[[str, Any], Result], url: str, arguments: Sequence[Any]) -> list[Result]:
    """Calls work(url, argument) in one new process for each argument, all at once, and returns the results in order."""
    context = forkserver.context()
    barrier = context.Barrier(len(arguments))
    with context.Pool(len(arguments), initializer=_remember, initargs=(barrier,)) as pool:
        return pool.map(_AtOnce(work, url), arguments, chunksize=1)


_barriers: list[Barrier] = []


def _remember(barrier: Barrier) -> None:
    _barriers.append(barrier)


class _AtOnce:
    def __init__(self, work: Callable[[str, Any], Any], url: str) -> None:
        self.work = work
        self.url = url

    def __call__(self, argument: Any) -> Any:
        _barriers[-1].wait(START_SECONDS)
        return self.work(self.url, argument)


def deliver(url: str, effects: Sequence[Finding | Recovery]) -> int:
    """Records each effect in its own transaction, with retries; returns the number of changes."""
    store = ErrorStore(make_engine(url))
    return sum(_until_it_works(store, effect) for effect in effects)


def _until_it_works(store: ErrorStore, effect: Finding | Recovery) -> int:
    for _ in range(DELIVERIES):
        try:
            with store.transaction(NOON) as transaction:
                if isinstance(effect, Recovery):
                    return len(transaction.recover(effect))
                return len(transaction.record(effect, redact=()))
        except TransientError:
            time.sleep(0.05)
    raise AssertionError(f"{effect.event_key} was delivered {DELIVERIES} times for nothing")


def deliver_in_a_crowd(url: str, effects: Sequence[Finding | Recovery]) -> tuple[int, list[str]]:
    """Like `deliver`, on a server with fewer connections than processes; also returns the texts of the errors."""
    engine = make_engine(url)
    store, refused, changes, end = ErrorStore(engine), [], 0, time.monotonic() + START_SECONDS
    waiting = list(effects)
    while waiting and time.monotonic() < end:
        try:
            with store.transaction(NOON) as transaction:
                found = waiting[0]
                assert isinstance(found, Finding)
                changes += len(transaction.record(found, redact=()))
                time.sleep(HOLD_SECONDS)
        except TransientError as error:
            refused.append(str(error))
            time.sleep(0.05)
        else:
            waiting.pop(0)
    engine.dispose()
    return changes, refused


def count(url: str, event: CountedEvent) -> int:
    """Counts the event; returns the number of events in its window. Commits late, so that the processes overlap."""
    with ErrorStore(make_engine(url)).transaction(NOON) as transaction:
        window = transaction.count(event)
        time.sleep(HOLD_SECONDS)
    return len(window or [])


def bring_part(url: str, part: int) -> list[dict[str, Any]] | None:
    """Adds one of the three parts of a split entry. Commits late, so that the processes overlap."""
    with ErrorStore(make_engine(url)).transaction(NOON) as transaction:
        parts = transaction.part("split-1", part, 3, {"part": part})
        time.sleep(HOLD_SECONDS)
    return parts


def claim_all(url: str, owner: str) -> list[int]:
    """Claims every due run; returns the runs that this worker got."""
    store = ErrorStore(make_engine(url))
    with store.reading() as session:
        due = runs.due(session, NOON, limit=100)
    got = []
    for run in due:
        with store.transaction(NOON) as transaction:
            if runs.claim(transaction.session, run.id, owner=owner, now=NOON, lease=timedelta(minutes=5)):
                got.append(run.id)
    return got


def record_and_plan(url: str, found: Finding) -> int:
    """Records a finding and plans its actions; returns the number of runs. Commits late, so that the processes overlap."""
    with ErrorStore(make_engine(url)).transaction(NOON) as transaction:
        change = only(transaction.record(found, redact=()))
        plan([change], transaction, NOON)
        time.sleep(HOLD_SECONDS)
        planned = [run for run in runs.of_incident(transaction.session, change.incident.id) if not run.reason]
    return len(planned)


def open_first(url: str, finding: Finding) -> int:
    """Opens a database that does not exist yet and records a finding; returns the number of changes."""
    return _until_it_works(open_error_store(url), finding)
