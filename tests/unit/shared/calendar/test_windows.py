"""Weekly windows in local time, compared with a clock that is read every five minutes."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.calendar.hours import NotificationHours
from shared.calendar.wall_clock import instant
from shared.calendar.windows import DAYS, Calendar, parse_window
from shared.errors import InputError
from shared.model import Severity
from tests.support.examples import several

STEP = timedelta(minutes=5)
ZONES = ("America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "America/St_Johns", "Asia/Tokyo")
CHANGES = (
    date(2026, 3, 8),
    date(2026, 3, 29),
    date(2026, 4, 5),
    date(2026, 10, 4),
    date(2026, 10, 25),
    date(2026, 11, 1),
)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def read_clock(zone: str, day: date) -> list[tuple[datetime, datetime]]:
    """Times around a day, each with the local time that a clock shows."""
    first = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=2)
    instants = [first + number * STEP for number in range(5 * 288)]
    return [(moment, moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)) for moment in instants]


def times(step: int = 5) -> st.SearchStrategy[int]:
    return st.integers(0, 1435 // step).map(lambda number: number * step)


@several(60)
@given(st.sampled_from(ZONES), st.sampled_from(CHANGES), st.integers(-1, 1), times(), times(), times())
@example("America/New_York", date(2026, 11, 1), 0, 60, 90, 365)
@example("America/New_York", date(2026, 3, 8), 0, 135, 150, 420)
@example("Australia/Lord_Howe", date(2026, 10, 4), 0, 125, 180, 900)
def test_a_window_is_what_a_clock_shows(zone: str, change: date, shift: int, begin: int, end: int, at: int) -> None:
    day = change + timedelta(days=shift)
    if begin == end:
        end = (end + 60) % 1440
    text = f"{DAYS[day.weekday()]} {begin // 60:02}:{begin % 60:02}-{end // 60:02}:{end % 60:02}"
    midnight = datetime.combine(day, time())
    first = midnight + timedelta(minutes=begin)
    last = midnight + timedelta(minutes=end, days=end <= begin)
    clock = read_clock(zone, day)
    begins = next(moment for moment, wall in clock if wall >= first)
    ends = [moment for moment, wall in clock if wall < last][-1] + STEP
    expected = (begins, ends) if begins < ends else None
    calendar = Calendar((text,), zone)
    moment = utc(day.isoformat()) + timedelta(minutes=at)
    inside = expected is not None and expected[0] <= moment < expected[1]
    assert calendar.period_at(moment) == (expected if inside else None)
    if expected:
        assert calendar.next_period(expected[0] - STEP) == expected


@given(st.sampled_from(ZONES), st.sampled_from(CHANGES), times(1))
def test_a_time_is_found_on_the_wall_clock(zone: str, day: date, minute: int) -> None:
    wall = datetime.combine(day, time()) + timedelta(minutes=minute)
    found = instant(wall, ZoneInfo(zone)).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    before = (instant(wall, ZoneInfo(zone)) - timedelta(seconds=1)).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    assert found >= wall > before


def test_an_hour_that_occurs_twice_is_inside_both_times() -> None:
    calendar = Calendar(("sun 01:00-01:30",), "America/New_York")
    assert calendar.period_at(utc("2026-11-01 05:00")) == (utc("2026-11-01 05:00"), utc("2026-11-01 06:30"))


def test_a_window_over_midnight_belongs_to_the_day_on_which_it_begins() -> None:
    calendar = Calendar(("sun 22:00-02:00",), "Asia/Tokyo")
    assert calendar.period_at(utc("2026-11-29 16:30")) == (utc("2026-11-29 13:00"), utc("2026-11-29 17:00"))
    assert calendar.period_at(utc("2026-11-30 14:00")) is None


def test_windows_that_touch_are_one_period() -> None:
    calendar = Calendar(("mon 08:00-12:00", "mon 12:00-24:00", "tue"), "UTC")
    assert calendar.next_period(utc("2026-11-29 12:00")) == (utc("2026-11-30 08:00"), utc("2026-12-02 00:00"))


def test_no_window_begins_on_a_holiday() -> None:
    calendar = Calendar(("mon-fri 08:00-20:00",), "UTC", frozenset({date(2026, 11, 30)}))
    assert calendar.period_at(utc("2026-11-30 10:00")) is None
    assert calendar.next_period(utc("2026-11-30 07:00")) == (utc("2026-12-01 08:00"), utc("2026-12-01 20:00"))
    assert Calendar.from_dict(calendar.as_dict()) == calendar


@pytest.mark.parametrize(
    "text", ["", "mon-fri", "daily 00:00-24:00", "sat,sun", "sat-mon 22:00-06:00", "mon,wed-fri 09:30-17:45", "MON"]
)
def test_windows_are_days_and_times(text: str) -> None:
    if text:
        assert parse_window(text).days
    else:
        with pytest.raises(InputError, match="mon-fri 08:00-20:00"):
            parse_window(text)


@pytest.mark.parametrize(
    "text",
    ["monday", "mon 8:00-20:00", "mon 08:00", "mon 24:00-25:00", "mon 08:00-08:00", "mon- 08:00-09:00", "08:00-09:00"],
)
def test_another_form_is_rejected(text: str) -> None:
    with pytest.raises(InputError):
        parse_window(text)


@pytest.mark.parametrize(
    ("block", "now", "opens"),
    [
        ({"open": ["mon-fri 08:00-20:00"]}, "2026-11-27 21:00", "2026-11-30 08:00"),
        ({"open": ["mon-fri 08:00-20:00"]}, "2026-11-27 19:59", None),
        ({"open": ["mon-fri 08:00-20:00"], "holidays": ["2026-11-30"]}, "2026-11-28 00:00", "2026-12-01 08:00"),
        ({"open": ["mon 22:00-06:00"], "holidays": ["2026-12-01"]}, "2026-12-01 01:00", "2026-12-07 22:00"),
        ({"quiet": ["daily 22:00-07:00"]}, "2026-11-27 23:00", "2026-11-28 07:00"),
        ({"quiet": ["daily 22:00-07:00"]}, "2026-11-27 12:00", None),
        ({"quiet": ["daily 22:00-07:00"], "holidays": ["2026-11-28"]}, "2026-11-27 23:00", "2026-11-29 07:00"),
        ({"quiet": ["daily"]}, "2026-11-27 12:00", None),
    ],
)
def test_hours_begin_again(block: dict[str, object], now: str, opens: str | None) -> None:
    hours = NotificationHours.from_dict({**block, "timezone": "UTC", "urgent": "high"})
    assert hours.opens_at(utc(now)) == (utc(opens) if opens else None)
    assert NotificationHours.from_dict(hours.as_dict()) == hours
    assert hours.urgent is Severity.HIGH
