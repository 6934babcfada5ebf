"""Reports are sent on time, once for each period, over real servers on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest

from db.error_db import reports
from db.error_db.store import ErrorStore
from demo.platform.http import Reply
from demo.platform.smtp import MailboxServer
from demo.platform.teams import TeamsServer
from handlers.reports.deliver import ReportSender
from shared import config
from tests.support.report_world import fill

pytestmark = pytest.mark.sqlite

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
SEVEN = datetime(2026, 11, 23, 7, tzinfo=UTC)


@pytest.fixture
def channel() -> Iterator[TeamsServer]:
    with TeamsServer() as server:
        yield server


class Installation:
    """The report sender of one instance, with its own clock."""

    def __init__(self, store: ErrorStore, channel: TeamsServer, reports: str, **more: str) -> None:
        given = {"HINOMI_REPORTS": reports, "HINOMI_TEAMS_WEBHOOK_URL": channel.webhook, "HINOMI_PROJECT": "p1", **more}
        self.settings = config.load({**given, "HINOMI_SCHEMA_DB_URL": "sqlite:////nonexistent/schema.db"})
        self.store = store

    def tick(self, now: datetime) -> int:
        return ReportSender(self.store, self.settings, lambda: now).send_due(now)

    def state(self, name: str = "daily teams:default") -> reports.SubscriptionState:
        with self.store.reading() as session:
            return next(state for state in reports.listed(session) if state.name == name)


def heads(channel: TeamsServer) -> list[str]:
    cards = [card["attachments"][0]["content"] for card in channel.cards]
    return [card["fallbackText"].partition(":")[0] for card in cards]


def test_each_period_is_sent_once_at_the_local_time_of_the_channel(store: ErrorStore, channel: TeamsServer) -> None:
    fill(store)
    zone = {"HINOMI_TEAMS_TIMEZONE": "Asia/Tokyo", "HINOMI_TEAMS_LANGUAGE": "ja"}
    made = Installation(store, channel, "daily teams 07:00, weekly teams mon 08:00", **zone)
    sent = [made.tick(SEVEN - 10 * HOUR + number * 10 * MINUTE) for number in range(24 * 6)]
    assert sum(sent) == 2
    assert heads(channel) == ["日次レポート 2026年11月22日 (日)", "週次レポート 2026年11月16日 ～ 11月22日"]
    assert sent.index(1) == 6  # 22:00 UTC
    assert made.tick(SEVEN - 9 * HOUR + DAY) == 1


@pytest.mark.both_databases
def test_a_missed_tick_and_an_outage_lose_no_report_but_old_ones(store: ErrorStore, channel: TeamsServer) -> None:
    made = Installation(store, channel, "daily teams 07:00")
    assert made.tick(SEVEN) == 1
    assert made.tick(SEVEN + DAY - MINUTE) == 0
    assert made.tick(SEVEN + DAY + 3 * HOUR) == 1  # the ticks since 07:00 were missed
    assert [made.tick(SEVEN + 6 * DAY + number * MINUTE) for number in range(4)] == [1, 1, 0, 0]
    assert heads(channel)[-2:] == ["Daily report, Fri 27 Nov 2026", "Daily report, Sat 28 Nov 2026"]


@pytest.mark.both_databases
def test_two_instances_at_once_send_one_report(store: ErrorStore, channel: TeamsServer) -> None:
    made, start = Installation(store, channel, "daily teams 07:00"), Barrier(2)
    sent: list[int] = []

    def instance() -> None:
        start.wait()
        sent.append(made.tick(SEVEN))

    threads = [Thread(target=instance) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (sorted(sent), len(channel.cards)) == ([0, 1], 1)


def test_a_rejected_report_is_sent_again_and_delays_no_other(store: ErrorStore, channel: TeamsServer) -> None:
    more = {"HINOMI_TEAMS_WEBHOOK_URL_DATA": channel.webhook}
    made = Installation(store, channel, "daily teams 07:00, daily teams:data 07:00", **more)
    channel.fail_next_with(503)
    assert made.tick(SEVEN) == 1
    assert made.state().error
    assert made.tick(SEVEN + 30 * timedelta(seconds=1)) == 0
    assert made.tick(SEVEN + 2 * MINUTE) == 1
    assert (made.state().error, made.state().attempts, len(channel.cards)) == (None, 0, 2)
    assert "Possibly sent twice" not in str(channel.cards)


def test_a_channel_that_asks_to_wait_is_not_asked_before(store: ErrorStore, channel: TeamsServer) -> None:
    made = Installation(store, channel, "daily teams 07:00")
    channel.always(Reply(429, b"", {"Retry-After": "1800"}))
    assert made.tick(SEVEN) == 0
    channel.always(None)
    assert [made.tick(SEVEN + number * MINUTE) for number in (5, 29, 31)] == [0, 0, 1]


def test_after_a_crash_the_report_is_sent_again_and_says_so(
    store: ErrorStore, channel: TeamsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Installation(store, channel, "daily teams 07:00")

    def dies(*_: Any, **__: Any) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(reports, "sent", dies)
        with pytest.raises(KeyboardInterrupt):
            made.tick(SEVEN)
    assert [made.tick(SEVEN + number * MINUTE) for number in (1, 6, 7)] == [0, 1, 0]
    first, second = (str(card) for card in channel.cards)
    assert "Possibly sent twice" not in first
    assert "Possibly sent twice" in second


def test_an_invalid_setting_or_channel_stops_nothing_else(store: ErrorStore, channel: TeamsServer) -> None:
    assert Installation(store, channel, "daily pigeon 07:00").tick(SEVEN) == 0
    missing = Installation(store, channel, "daily teams:data 07:00, daily teams 07:00")
    assert missing.tick(SEVEN) == 1
    assert "HINOMI_TEAMS_WEBHOOK_URL_DATA" in (missing.state("daily teams:data").error or "")


def test_an_email_has_text_html_and_the_page_to_print(store: ErrorStore, channel: TeamsServer) -> None:
    fill(store)
    with MailboxServer() as mailbox:
        address = {"HINOMI_EMAIL_SERVER": mailbox.url, "HINOMI_EMAIL_FROM": "hinomi@example.com"}
        made = Installation(store, channel, "weekly email 07:00", **address, HINOMI_EMAIL_TO="leads@example.com")
        assert made.tick(SEVEN) == 1
        (mail,) = mailbox.mails
    assert mail["Subject"] == "[Hinomi] Weekly report, 16 to 22 Nov 2026: 15 new incidents. 2 are open."
    page = next(part for part in mail.walk() if part.get_filename())
    assert page.get_filename() == "hinomi-report-2026-11-16-2026-11-22.html"
    assert "<h1>" in page.get_content()
    kinds = [part.get_content_type() for part in mail.walk()]
    assert kinds == ["multipart/mixed", "multipart/alternative", "text/plain", "text/html", "text/html"]
    assert mail["Message-ID"].startswith("<hinomi-")
