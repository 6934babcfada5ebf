"""History runs in separate processes, which tests kill or run concurrently."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from collectors.history_analysis.baselines import learn
from db.engine import make_engine
from db.schema_db.models import Snapshot
from db.schema_db.store import SchemaStore
from shared.errors import TransientError
from tests.support import kills
from tests.support.history import HOUR, TEN, History

# The first run reads a day, in sixty transactions that a kill can interrupt. Its 288 samples of a series are enough to learn
# what is usual.
LEARNED = 200
AFTER_SLOT = timedelta(minutes=20)
LEASE_OVER = timedelta(minutes=11)
TRIES = 20


@dataclass(frozen=True)
class Moment:
    """The slot that Cloud Scheduler calls for, and the time of the clock."""

    slot: datetime = TEN
    clock: datetime = TEN + AFTER_SLOT

    def after_kill(self) -> Moment:
        """The same slot, after the lease has expired."""
        return replace(self, clock=self.clock + LEASE_OVER)

    def next_slot(self) -> Moment:
        """The next slot of the schedule; the clock never goes back."""
        slot = self.slot + HOUR
        return Moment(slot, max(self.clock, slot + AFTER_SLOT))


def run(url: str, moment: Moment) -> None:
    """Makes one complete history run."""
    engine = make_engine(url)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(learn, "LEARNED", LEARNED)
        History(SchemaStore(engine)).run(moment.slot, clock=moment.clock)
    engine.dispose()


def run_until_quiet(url: str, moment: Moment) -> None:
    """Makes a history run; retries while another process blocks the database or the slot."""
    for _ in range(TRIES):
        try:
            return run(url, moment)
        except TransientError:
            time.sleep(0.05)
    raise AssertionError(f"{TRIES} runs were in each other's way")


def killed_often(url: str, deaths: int, chance: random.Random) -> Moment:
    """Kills that many runs before they end; returns the moment at which the next run would begin.

    A run that died without writing lives longer the next time, however slow the machine: after MAX_STALLS of them its
    checkpoint is dropped. `row_count` then counts changed rows again, which never happens without kills.
    """
    moment = Moment()
    while deaths:
        patience = 0.2 * 4 ** _stalls(url)
        if kills.attempt(run, (url, moment), chance.uniform(0, patience)) is None:
            deaths -= 1
            moment = moment.after_kill()
        else:
            moment = moment.next_slot()
    return moment


def _stalls(url: str) -> int:
    engine = make_engine(url)
    with SchemaStore(engine).reading() as session:
        most = session.scalar(select(func.max(Snapshot.stalls)).where(Snapshot.state != "done"))
    engine.dispose()
    return most or 0
