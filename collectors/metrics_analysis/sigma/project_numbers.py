"""Whether a project number belongs to a monitored project: from the settings, and from snapshots of the folder or organization."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from shared.identity.service_agents import numbers_of

if TYPE_CHECKING:
    from shared.config import Settings

LIFETIME = timedelta(minutes=10)  # a project that is no longer monitored counts for so long
AGAIN = timedelta(minutes=1)  # the shortest time between two reads for a number that is not known


class History(Protocol):
    """The Schema DB."""

    def project_numbers(self, settings: Settings, now: datetime) -> frozenset[str] | None:
        """The numbers of the monitored projects in the snapshots; None if the Schema DB is unavailable."""


class MonitoredNumbers:
    """Answers for a project number; None while the numbers of the monitored projects are unknown. Thread-safe.

    The history is read only for a number that the settings do not decide.
    """

    def __init__(self, settings: Settings, history: Callable[[], History], clock: Callable[[], datetime]) -> None:
        self._named = numbers_of(settings.project_numbers, settings.scope)
        self._settings = settings
        self._history = history
        self._clock = clock
        self._lock = threading.Lock()
        self._read_at: datetime | None = None
        self._numbers: frozenset[str] = frozenset()

    def is_monitored(self, number: str) -> bool | None:
        """Whether the project with this number is monitored."""
        named = self._named(number)
        if named is not None:
            return named
        numbers = self._current(number)
        return number in numbers if numbers else None

    def _current(self, number: str) -> frozenset[str]:
        with self._lock:
            now = self._clock()
            lifetime = LIFETIME if number in self._numbers else AGAIN
            if self._read_at is None or not timedelta(0) <= now - self._read_at < lifetime:  # a clock may be set back
                read = self._history().project_numbers(self._settings, now)
                # Without an answer the numbers of before still say more than none.
                self._numbers, self._read_at = self._numbers if read is None else read, now
            return self._numbers
