"""Readings of probes, kept for a few days: detectors compare them with the current state, and the history copies samples."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.error_db.models import ProbeReadingRow
from db.insert import insert
from db.sanitize import clean_json, clean_key
from db.types import bounded
from shared.model import ProbeReading

LONGEST_PROBE = 120
Reading = Callable[[], AbstractContextManager[Session]]


class ProbeReadings:
    """The part of a transaction on the Error DB about the readings of probes."""

    session: Session
    now: datetime

    def keep_reading(self, reading: ProbeReading) -> None:
        """Stores a reading; the first reading of a time is kept."""
        values = {
            "probe": clean_key(reading.probe, LONGEST_PROBE),
            "time": bounded(reading.time),
            "data": clean_json(reading.data),
            "stored_at": self.now,
        }
        self.session.execute(insert(self.session, ProbeReadingRow).values(values).on_conflict_do_nothing())


def readings(session: Session, probe: str, since: datetime, until: datetime) -> list[ProbeReading]:
    """The readings of a probe from `since` to before `until`, oldest first."""
    row = ProbeReadingRow
    query = select(row).where(row.probe == clean_key(probe, LONGEST_PROBE), row.time >= since, row.time < until)
    return [ProbeReading(each.probe, each.time, each.data) for each in session.scalars(query.order_by(row.time))]


def stored_readings(reading: Reading, since: datetime, until: datetime) -> Iterator[ProbeReading]:
    """The readings of all probes that were stored in [since, until), in the order of storing."""
    row = ProbeReadingRow
    query = select(row).where(row.stored_at >= since, row.stored_at < until).order_by(row.stored_at, row.probe)
    with reading() as session:
        for each in session.scalars(query.execution_options(yield_per=100)):
            yield ProbeReading(each.probe, each.time, each.data)
