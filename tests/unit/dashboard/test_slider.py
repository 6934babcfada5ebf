from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial

from dashboard.slider import SliderChange, slider
from shared.texts import Text

START = datetime(2026, 1, 15, tzinfo=UTC)
END = START + timedelta(days=100)


def test_marks_are_placed_by_time_and_only_the_latest_important_ones_with_room_have_words() -> None:
    days = [(10, True), (50, False), (97, True), (100, True)]
    changes = [
        SliderChange(START + timedelta(days=day), tall, partial(Text.verbatim, str(day)), str(day))
        for day, tall in days
    ]
    drawn = slider(changes, START, END, END, START)
    marks = sorted(drawn.marks, key=lambda mark: mark.place)
    assert [(round(mark.place, 2), mark.is_tall, mark.label) for mark in marks] == [
        (0.1, True, "10"), (0.5, False, ""), (0.97, True, ""), (1.0, True, "100"),
    ]  # fmt: skip
    assert (drawn.chosen, drawn.compared) == (1.0, 0.0)
    assert [f"{month:%b %d}" for _, month in drawn.months] == ["Feb 01", "Mar 01", "Apr 01"]


def test_a_history_that_has_just_begun_has_a_line_too() -> None:
    assert slider([], END, END, END, None).chosen == 0.0
