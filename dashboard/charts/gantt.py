"""A timeline as a picture: a row for each task or job, its runs as bars, and the critical path as a line through them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from dashboard.charts.scale import time_ticks

if TYPE_CHECKING:
    from insights.jobs.chain.model import Timeline, TimelineBar, TimelineRow

TOP, BOTTOM, EDGE = 24, 8, 8
BAR, BAND = 10, 18  # heights
LEAST_WIDTH = 2.5
LABEL_WIDTH = 62  # of a duration beside its bar
NEAR = 34  # of now, where no other time has room
LETTER = 6.9  # the width of one
FEW = 3  # runs of a row that are all shown
PADDING = 0.015  # of the time on both sides
LEAST_TIME = timedelta(minutes=1)
KINDS = {"succeeded": "ok", "failed": "bad", "running": "live", "queued": "live", "expected": "soon"}


@dataclass(frozen=True, slots=True)
class GanttSize:
    """A size in which a timeline is drawn: style.css shows one of them. `left` is the width of names; 0: they are above the bars."""

    css: str
    width: int
    left: int
    row: int
    ticks: int

    @property
    def letters(self) -> int:
        """The number of letters of a name that fit."""
        return int(((self.left or self.width) - 2 * EDGE) / LETTER)


SIZES = (GanttSize("wide", 1180, 250, 26, 10), GanttSize("mid", 740, 210, 26, 6), GanttSize("narrow", 358, 0, 38, 4))


@dataclass(frozen=True, slots=True)
class GanttBar:
    """A run as a bar of a `kind` of style.css; `solid` is the width until now of one that is running.

    `marks` are the failures of earlier attempts. `label` is the place of its duration and the side at which it is, if it fits.
    """

    bar: TimelineBar
    kind: str
    x: float
    width: float
    solid: float
    marks: Sequence[float]
    label: tuple[float, str] | None


@dataclass(frozen=True, slots=True)
class GanttLine:
    """A row: the middle of its bars, the place of its name, and its usual start and width."""

    row: TimelineRow
    y: float
    name: str
    name_y: float
    usual: tuple[float, float] | None
    bars: Sequence[GanttBar]


@dataclass(frozen=True, slots=True)
class GanttPicture:
    """The picture in one size. `path` are the lines from the end of each run of the critical path to the start of the next."""

    size: GanttSize
    height: int
    lines: Sequence[GanttLine]
    ticks: Sequence[tuple[float, datetime]]
    now: float | None
    path: Sequence[str]


def gantt_pictures(timeline: Timeline, now: datetime, local: Callable[[datetime], datetime]) -> list[GanttPicture]:
    """The timeline in every size."""
    start, end = _period(timeline.rows, now)
    return [_Drawing(size, start, end, now).picture(timeline, local) for size in SIZES]


def _period(rows: Sequence[TimelineRow], now: datetime) -> tuple[datetime, datetime]:
    """The period of the chart: the critical path, rows with few runs, usual times, and now if a run is going on or expected.

    Runs of a frequent job do not extend the period, unless they are on the critical path: otherwise a chain that runs
    at night would shrink to hairlines.
    """
    shown = [bar for row in rows for bar in row.bars if bar.is_critical or len(row.bars) <= FEW]
    moments = [each for bar in shown for each in (bar.start, bar.until, *([now] if bar.end is None else []))]
    moments += (each for row in rows if row.usual and len(row.bars) <= FEW for each in row.usual)
    start, end = min(moments, default=now), max(moments, default=now)
    end = max(end, start + LEAST_TIME)
    return start - PADDING * (end - start), end + PADDING * (end - start)


@dataclass(frozen=True, slots=True)
class _Drawing:
    size: GanttSize
    start: datetime
    end: datetime
    now: datetime

    def picture(self, timeline: Timeline, local: Callable[[datetime], datetime]) -> GanttPicture:
        lines = [self._line(row, place) for place, row in enumerate(timeline.rows)]
        ticks = time_ticks(self.start, self.end, self.size.ticks, local)
        now = self._x(self.now) if self.start <= self.now <= self.end else None
        return GanttPicture(
            self.size,
            TOP + len(lines) * self.size.row + BOTTOM,
            lines,
            [(x, tick) for tick in ticks if self._is_free(x := self._x(tick), now)],
            now,
            list(_path(timeline, lines)),
        )

    def _is_free(self, x: float, now: float | None) -> bool:
        """Whether there is room for a time beside now and the edge."""
        return x < self.size.width - 16 and (now is None or abs(x - now) > NEAR)

    def _x(self, moment: datetime) -> float:
        left = self.size.left + EDGE
        moment = min(max(moment, self.start), self.end)
        return round(left + (moment - self.start) / (self.end - self.start) * (self.size.width - left - EDGE), 1)

    def _line(self, row: TimelineRow, place: int) -> GanttLine:
        top = TOP + place * self.size.row
        y = top + (self.size.row / 2 if self.size.left else self.size.row - 12)
        name = row.name if len(row.name) <= self.size.letters else f"…{row.name[1 - self.size.letters :]}"
        usual = (self._x(row.usual[0]), self._wide(*row.usual)) if row.usual else None
        inside = [bar for bar in row.bars if bar.start < self.end and bar.until > self.start]
        bars = [self._bar(bar, *inside[max(at - 1, 0) : at]) for at, bar in enumerate(inside)]
        return GanttLine(row, y, name, y + 4 if self.size.left else top + 13, usual, bars)

    def _bar(self, bar: TimelineBar, before: TimelineBar | None = None) -> GanttBar:
        x, width = self._x(bar.start), self._wide(bar.start, bar.until)
        solid = self._wide(bar.start, min(bar.until, self.now)) if bar.has_started else 0.0
        free = self._x(before.until) if before else self.size.left
        label = None
        if x + width + LABEL_WIDTH <= self.size.width:
            label = (round(x + width + 6, 1), "start")
        elif x - LABEL_WIDTH > free:
            label = (round(x - 6, 1), "end")
        marks = [self._x(each) for each in bar.failed_at if each >= self.start]
        return GanttBar(bar, KINDS.get(bar.state, "rest"), x, width, solid, marks, label)

    def _wide(self, start: datetime, end: datetime) -> float:
        return max(round(self._x(end) - self._x(start), 1), LEAST_WIDTH)


def _path(timeline: Timeline, lines: Iterable[GanttLine]) -> Iterator[str]:
    """From the end of each run of the path down or up to the row of the next one, and along it to its start."""
    places = {each.bar.key: (line.y, each) for line in lines for each in line.bars}
    steps = [places[step.bar.key] for step in timeline.path if step.bar.key in places]
    for (y, one), (next_y, following) in pairwise(steps):
        yield f"M{one.x + one.width:g} {y:g}V{next_y:g}H{following.x:g}"
