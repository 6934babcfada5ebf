"""The incidents of a group when an event arrives."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from db.error_db.models import Incident
from db.error_db.quiet import is_over
from db.error_db.timeline import FLAPPING_COUNT
from shared.lazy.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Situation:
    """The unresolved incidents of a group, and the number of incidents resolved shortly before an event at `time`.

    The event `is_late` if a recovery of the same time or later is known.
    """

    time: datetime
    unresolved: list[Incident]
    ended: int
    is_late: bool

    def over(self, session: Session) -> list[Incident]:
        """The unresolved incidents whose quiet period ended before an event that arrived in order."""
        return [] if self.is_late else [one for one in self.unresolved if is_over(session, one, self.time)]

    def needs_replay(self, quiet_seconds: int | None) -> bool:
        """Whether a failure at that time needs a replay, because it cannot simply be added to the unresolved incidents.

        `quiet_seconds` is the quiet period of its rule; an incident may have been closed between two of its failures.
        """
        opens = all(one.last_seen_at > self.time for one in self.unresolved)
        flaps = opens and self.ended >= FLAPPING_COUNT - 1
        return self.is_late or flaps or self._may_be_closed(quiet_seconds) or any(map(_flaps, self.unresolved))

    def _may_be_closed(self, quiet_seconds: int | None) -> bool:
        if quiet_seconds is None:
            return False
        quiet = timedelta(seconds=quiet_seconds)
        return any(one.last_seen_at - self.time > quiet for one in self.unresolved)


def _flaps(incident: Incident) -> bool:
    return incident.flapping_since is not None
