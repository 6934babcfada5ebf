"""What every part of the simulated platform shares: a clock of actions, the way out for log entries, the screen."""

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
    """Runs actions when they are due, on the caller's thread. `pace` below 1 shortens every pause."""

    publish: Callable[[dict[str, Any]], None]
    screen: Screen
    pace: float = 1.0
    _due: list[tuple[float, int, Action]] = field(default_factory=list)
    _count: int = 0

    @property
    def now(self) -> datetime:
        """Event time of what happens now."""
        return datetime.now(UTC)

    def later(self, seconds: float, action: Action) -> None:
        """Runs `action` once, after so many seconds of the script."""
        self._count += 1
        heapq.heappush(self._due, (time.monotonic() + seconds * self.pace, self._count, action))

    def every(self, seconds: float, action: Action) -> None:
        """Runs `action` again and again, for the first time after one pause."""

        def again() -> None:
            action()
            self.later(seconds, again)

        self.later(seconds, again)

    def step(self) -> None:
        """Runs everything that is due."""
        now = time.monotonic()
        while self._due and self._due[0][0] <= now:
            heapq.heappop(self._due)[2]()

    def breaks(self, part: str, text: str) -> None:
        """Tells the audience that a part of the platform broke."""
        self.screen.health(part, Health.BROKEN, text)
        self.screen.line(Mark.BREAKS, part, text)

    def heals(self, part: str, text: str) -> None:
        """Tells the audience that it is well again."""
        self.screen.health(part, Health.WELL, text)
        self.screen.line(Mark.HEALS, part, text)

    def tells(self, part: str, text: str) -> None:
        """Tells the audience what a part does on its way to being well."""
        self.screen.line(Mark.HEALS, part, text)
