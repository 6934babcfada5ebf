"""Shared by all parts of the simulated platform: a schedule of actions, the publisher of log entries, the screen."""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from demo.screen import Health, Mark, Screen

Action = Callable[[], None]


@dataclass
class Stage:
    """Runs actions when they are due, on the caller's thread.

    `time_scale` below 1 shortens all pauses. `waiting` returns the number of published messages without an answer.
    """

    publish: Callable[[dict[str, Any]], None]
    screen: Screen
    time_scale: float = 1.0
    waiting: Callable[[], int] = lambda: 0
    _due: list[tuple[float, int, Action]] = field(default_factory=list)
    _count: int = 0

    @property
    def now(self) -> datetime:
        """The event time of current events."""
        return datetime.now(UTC)

    def later(self, seconds: float, action: Action) -> None:
        """Schedules `action` once, after a number of seconds of the scenario."""
        self._count += 1
        heapq.heappush(self._due, (time.monotonic() + seconds * self.time_scale, self._count, action))

    def every(self, seconds: float, action: Action) -> None:
        """Schedules `action` repeatedly, for the first time after one pause."""

        def again() -> None:
            action()
            self.later(seconds, again)

        self.later(seconds, again)

    def step(self) -> None:
        """Runs everything that is due."""
        now = time.monotonic()
        while self._due and self._due[0][0] <= now:
            heapq.heappop(self._due)[2]()

    def fails(self, part: str, text: str) -> None:
        """Shows that a part of the platform fails."""
        self.screen.health(part, Health.FAILING, text)
        self.screen.line(Mark.FAILS, part, text)

    def recovers(self, part: str, text: str) -> None:
        """Shows that a part has recovered."""
        self.screen.health(part, Health.HEALTHY, text)
        self.screen.line(Mark.RECOVERS, part, text)

    def progresses(self, part: str, text: str) -> None:
        """Shows a step of a part towards its recovery."""
        self.screen.line(Mark.RECOVERS, part, text)
