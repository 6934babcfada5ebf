"""The date slider: a time line with a mark for each change, tall marks for important changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.texts import Text

LABELS = 3  # tall marks with words
ROOM = 0.16  # of the line, that the words of a mark need
PLACES = 200  # of the line, each with at most one mark: more cannot be told apart


@dataclass(frozen=True, slots=True)
class SliderMark:
    """A change at a position from 0 (left) to 1 (right). `label` has words for the few tall marks with enough room."""

    place: float
    time: datetime
    is_tall: bool
    title: Text
    label: str = ""


@dataclass(frozen=True, slots=True)
class Slider:
    """The line from `start` to `end`; `chosen` and `compared` are positions on it, `months` the positions of first days."""

    start: datetime
    end: datetime
    chosen: float
    compared: float | None
    marks: tuple[SliderMark, ...]
    months: tuple[tuple[float, datetime], ...]


@dataclass(frozen=True, slots=True)
class SliderChange:
    """A change for the slider. `name` is shown next to the mark of an important change."""

    time: datetime
    is_important: bool
    title: Callable[[], Text]  # of thousands of changes, only the marks need their words
    name: str


def slider(
    changes: Iterable[SliderChange], start: datetime, end: datetime, chosen: datetime, compared: datetime | None
) -> Slider:
    """The slider between two times. At each position it marks the latest important change, otherwise the latest one."""
    end = max(end, start + timedelta(minutes=1))

    def place(time: datetime) -> float:
        return min(1.0, max(0.0, (time - start) / (end - start)))

    marked: dict[int, SliderChange] = {}
    for each in sorted(changes, key=lambda change: (change.is_important, change.time)):
        marked[int(place(each.time) * PLACES)] = each
    marks = (
        SliderMark(place(each.time), each.time, each.is_important, each.title(), each.name) for each in marked.values()
    )
    return Slider(
        start,
        end,
        place(chosen),
        place(compared) if compared else None,
        tuple(_labelled(marks)),
        tuple((place(month), month) for month in _months(start, end)),
    )


def _labelled(marks: Iterable[SliderMark]) -> Iterator[SliderMark]:
    """The marks; only the latest tall ones with room keep their words."""
    kept: list[float] = []
    for mark in sorted(marks, key=lambda mark: mark.time, reverse=True):
        has_room = mark.is_tall and len(kept) < LABELS and all(abs(mark.place - other) > ROOM for other in kept)
        if has_room:
            kept.append(mark.place)
        yield SliderMark(mark.place, mark.time, mark.is_tall, mark.title, mark.label if has_room else "")


def _months(start: datetime, end: datetime) -> Iterator[datetime]:
    """The first days of months between two times, at most about twelve."""
    step = max(1, round((end - start).days / 365))
    month = start.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    while month <= end:
        if month >= start:
            yield month
        for _ in range(step):
            month = (month + timedelta(days=32)).replace(day=1)
