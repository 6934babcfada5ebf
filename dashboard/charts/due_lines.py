"""Deadlines on a common time line: the usual end, the expected end and the deadline of each run."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from dashboard.charts.scale import time_ticks
from shared.lazy.dataclass import dataclass

WIDTH, EDGE = 236, 4
LEAST, MOST = timedelta(hours=1), timedelta(hours=26)
NOW_WIDTH = 44  # of the word at the current time and half of the next label
PAST = 0.06  # of the line is before now, at least
NEAR = 15  # pixels within which two marks are one


@dataclass(frozen=True, slots=True)
class DueScale:
    """The time line from `start` at the left edge of the picture to `end` at the right edge."""

    start: datetime
    end: datetime

    def x(self, moment: datetime) -> float:
        """The position of a time; a time beyond the line is at its edge."""
        part = (moment - self.start) / (self.end - self.start)
        return round(EDGE + min(max(part, 0.0), 1.0) * (WIDTH - 2 * EDGE), 1)

    def ticks(self, now: datetime, local: Callable[[datetime], datetime]) -> list[tuple[float, datetime]]:
        """Round times with their places, apart from now and the edges."""
        places = ((self.x(tick), tick) for tick in time_ticks(self.start, self.end, 5, local))
        return [(x, tick) for x, tick in places if self.x(now) + NOW_WIDTH < x < WIDTH - 14]


@dataclass(frozen=True, slots=True)
class DueMarks:
    """The marks of one run; None where a time is not known. `is_apart` says that it ends notably later than usual."""

    usual: float | None
    expected: float | None
    deadline: float | None

    @property
    def is_apart(self) -> bool:
        """Whether the expected end is so much later than the usual one that a line joins them."""
        return self.usual is not None and self.expected is not None and self.expected - self.usual > NEAR


def due_scale(now: datetime, times: Iterable[datetime]) -> DueScale:
    """The line of time that shows now and these times, at most a day ahead."""
    known = [each for each in times if abs(each - now) <= MOST]
    end = max([*known, now + LEAST])
    start = min([*known, now - PAST * (end - now)])
    return DueScale(max(start, now - max(LEAST, (end - now) / 2)), end + PAST * (end - now))


def due_marks(
    scale: DueScale, usual: datetime | None, expected: datetime | None, deadline: datetime | None
) -> DueMarks:
    """The positions of the times of one run; a time before the start of the line has none."""
    return DueMarks(*(scale.x(each) if each and each >= scale.start else None for each in (usual, expected, deadline)))
