"""Scales: the positions of values in a chart, and the round values beside its lines."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

from shared.lazy.dataclass import dataclass

MOST_LINES = 4
# Every multiple up to four is short as a text with one unit: 90 s would be one minute.
_SECONDS = (1, 2, 5, 10, 15, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800)


@dataclass(frozen=True, slots=True)
class Size:
    """A size in which a chart is drawn: style.css shows one of them, depending on the available width."""

    css: str
    width: int
    height: int
    left: int
    bottom: int = 22
    top: int = 26

    @property
    def base(self) -> int:
        """The position of the zero line."""
        return self.height - self.bottom

    def x(self, part: float) -> float:
        """The horizontal position of a fraction from 0 to 1 of the period."""
        return round(self.left + part * (self.width - self.left), 1)

    def y(self, part: float) -> float:
        """The vertical position of a fraction from 0 to 1 of the largest value."""
        return round(self.base - part * (self.base - self.top), 1)


FULL = (Size("wide", 1180, 230, 46), Size("mid", 740, 220, 46), Size("narrow", 358, 200, 44))
SMALL = (Size("wide", 360, 150, 44), Size("narrow", 358, 150, 44))


def duration_lines(greatest: float) -> list[float]:
    """Round durations in seconds from 0 to at least the largest one, at most MOST_LINES above zero."""
    step = next((each for each in _SECONDS if each * MOST_LINES >= greatest), 0) or _round_up(greatest / MOST_LINES)
    return _multiples(step, greatest)


def number_lines(greatest: float) -> list[float]:
    """Round numbers from 0 to at least the largest one, at most MOST_LINES above zero."""
    return _multiples(_round_up(greatest / MOST_LINES), greatest)


def byte_lines(greatest: float) -> list[float]:
    """Like `number_lines`, in multiples of 1,024 bytes."""
    power = 1024 ** max(int(math.log(max(greatest, 1), 1024)), 0)
    return [line * power for line in number_lines(greatest / power)]


def day_ticks(days: Sequence[date], most: int) -> list[int]:
    """The positions of the days with a label: each day, or each week counted back from the last day."""
    step = max(1, math.ceil(len(days) / most))
    step = step if step in {1, 2} else math.ceil(step / 7) * 7
    return list(range(len(days) - 1, -1, -step))[::-1]


def time_ticks(start: datetime, end: datetime, most: int, local: Callable[[datetime], datetime]) -> list[datetime]:
    """Round local times between two times."""
    length = (end - start).total_seconds()
    steps = (60, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 259_200, 604_800, 1_209_600, 2_592_000, 7_776_000, 15_552_000)  # fmt: skip
    step = timedelta(seconds=next((each for each in steps if each * most >= length), steps[-1]))
    begin = local(start)
    moment = begin.replace(hour=0, minute=0, second=0, microsecond=0)
    while moment < begin:
        moment += step
    ticks = []
    while moment <= end:
        ticks.append(moment)
        moment += step
    return ticks


def _round_up(value: float) -> float:
    """The next of 1, 2, 2.5, 5 and 10 times a power of ten."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(each * power for each in (1.0, 2.0, 2.5, 5.0, 10.0) if each * power >= value * (1 - 1e-9))


def _multiples(step: float, greatest: float) -> list[float]:
    return [step * place for place in range(max(math.ceil(greatest / step - 1e-9), 1) + 1)]
