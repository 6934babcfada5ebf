"""The incidents of a group when an event arrives."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from db.error_db.models import Incident
from db.error_db.timeline import FLAPPING_COUNT


@dataclass(frozen=True, slots=True)
class Situation:
    """The unresolved incidents of a group, and the number of incidents resolved shortly before an event at `time`.

    The event `is_late` if a recovery of its own time or later is known.
    """

    time: datetime
    unresolved: list[Incident]
    ended: int
    is_late: bool

    @property
    def needs_replay(self) -> bool:
        """Whether a failure at that time cannot simply be added to the unresolved incidents."""
        opens = all(one.last_seen_at > self.time for one in self.unresolved)
        flaps = opens and self.ended >= FLAPPING_COUNT - 1
        return self.is_late or flaps or any(one.flapping_since for one in self.unresolved)
