"""What a look is evidence of: the time since the look before it, if that is not too long ago."""

from __future__ import annotations

from datetime import datetime

from collectors.history_analysis.collector import SnapshotContext
from shared.history import CoverageRow

LATE = 1.5  # intervals between two looks that still cover the time between them


class ObservationCoverage:
    """Looks at subjects of one kind; the first look at one covers nothing but its moment."""

    def __init__(self, context: SnapshotContext, prefix: str) -> None:
        self._prefix = prefix
        self._now: datetime = context.now
        self._near = context.now - LATE * context.collector.every
        self._before = context.known.covered_until(prefix)

    def at(self, name: str) -> CoverageRow:
        """The evidence about a subject that has just been looked at."""
        subject = self._prefix + name
        before = self._before.get(subject, self._now)
        return CoverageRow(subject, before if self._near <= before <= self._now else self._now, self._now)
