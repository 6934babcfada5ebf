"""History runs in processes of their own, to be killed or to meet each other."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from multiprocessing.connection import Connection

from db.engine import make_engine
from db.schema_db.store import SchemaStore
from shared.errors import TransientError
from tests.support import forkserver
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


def _child(url: str, moment: Moment, started: Connection) -> None:
    started.send(True)
    run(url, moment)


def killed_often(url: str, kills: int, chance: random.Random) -> Moment:
    """Kills runs until `kills` of them died while they ran; the moment at which the next one would begin."""
    context = forkserver.context()
    moment = Moment()
    while kills:
        receiver, sender = context.Pipe(duplex=False)
        process = context.Process(target=_child, args=(url, moment, sender))
        process.start()
        receiver.recv()
        process.join(chance.uniform(0, 0.2))
        if process.exitcode is None:
            process.kill()
            kills -= 1
            moment = moment.after_kill()
        else:
            assert process.exitcode == 0
            moment = moment.next_slot()
        process.join()
        process.close()
    return moment
