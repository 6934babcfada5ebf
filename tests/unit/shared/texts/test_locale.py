"""Times and durations in the reader's language and zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from shared.texts import Text
from shared.texts.locale import Locale, in_zone

NOW = datetime(2026, 11, 23, 6, 5, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("length", "english", "japanese"),
    [
        (timedelta(seconds=-5), "0 s", "0 秒"),
        (timedelta(seconds=59), "59 s", "59 秒"),
        (timedelta(minutes=59, seconds=59), "59 min", "59 分"),
        (timedelta(hours=2, minutes=5), "2 h 5 min", "2 時間 5 分"),
        (timedelta(days=3, hours=4, minutes=9), "3 d 4 h", "3 日 4 時間"),
    ],
)
def test_a_duration_has_its_two_largest_units(length: timedelta, english: str, japanese: str) -> None:
    assert Locale("en", "UTC", NOW).duration(length) == english
    assert Locale("ja", "UTC", NOW).duration(length) == japanese


def test_a_time_is_local_with_its_zone_and_age() -> None:
    locale = Locale("ja", "Asia/Tokyo", NOW)

    assert locale.when(NOW - timedelta(minutes=3)) == "2026-11-23 15:02:00 JST (3 分前)"


def test_a_zone_without_letters_shows_its_offset() -> None:
    assert Locale("en", "America/Sao_Paulo", NOW).time(NOW) == "2026-11-23 03:05:00 UTC-03"


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../etc/passwd", "Europe", "a\0b"])
def test_an_unknown_zone_is_shown_as_utc(name: str) -> None:
    assert Locale("en", name, NOW).time(NOW) == "2026-11-23 06:05:00 UTC"


@pytest.mark.parametrize(
    ("path", "value", "shown"),
    [
        ("last_update", "2026-11-22T19:20:45.280468+00:00", "2026-11-23 04:20 JST"),
        ("late_at", "2026-11-22T19:35:00Z", "2026-11-23 04:35 JST"),
        ("late_at", "2026-02-30T19:35:00Z", "2026-02-30T19:35:00Z"),
        ("score", "0.12345678", "0.123457"),
        ("missed", "2", "2"),
        ("protoPayload.request.time", "2026-11-22T19:35:00Z", "2026-11-22T19:35:00Z"),
    ],
)
def test_evidence_that_was_computed_has_local_times_and_that_of_an_entry_stays(
    path: str, value: str, shown: str
) -> None:
    assert Locale("ja", "Asia/Tokyo", NOW).evidence_value(path, value) == shown


def test_a_clock_time_of_another_day_has_its_date() -> None:
    locale = Locale("en", "Asia/Tokyo", NOW)

    assert locale.clock(NOW) == "15:05:00"
    assert locale.clock(NOW - timedelta(days=1)) == "2026-11-22 15:05:00"


def test_an_event_from_the_future_is_now() -> None:
    assert Locale("en", "UTC", NOW).ago(NOW + timedelta(seconds=30)) == "just now"


def test_an_unknown_language_is_english() -> None:
    assert Locale("fr", "UTC", NOW).text(Text(en="New", ja="新規")) == "New"


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "Pacific/Kiritimati", "America/Los_Angeles"])
@pytest.mark.parametrize("moment", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
def test_the_ends_of_the_calendar_are_shown_in_every_zone(moment: datetime, zone: str) -> None:
    locale, end = Locale("ja", zone, NOW), moment
    year = f"{moment.year:04}"
    assert all(
        year in shown.rjust(60, "0")
        for shown in (locale.time(end), locale.minute(end), locale.clock(end), locale.when(end))
    )
    assert in_zone(end, ZoneInfo(zone)) == end


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        (
            "late: 2026-11-22 15:30 UTC, due 2026-11-23 06:00:05 UTC",
            "late: 2026-11-23 00:30 JST, due 2026-11-23 15:00 JST",
        ),
        ("最終更新は2026-11-22 15:30 UTC。", "最終更新は2026-11-23 00:30 JST。"),
        ("from 2026-11-22 15:30:00 UTC to 16:00:00 UTC", "from 2026-11-22 15:30:00 UTC to 16:00:00 UTC"),
        ("at 2026-13-45 15:30 UTC", "at 2026-13-45 15:30 UTC"),
        ("at 2026-11-22 15:30 UTC+09", "at 2026-11-22 15:30 UTC+09"),
        ("at 2026-11-22 15:30", "at 2026-11-22 15:30"),
    ],
)
def test_the_times_of_a_stored_sentence_are_local_and_all_in_one_zone(stored: str, shown: str) -> None:
    assert Locale("ja", "Asia/Tokyo", NOW).with_local_times(stored) == shown
