"""Jobs that moved to another time of day raise one alarm at most, and are then expected at the new time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest

from insights.jobs.cadence import Cadence, learn

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
FIRST = datetime(2026, 5, 4, tzinfo=UTC)  # a Monday
EVERY_DAY, WORKING_DAYS = range(7), range(5)
LEARNED, WATCHED = 28, 12  # days before the move, and after it

MOVES = {
    "later": (EVERY_DAY, {2: 5}),
    "earlier": (EVERY_DAY, {5: 2}),
    "later on working days": (WORKING_DAYS, {2: 5}),
    "earlier on working days": (WORKING_DAYS, {8: 4}),
    "to the afternoon": (WORKING_DAYS, {2: 15}),
    "one of two times": (EVERY_DAY, {6: 8, 18: 18}),
    "two times": (EVERY_DAY, {6: 8, 18: 20}),
    "14 hours earlier on working days": (WORKING_DAYS, {20: 6}),
    "20 hours earlier on working days": (WORKING_DAYS, {23: 3}),
}
CASES = [
    (move, clock, installed, day)
    for day, (move, (clock, installed)) in enumerate(
        zip(
            MOVES,
            [("UTC", "UTC"), ("Asia/Tokyo", "UTC"), ("Europe/Berlin", "America/New_York")] * 3,
            strict=False,
        )
    )
]


def runs(move: str, clock: str, moved_on: int, seed: int) -> list[datetime]:
    """The starts before and after the move, within a few minutes of their local time."""
    weekdays, hours = MOVES[move]
    random = Random(seed)
    starts = []
    for number in range(moved_on + WATCHED):
        day = (FIRST + number * DAY).replace(tzinfo=ZoneInfo(clock))
        if day.weekday() in weekdays:
            times = hours.values() if number >= moved_on else hours
            starts += [day.replace(hour=hour).astimezone(UTC) + random.uniform(0, 8) * MINUTE for hour in times]
    return sorted(starts)


def learned(known: Sequence[datetime], now: datetime, installed: str) -> Cadence:
    zone = ZoneInfo(installed)
    cadence = learn([start for start in known if now - 35 * DAY < start < now], lambda moment: moment.astimezone(zone))
    assert cadence is not None
    return cadence


def is_late(known: Sequence[datetime], now: datetime, installed: str) -> bool:
    """Whether a run is missing at this time."""
    due = learned(known, now, installed).due_after(max(start for start in known if start < now), now)
    return any(run.late_at < now for run in due)


def first_moved(clock: str, moved_on: int) -> datetime:
    return (FIRST + moved_on * DAY).replace(tzinfo=ZoneInfo(clock)).astimezone(UTC)


@pytest.mark.parametrize(("move", "clock", "installed", "day"), CASES)
def test_a_moved_schedule_is_one_false_alarm_at_most(move: str, clock: str, installed: str, day: int) -> None:
    known = runs(move, clock, LEARNED + day, seed=day)
    begin = first_moved(clock, LEARNED + day)
    states = [is_late(known, begin + number * 90 * MINUTE, installed) for number in range(7 * 16)]
    alarms = sum(late and not before for before, late in zip([False, *states], states, strict=False))
    assert alarms <= 1
    assert not any(states[3 * 16 :])  # from the fourth day on


@pytest.mark.parametrize(("move", "clock", "installed", "day"), CASES)
@pytest.mark.parametrize("after", [3, 6])
def test_a_run_that_is_missing_after_the_move_is_found(
    move: str, clock: str, installed: str, day: int, after: int
) -> None:
    known = runs(move, clock, LEARNED + day, seed=day)
    begin = first_moved(clock, LEARNED + day)
    missing = [start for start in known if start > begin][after]
    rest = [start for start in known if start != missing]
    assert not is_late(rest, missing - 20 * MINUTE, installed)
    assert is_late(rest, missing + HOUR, installed)


def test_a_run_by_hand_is_no_move() -> None:
    """A single run in the evening does not change when the next run is expected."""
    known = runs("later", "UTC", LEARNED, seed=1)
    before = [start for start in known if start < FIRST + LEARNED * DAY]
    by_hand = before[-1] + 18 * HOUR
    assert is_late([*before, by_hand], before[-1] + DAY + HOUR, "UTC")


def test_after_a_late_run_the_next_may_be_as_late_and_no_later() -> None:
    known = runs("later", "UTC", LEARNED, seed=1)
    late = [start for start in known if start < FIRST + (LEARNED + 1) * DAY]
    assert not is_late(late, late[-1] + DAY - 20 * MINUTE, "UTC")
    assert is_late(late, late[-1] + DAY + HOUR, "UTC")


@pytest.mark.parametrize("weekdays", [(2,), (1, 3), (0, 2, 4)])
@pytest.mark.parametrize("after", range(1, 6))
def test_each_run_that_is_missing_after_the_move_of_a_weekly_job_is_found(weekdays: Sequence[int], after: int) -> None:
    weeks = [FIRST + (7 * week + day) * DAY for week in range(11) for day in weekdays]
    known = [day + (5 if day >= FIRST + 35 * DAY else 2) * HOUR for day in weeks]
    missing = [start for start in known if start > FIRST + 35 * DAY][after]
    rest = [start for start in known if start != missing]
    assert not is_late(rest, missing - 20 * MINUTE, "UTC")
    assert is_late(rest, missing + HOUR, "UTC")
