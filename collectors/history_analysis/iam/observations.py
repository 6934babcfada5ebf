"""The coverage of an observation: the time since the previous observation, if that is recent enough."""

from __future__ import annotations

from datetime import datetime

from collectors.history_analysis.collector import SnapshotContext
from shared.history import CoverageRow

LATE = 1.5  # maximum gap between two observations, in intervals, for the time between them to be covered


class ObservationCoverage:
    """Observations of subjects of one kind. The first observation of a subject covers only its own moment."""

    def __init__(self, context: SnapshotContext, prefix: str) -> None:
        self._prefix = prefix
        self._now: datetime = context.now
        self._near = context.now - LATE * context.collector.every
        self._before = context.known.covered_until(prefix)

    def at(self, name: str) -> CoverageRow:
        """The coverage of a subject that has just been observed."""
        subject = self._prefix + name
        before = self._before.get(subject, self._now)
        return CoverageRow(subject, before if self._near <= before <= self._now else self._now, self._now)
