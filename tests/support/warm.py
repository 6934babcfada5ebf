"""Executes the usual statements in the fork server (tests/support/forkserver.py), which imports it last.

The processes that it forks then have these statements compiled. Otherwise each new process would compile them, which
takes longer than the work that a test kills or runs concurrently.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice

from collectors.history_analysis.collector import Batch, SnapshotContext
from db.engine import make_engine
from db.error_db import runs
from db.error_db.runs import NewRun
from db.error_db.store import ErrorStore
from db.schema_db.store import SchemaStore
from shared.events import CountedEvent
from shared.model import Finding, Mode, Recovery, Trigger
from tests.support import statements
from tests.support.findings import NOON, finding, recovery
from tests.support.forkserver import VARIABLE
from tests.support.history import TEN, History, collector, every_kind

# In order, of another run, duplicated, repaired, after the repair, and late.
EFFECTS: list[Finding | Recovery] = [finding(5), finding(6, run="x"), finding(5), recovery(7), finding(8), finding(1)]
MINUTE = timedelta(minutes=1)


def error_db(store: ErrorStore) -> None:
    """Records events, a counted window, a part of a split entry, and a run."""
    for effect in EFFECTS:
        with store.transaction(NOON) as transaction:
            if isinstance(effect, Recovery):
                transaction.recover(effect)
            else:
                transaction.record(effect, redact=())
    with store.transaction(NOON) as transaction:
        transaction.count(CountedEvent("iam/burst", "group", "event", "", NOON, MINUTE))
        transaction.part("split", 0, 3, {})
        runs.add(
            transaction.session,
            NewRun(1, "tell", Trigger.OPENED, "cause", "teams", "default", {}, Mode.AUTO),
            now=NOON,
        )
    with store.transaction(NOON) as transaction:
        for run in runs.due(transaction.session, NOON, limit=10):
            runs.claim(transaction.session, run.id, owner="worker", now=NOON, lease=MINUTE)


def two_hours(context: SnapshotContext) -> Iterator[Batch]:
    """Yields the rows of the first two hours: those of each further hour are written by the same statements."""
    return islice(every_kind(context), 2)


def schema_db(store: SchemaStore) -> None:
    """Makes a history run."""
    History(store, [collector(two_hours)]).run(TEN)


def compile_statements(urls: list[str]) -> None:
    """Executes the statements once on these databases, which are Error DBs and Schema DBs in turns."""
    statements.share()
    for number, url in enumerate(urls):
        engine = make_engine(url)
        schema_db(SchemaStore(engine)) if number % 2 else error_db(ErrorStore(engine))
        engine.dispose()  # the processes inherit no connection


compile_statements(os.environ.get(VARIABLE, "").split())
