"""Bars of days or weeks, each divided into sections."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup, escape

from dashboard.charts.scale import FULL, Size, day_ticks, number_lines

MOST_BARS = 92
DAY = "0000-00-00"  # stands for a day in an address


@dataclass(frozen=True, slots=True)
class StackedBar:
    """A bar: its position and width, its sections from the bottom (class, top, height), its first day and its sum."""

    x: float
    width: float
    sections: list[tuple[str, float, float]]
    day: date
    total: float

    def drawing(self, size: Size) -> Markup:
        """The bar as SVG, with a transparent area for the pointer. It contains only numbers and class names."""
        at = f'x="{self.x}" width="{self.width}"'
        parts = [("hit", size.top, size.base - size.top), *self.sections]
        drawn = (f'<rect class="{css}" {at} y="{y}" height="{height}"/>' for css, y, height in parts)
        return Markup("".join(drawn))  # noqa: S704


@dataclass(frozen=True, slots=True)
class StackPicture:
    """The chart in one size: its lines (position and value), its labels (position and day) and its bars."""

    size: Size
    lines: list[tuple[float, float]]
    labels: list[tuple[float, date, str]]
    bars: list[StackedBar]
    days: int

    def drawing(self, titles: Mapping[date, str], chosen: date, link: str) -> Markup:
        """All bars as SVG, with a title for the first day of each; the bar of a day opens `link` with its day for DAY.

        A template would need ten times as long for a quarter of bars.
        """
        parts, (before, after) = [], str(escape(link)).split(DAY)
        for bar in self.bars:
            title = escape(titles[bar.day])
            css = "stack-bar chosen" if bar.day == chosen else "stack-bar"
            drawn = f'<g class="{css}"><title>{title}</title>{bar.drawing(self.size)}</g>'
            if self.days == 1:
                address = f"{before}{bar.day.isoformat()}{after}#explained"
                drawn = f'<a href="{address}" tabindex="-1" aria-label="{title}">{drawn}</a>'
            parts.append(drawn)
        return Markup("".join(parts))  # noqa: S704


def stack_rows(
    names: Mapping[date, str], values: Sequence[Mapping[date, float]], price: Callable[[float], str]
) -> Markup:
    """The rows of the table of a chart: the name of each day, the price of each part, and their sum."""
    rows = []
    for day, name in names.items():
        amounts = [each.get(day, 0.0) for each in values]
        cells = "".join(f'<td class="r num">{escape(price(each))}</td>' for each in (*amounts, sum(amounts)))
        rows.append(f"<tr><td>{escape(name)}</td>{cells}</tr>")
    return Markup("".join(rows))  # noqa: S704


def stack_pictures(days: Sequence[date], parts: Sequence[tuple[str, Mapping[date, float]]]) -> list[StackPicture]:
    """The chart in every size.

    `parts` are a class and the values by day, from the bottom; with many days, a bar is a week.
    """
    length = 1 if len(days) <= MOST_BARS else 7
    groups = [days[max(end - length, 0) : end] for end in range(len(days), 0, -length)][::-1]
    sums = [[(css, sum(values.get(day, 0.0) for day in group)) for css, values in parts] for group in groups]
    return [_picture(size, groups, sums, length) for size in FULL]


def _picture(
    size: Size, groups: Sequence[Sequence[date]], sums: Sequence[Sequence[tuple[str, float]]], length: int
) -> StackPicture:
    lines = number_lines(max(sum(value for _, value in each) for each in sums))
    step = (size.width - size.left) / len(groups)
    width = round(step * 0.84, 1)
    bars = []
    for place, (group, parts) in enumerate(zip(groups, sums, strict=True)):
        x = round(size.left + place * step + step * 0.08, 1)
        bars.append(StackedBar(x, width, _sections(size, parts, lines[-1]), group[0], sum(value for _, value in parts)))
    ticks = day_ticks([bar.day for bar in bars], max(int((size.width - size.left) / 90), 2))
    labels = [
        (round(bars[tick].x + width / 2, 1), bars[tick].day, "end" if tick == len(bars) - 1 else "middle")
        for tick in ticks
    ]
    return StackPicture(size, [(size.y(value / lines[-1]), value) for value in lines], labels, bars, length)


def _sections(size: Size, parts: Sequence[tuple[str, float]], top: float) -> list[tuple[str, float, float]]:
    """The sections of a bar; each ends where the next one begins."""
    sections, base = [], 0.0
    for css, value in parts:
        if value > 0:
            low, high = size.y(base / top), size.y((base + value) / top)
            sections.append((css, high, max(round(low - high - 1, 1), 0.5)))
            base += value
    return sections
