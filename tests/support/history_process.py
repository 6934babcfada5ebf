"""History runs in processes of their own, to be killed or to meet each other."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from db.engine import make_engine
from db.schema_db.store import SchemaStore
from shared.errors import TransientError
from tests.support import kills
from tests.support.history import HOUR, SETTINGS, TEN, History

# Two days at first: a hundred transactions for a kill to meet.
LONG = replace(SETTINGS, history_first_days=2)
AFTER_SLOT = timedelta(minutes=20)
LEASE_OVER = timedelta(minutes=11)
TRIES = 20


@dataclass(frozen=True)
class Moment:
    """When Cloud Scheduler called, and what the clock says."""

    slot: datetime = TEN
    clock: datetime = TEN + AFTER_SLOT

    def after_kill(self) -> Moment:
        """The same call again when the lease is over."""
        return replace(self, clock=self.clock + LEASE_OVER)

    def next_slot(self) -> Moment:
        """An hour later on the schedule; the clock never goes back."""
        slot = self.slot + HOUR
        return Moment(slot, max(self.clock, slot + AFTER_SLOT))


def run(url: str, moment: Moment) -> None:
    """One whole history run."""
    engine = make_engine(url)
    history = History(SchemaStore(engine), settings=LONG)
    history.run(moment.slot, clock=moment.clock)
    engine.dispose()


def run_until_quiet(url: str, moment: Moment) -> None:
    """Runs, and again when the database or another process is in the way."""
    for _ in range(TRIES):
        try:
            return run(url, moment)
        except TransientError:
            time.sleep(0.05)
    raise AssertionError(f"{TRIES} runs were in each other's way")


def killed_often(url: str, deaths: int, chance: random.Random) -> Moment:
    """Kills runs until that many of them died before their end; the moment at which the next one would begin."""
    moment = Moment()
    while deaths:
        if kills.attempt(run, (url, moment), chance.uniform(0, 0.2)) is None:
            deaths -= 1
            moment = moment.after_kill()
        else:
            moment = moment.next_slot()
    return moment
