"""Line charts over time: the values, the values a week before, the expected range, a limit, and incidents."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from dashboard.charts import units
from dashboard.charts.scale import Size, time_ticks

if TYPE_CHECKING:
    from insights.performance.expected import ExpectedHour, Unusual
    from insights.performance.series import SeriesPoint

HOUR = timedelta(hours=1)
LONGEST_STEP = 2.5  # a line ends where the next point is further away than this many usual steps
HIGHEST_BAND = 2  # times the greatest value: a band is cut there
FARTHEST_LIMIT = 4  # a limit beyond this many times the greatest value would flatten the line


@dataclass(frozen=True, slots=True)
class TimeFlag:
    """An incident in the chart: its number, its start, its end if it has ended, and whether it still needs a person."""

    number: int
    start: datetime
    end: datetime | None
    needs: bool


@dataclass(frozen=True, slots=True)
class LineData:
    """The data of a chart: the points in [start, end], those a week before at the same times, a limit, the band, unusual samples."""

    start: datetime
    end: datetime
    unit: str
    seen: Sequence[SeriesPoint]
    before: Sequence[tuple[datetime, float]] = ()
    limit: float | None = None
    is_over: Callable[[float], bool] | None = None
    flags: Sequence[TimeFlag] = ()
    band: Sequence[ExpectedHour] = ()
    unusual: Sequence[Unusual] = ()


@dataclass(frozen=True, slots=True)
class LinePicture:
    """The chart in one size. Lines are values of the SVG attribute `points`; `spread` is the area from the lowest to the highest samples.

    `band` is the area of usual values; `unusual` are the positions of samples outside it.
    """

    size: Size
    lines: list[tuple[float, float]]
    labels: list[tuple[float, datetime, str]]
    seen: list[str]
    before: list[str]
    spread: list[str]
    out: list[str]
    limit: float | None
    flags: list[tuple[float, float, TimeFlag]]
    band: list[str]
    unusual: list[tuple[float, float, Unusual]]


def line_pictures(data: LineData, sizes: Iterable[Size], local: Callable[[datetime], datetime]) -> list[LinePicture]:
    """The chart in every size; empty without points."""
    return [_picture(data, size, local) for size in sizes] if data.seen else []


def spark(
    values: Sequence[SeriesPoint], start: datetime, end: datetime, *, width: int = 264, height: int = 46
) -> list[str]:
    """A small line scaled from the smallest to the largest value."""
    low, high = min(point.value for point in values), max(point.value for point in values)
    span = high - low or abs(high) or 1.0
    base = low if high > low else low - span / 2
    length = (end - start).total_seconds()
    placed = [
        (
            point.time,
            f"{(point.time - start).total_seconds() / length * width:.1f},{height - 4 - (point.value - base) / span * (height - 8):.1f}",
        )
        for point in values
    ]
    return _segments(placed, _longest([point.time for point in values]))


def _picture(data: LineData, size: Size, local: Callable[[datetime], datetime]) -> LinePicture:
    greatest = max([point.high for point in data.seen] + [value for _, value in data.before] + [0.0])
    top = max([hour.high for hour in data.band], default=0.0)
    greatest = max(greatest, min(top, HIGHEST_BAND * greatest))
    limit = data.limit if data.limit is not None and data.limit <= FARTHEST_LIMIT * greatest else None
    scale = units.lines(max(greatest, limit or 0.0) * 1.02 or 1.0, data.unit)
    length = (data.end - data.start).total_seconds()

    def x(moment: datetime) -> float:
        return size.x(min(max((moment - data.start).total_seconds() / length, 0.0), 1.0))

    def y(value: float) -> float:
        return size.y(min(max(value, 0.0) / scale[-1], 1.0))

    longest = _longest([point.time for point in data.seen])
    ticks = time_ticks(data.start, data.end, max((size.width - size.left) // 100, 2), local)
    return LinePicture(
        size,
        [(y(value), value) for value in scale],
        [
            (x(tick), tick, "end" if x(tick) > size.width - 24 else "middle")
            for tick in ticks
            if x(tick) > size.left + 14
        ],
        _segments([(point.time, f"{x(point.time)},{y(point.value)}") for point in data.seen], longest),
        _segments([(time, f"{x(time)},{y(value)}") for time, value in data.before], longest),
        list(_spread(data.seen, x, y, longest)),
        list(_out(data, x, y, longest)),
        y(limit) if limit is not None else None,
        [(x(flag.start), x(flag.end or data.end), flag) for flag in data.flags if flag.start < data.end],
        list(_band(data, x, y)),
        [
            (x(each.time), y(each.value), each)
            for each in data.unusual
            if each.is_outside and data.start <= each.time <= data.end
        ],
    )


def _longest(times: Sequence[datetime]) -> timedelta:
    """The longest time between two points that are joined by a line."""
    steps = [(after - before).total_seconds() for before, after in pairwise(times)]
    return timedelta(seconds=LONGEST_STEP * median(steps)) if steps else timedelta(0)


def _runs(times: Sequence[datetime], longest: timedelta) -> Iterator[slice]:
    """The parts of a line without a gap."""
    begin = 0
    for place in range(1, len(times) + 1):
        if place == len(times) or times[place] - times[place - 1] > longest:
            yield slice(begin, place)
            begin = place


def _segments(placed: Sequence[tuple[datetime, str]], longest: timedelta) -> list[str]:
    parts = (placed[part] for part in _runs([time for time, _ in placed], longest))
    # A point alone is drawn as a short line.
    return [" ".join(text for _, text in (part if len(part) > 1 else [*part, *part])) for part in parts]


def _spread(
    seen: Sequence[SeriesPoint], x: Callable[[datetime], float], y: Callable[[float], float], longest: timedelta
) -> Iterator[str]:
    for part in _runs([point.time for point in seen], longest):
        inside = seen[part]
        if any(point.high > point.low for point in inside):
            upper = [f"{x(point.time)},{y(point.high)}" for point in inside]
            lower = [f"{x(point.time)},{y(point.low)}" for point in reversed(inside)]
            yield " ".join([*upper, *lower])


def _band(data: LineData, x: Callable[[datetime], float], y: Callable[[float], float]) -> Iterator[str]:
    """The areas of hours without a gap; the last hour of each is as wide as the others."""
    for part in _runs([hour.time for hour in data.band], 2 * HOUR):
        hours = data.band[part]
        ends = [*((hour.time, hour) for hour in hours), (hours[-1].time + HOUR, hours[-1])]
        upper = [f"{x(time)},{y(hour.high)}" for time, hour in ends]
        lower = [f"{x(time)},{y(hour.low)}" for time, hour in reversed(ends)]
        yield " ".join([*upper, *lower])


def _out(
    data: LineData, x: Callable[[datetime], float], y: Callable[[float], float], longest: timedelta
) -> Iterator[str]:
    """The parts of the line beyond the limit."""
    is_over = data.is_over
    if is_over is None:
        return
    part: list[str] = []
    previous: SeriesPoint | None = None
    for point in data.seen:
        is_apart = previous is not None and point.time - previous.time > longest
        if is_over(point.value) and not is_apart:
            part.append(f"{x(point.time)},{y(point.value)}")
        elif part:
            yield " ".join(part if len(part) > 1 else part * 2)
            part = []
        previous = point
    if part:
        yield " ".join(part if len(part) > 1 else part * 2)
