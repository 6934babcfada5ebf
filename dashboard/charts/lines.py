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
LABEL_ABOVE, LABEL_BELOW, LABEL_HEIGHT = 5, 14, 17  # of the words beside the line of a limit, in pixels
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

    @property
    def limit_label(self) -> float:
        """The position of the words of the limit: above its line, or below it where a grid line would cross them."""
        y = self.limit or 0.0
        return y + LABEL_BELOW if any(y - LABEL_HEIGHT < line < y - 1 for line, _ in self.lines) else y - LABEL_ABOVE


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


@dataclass(frozen=True, slots=True)
class _Axes:
    """Where times and values are in a chart; what lies outside is drawn at its edge."""

    size: Size
    start: datetime
    end: datetime
    top: float

    def x(self, moment: datetime) -> float:
        share = (moment - self.start) / (self.end - self.start)
        return self.size.x(min(max(share, 0.0), 1.0))

    def y(self, value: float) -> float:
        return self.size.y(min(max(value, 0.0) / self.top, 1.0))

    def point(self, moment: datetime, value: float) -> str:
        return f"{self.x(moment)},{self.y(value)}"

    def area(self, edges: Sequence[tuple[datetime, float, float]]) -> str:
        """The area between a lower and an upper line, each edge being a time with the lower and the upper value."""
        upper = [self.point(moment, high) for moment, _, high in edges]
        lower = [self.point(moment, low) for moment, low, _ in reversed(edges)]
        return " ".join([*upper, *lower])


def _picture(data: LineData, size: Size, local: Callable[[datetime], datetime]) -> LinePicture:
    greatest = _greatest(data)
    limit = data.limit if data.limit is not None and data.limit <= FARTHEST_LIMIT * greatest else None
    scale = units.lines(max(greatest, limit or 0.0) * 1.02 or 1.0, data.unit)
    axes = _Axes(size, data.start, data.end, scale[-1])
    longest = _longest([point.time for point in data.seen])
    return LinePicture(
        size,
        lines=[(axes.y(value), value) for value in scale],
        labels=list(_labels(axes, local)),
        seen=_segments([(point.time, axes.point(point.time, point.value)) for point in data.seen], longest),
        before=_segments([(time, axes.point(time, value)) for time, value in data.before], longest),
        spread=list(_spread(data.seen, axes, longest)),
        out=list(_out(data, axes, longest)),
        limit=axes.y(limit) if limit is not None else None,
        flags=[
            (axes.x(flag.start), axes.x(flag.end or data.end), flag) for flag in data.flags if flag.start < data.end
        ],
        band=list(_band(data.band, axes)),
        unusual=[(axes.x(each.time), axes.y(each.value), each) for each in data.unusual if _is_marked(each, data)],
    )


def _greatest(data: LineData) -> float:
    """The greatest value that the chart shows; a band that is far above the values is cut."""
    greatest = max([point.high for point in data.seen] + [value for _, value in data.before] + [0.0])
    top = max([hour.high for hour in data.band], default=0.0)
    return max(greatest, min(top, HIGHEST_BAND * greatest))


def _labels(axes: _Axes, local: Callable[[datetime], datetime]) -> Iterator[tuple[float, datetime, str]]:
    """The times below the chart that have room, each with the SVG attribute `text-anchor`."""
    size = axes.size
    for tick in time_ticks(axes.start, axes.end, max((size.width - size.left) // 100, 2), local):
        if (x := axes.x(tick)) > size.left + 14:
            yield x, tick, "end" if x > size.width - 24 else "middle"


def _is_marked(sample: Unusual, data: LineData) -> bool:
    return sample.is_outside and data.start <= sample.time <= data.end


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


def _spread(seen: Sequence[SeriesPoint], axes: _Axes, longest: timedelta) -> Iterator[str]:
    for part in _runs([point.time for point in seen], longest):
        inside = seen[part]
        if any(point.high > point.low for point in inside):
            yield axes.area([(point.time, point.low, point.high) for point in inside])


def _band(band: Sequence[ExpectedHour], axes: _Axes) -> Iterator[str]:
    """The areas of hours without a gap; the last hour of each is as wide as the others."""
    for part in _runs([hour.time for hour in band], 2 * HOUR):
        edges = [(hour.time, hour.low, hour.high) for hour in band[part]]
        last, low, high = edges[-1]
        yield axes.area([*edges, (last + HOUR, low, high)])


def _out(data: LineData, axes: _Axes, longest: timedelta) -> Iterator[str]:
    """The parts of the line beyond the limit."""
    is_over = data.is_over
    if is_over is None:
        return
    part: list[str] = []
    previous: SeriesPoint | None = None
    for point in data.seen:
        is_apart = previous is not None and point.time - previous.time > longest
        if is_over(point.value) and not is_apart:
            part.append(axes.point(point.time, point.value))
        elif part:
            yield " ".join(part if len(part) > 1 else part * 2)
            part = []
        previous = point
    if part:
        yield " ".join(part if len(part) > 1 else part * 2)
