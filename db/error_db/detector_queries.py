"""What detectors read from and write to the Error DB, which is opened on first use."""

# ruff: noqa: PLC0415

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from db.error_db.store import ErrorStore
    from shared.model import ProbeReading
    from shared.records import IncidentView


@dataclass(frozen=True, slots=True)
class DetectorQueries:
    """The queries of the detectors for one message, which is handled at `now`."""

    store: Callable[[], ErrorStore]
    now: datetime

    def unresolved(self, rule: str) -> Sequence[IncidentView]:
        """The unresolved incidents of a rule. Raises TransientError when the database is unavailable."""
        from db.error_db import queries

        with self.store().reading() as session:
            return queries.unresolved_of_rule(session, rule)

    def readings(self, probe: str, since: datetime, until: datetime) -> Sequence[ProbeReading]:
        """The readings of a probe from `since` to before `until`, oldest first. Raises TransientError."""
        from db.error_db.reporters.readings import readings

        with self.store().reading() as session:
            return readings(session, probe, since, until)

    def keep(self, reading: ProbeReading) -> None:
        """Stores a reading of a probe. Raises TransientError."""
        with self.store().transaction(self.now) as transaction:
            transaction.keep_reading(reading)
