"""The durations of the runs of a job, one line with a head for each run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dashboard.charts.scale import FULL, Size, duration_lines


@dataclass(frozen=True, slots=True)
class DurationMark:
    """A run in the chart: `kind` is ok, slow, failed, live or other."""

    start_at: datetime
    seconds: float
    kind: str
    run_id: str


@dataclass(frozen=True, slots=True)
class DurationPicture:
    """The chart in one size: its lines (position and seconds), its labels (position and time), its marks and the usual duration."""

    size: Size
    lines: list[tuple[float, float]]
    labels: list[tuple[float, datetime, str]]
    marks: list[tuple[float, float, DurationMark]]
    usual: float | None


def duration_pictures(marks: Sequence[DurationMark], usual: float | None) -> list[DurationPicture]:
    """The chart of runs (oldest first) in every size; the narrow chart has the last third of them."""
    return [_picture(size, marks[-_shown(size, len(marks)) :], usual) for size in FULL] if marks else []


def _shown(size: Size, count: int) -> int:
    return min(count, 24) if size.css == "narrow" else count


def _picture(size: Size, marks: Sequence[DurationMark], usual: float | None) -> DurationPicture:
    greatest = max([each.seconds for each in marks] + [usual or 0.0]) or 1.0
    lines = duration_lines(greatest)
    top = lines[-1]
    places = [(size.x((number + 0.5) / len(marks)), each) for number, each in enumerate(marks)]
    step = max(1, round(len(marks) * 90 / (size.width - size.left)))
    labelled = places[::-1][::step][::-1]
    return DurationPicture(
        size,
        [(size.y(value / top), value) for value in lines],
        [(x, each.start_at, "end" if x > size.width - 30 else "middle") for x, each in labelled],
        [(x, size.y(each.seconds / top), each) for x, each in places],
        size.y(usual / top) if usual else None,
    )
