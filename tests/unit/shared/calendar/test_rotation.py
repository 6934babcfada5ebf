"""Rotations, compared with a day-by-day search."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from shared.calendar.rotation import Rotation, TurnOverride
from tests.support.examples import several

STARTS = date(2026, 10, 19)
PEOPLE = ("alice", "bob", "carol")
WEEKLY = Rotation(PEOPLE, STARTS, "Europe/Berlin", time(9))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def walked(rotation: Rotation, moment: datetime) -> str:
    """The person on call, found by checking the local time of every day since the start."""
    wall = moment.astimezone(ZoneInfo(rotation.timezone)).replace(tzinfo=None)
    for each in reversed(rotation.overrides):
        if each.begin <= wall < each.end:
            return each.person
    turns, waiting = -1, 0
    day = rotation.starts
    while datetime.combine(day, rotation.handover) <= wall:
        waiting += (day - rotation.starts).days % rotation.days == 0
        if day not in rotation.holidays:
            turns, waiting = turns + waiting, 0
        day += timedelta(days=1)
    return rotation.people[max(turns, 0) % len(rotation.people)]


# Not in the hour that is skipped or occurs twice: there the wall clock alone does not tell which instant is meant.
@several(120)
@given(
    st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Tokyo", "Australia/Lord_Howe"]),
    st.integers(1, 14),
    st.integers(4, 23),
    st.frozensets(st.integers(0, 60).map(lambda days: STARTS + timedelta(days=days)), max_size=6),
    st.lists(st.tuples(st.sampled_from(PEOPLE), st.integers(0, 50), st.integers(1, 9)), max_size=2),
    st.integers(-5 * 24, 55 * 24),
)
def test_the_person_on_call_is_who_a_walk_through_the_days_finds(
    zone: str, days: int, hour: int, holidays: frozenset[date], overrides: list[tuple[str, int, int]], hours: int
) -> None:
    first = datetime.combine(STARTS, time(12))
    given_overrides = tuple(
        TurnOverride(person, first + timedelta(days=begin), first + timedelta(days=begin + length))
        for person, begin, length in overrides
    )
    rotation = Rotation(PEOPLE, STARTS, zone, time(hour), days, holidays, given_overrides)
    assert Rotation.from_dict(rotation.as_dict()) == rotation
    moment = utc("2026-10-19 00:30") + timedelta(hours=hours)
    assert rotation.on_call(moment) == walked(rotation, moment)
    at, person = next(rotation.handovers(moment))
    assert at > moment
    assert (rotation.on_call(at - timedelta(seconds=1)), rotation.on_call(at)) == (rotation.on_call(moment), person)


def test_the_handover_is_at_nine_before_and_after_clocks_change() -> None:
    handovers = list(islice(WEEKLY.handovers(utc("2026-10-20 00:00")), 3))
    assert handovers == [
        (utc("2026-10-26 08:00"), "bob"),
        (utc("2026-11-02 08:00"), "carol"),
        (utc("2026-11-09 08:00"), "alice"),
    ]
    assert WEEKLY.on_call(utc("2026-10-19 06:59")) == "alice"
    assert next(WEEKLY.handovers(utc("2026-10-12 00:00"))) == handovers[0]


def test_a_handover_in_the_skipped_hour_takes_place_when_clocks_change() -> None:
    rotation = Rotation(PEOPLE, date(2026, 3, 22), "Europe/Berlin", time(2, 30))
    assert next(rotation.handovers(utc("2026-03-28 00:00"))) == (utc("2026-03-29 01:00"), "bob")


def test_one_person_is_always_on_call_and_an_override_interrupts() -> None:
    override = TurnOverride("bob", datetime(2026, 11, 3, 18), datetime(2026, 11, 4, 18))  # noqa: DTZ001 - a wall clock
    rotation = Rotation(("alice",), STARTS, "UTC", overrides=(override,))
    assert list(islice(rotation.handovers(utc("2026-11-01 00:00")), 2)) == [
        (utc("2026-11-03 18:00"), "bob"),
        (utc("2026-11-04 18:00"), "alice"),
    ]
    assert rotation.everybody == ("alice", "bob")
    assert list(Rotation(("alice",), STARTS, "UTC").handovers(utc("2026-11-01 00:00"))) == []
