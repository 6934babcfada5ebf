"""HINOMI_REPORTS defines which report goes to which channel, and when."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from deploy.required_settings import required
from handlers.reports.subscriptions import subscriptions
from shared import config
from shared.config import ROOT
from shared.errors import InputError
from shared.secret import Secret

TOKYO = {"HINOMI_TEAMS_TIMEZONE_DATA": "Asia/Tokyo", "HINOMI_TIMEZONE": "Europe/Berlin"}


def parsed(text: str) -> list[str]:
    found = subscriptions(config.load({"HINOMI_REPORTS": text, **TOKYO}))
    return [f"{each.name} {each.weekday} {each.clock:%H:%M} {each.zone}" for each in found]


def test_a_list_of_reports_has_frequency_channel_day_and_time() -> None:
    assert parsed("daily teams 07:00, weekly teams:data 8:30, weekly  email:Leads fri 16:05") == [
        "daily teams:default 0 07:00 Europe/Berlin",
        "weekly teams:data 0 08:30 Asia/Tokyo",
        "weekly email:leads 4 16:05 Europe/Berlin",
    ]
    assert parsed("") == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("hourly teams 07:00", "'<secret>' is invalid"),
        ("daily teams 24:00", "is invalid"),
        ("daily teams mon 07:00", "is invalid"),
        ("daily teams", "is invalid"),
        ("daily pigeon 07:00", "'<secret>' is not a channel for reports. Use email, teams"),
        ("daily webhook 07:00", "'webhook' is not a channel for reports"),
        ("daily teams 07:00, daily teams:default 08:00", "daily teams:default is listed twice"),
    ],
)
def test_a_mistake_is_named(text: str, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        parsed(text)


def test_a_report_is_due_at_the_local_time_after_its_period() -> None:
    daily, weekly = subscriptions(
        config.load({"HINOMI_REPORTS": "daily teams 07:00, weekly email wed 02:30", "HINOMI_TIMEZONE": "Europe/Berlin"})
    )
    assert daily.due(daily.period(date(2026, 3, 28))) == datetime(2026, 3, 29, 5, tzinfo=UTC)
    assert daily.due(daily.period(date(2026, 3, 27))) == datetime(2026, 3, 28, 6, tzinfo=UTC)
    assert weekly.due(weekly.period(date(2026, 11, 18))) == datetime(2026, 11, 25, 1, 30, tzinfo=UTC)


def test_a_new_report_begins_at_once_for_half_a_day_after_its_time_and_otherwise_with_the_next_one() -> None:
    (daily,) = subscriptions(config.load({"HINOMI_REPORTS": "daily teams 07:00"}))
    seven = datetime(2026, 11, 23, 7, tzinfo=UTC)
    for hours, first in ((-1, 22), (0, 22), (11, 22), (13, 23)):
        assert daily.first_period(seven + timedelta(hours=hours)).first == date(2026, 11, first)


def test_the_channel_of_a_report_needs_its_variables() -> None:
    reports = ("daily teams:data 07:00", "weekly email 08:00")
    needed = required(ROOT / "rules" / "handlers.yaml", {"HINOMI_EMAIL_USER": Secret("hinomi")}, reports)
    users = {variable: [reason.en for reason in reasons][-1] for variable, reasons in needed.items()}
    assert users["HINOMI_TEAMS_WEBHOOK_URL_DATA"] == "report daily teams:data (HINOMI_REPORTS)"
    for name in ("HINOMI_EMAIL_SERVER", "HINOMI_EMAIL_FROM", "HINOMI_EMAIL_TO", "HINOMI_EMAIL_PASSWORD"):
        assert users[name] == "report weekly email:default (HINOMI_REPORTS)"
    with pytest.raises(InputError, match="is invalid"):
        required(ROOT / "rules" / "handlers.yaml", {}, ("daily",))
