"""The page about Hinomi itself."""

from __future__ import annotations

from datetime import timedelta

import pytest

from db.error_db import api_tokens, channels
from db.error_db.api_tokens import TokenScope
from db.error_db.models import Occurrence
from db.schema_db.models import Snapshot
from tests.support import report_world as world
from tests.support.api_client import new_token
from tests.support.dashboard import NOW, Dashboard, Visitor

pytestmark = pytest.mark.sqlite
MINUTE = timedelta(minutes=1)


def _snapshots(dashboard: Dashboard, collector: str, every: timedelta, last: timedelta, *, failed: int = 0) -> None:
    """Adds six snapshots at this interval; the latest `failed` of them failed."""
    with dashboard.schema_store.transaction() as session:
        for number in range(6):
            slot = NOW - last - number * every
            state, error = ("failed", "403: denied") if number < failed else ("done", None)
            session.add(
                Snapshot(
                    collector=collector, scope="projects/p", slot=slot, state=state, error=error, row_count=7,
                    started_at=slot, taken_at=slot, finished_at=slot + 4 * (MINUTE / 60),
                )
            )  # fmt: skip


def test_an_installation_in_which_nothing_has_run_is_not_called_well(visitor: Visitor) -> None:
    page = visitor.read("/health")
    assert "Nothing has been checked yet. Run hinomi doctor to check the deployment" in page
    assert "Hinomi is healthy" not in page
    assert "No snapshots yet: run hinomi snapshot run ." in page


def test_an_installation_without_problems_is_well_and_says_what_was_looked_at(
    dashboard: Dashboard, visitor: Visitor
) -> None:
    _snapshots(dashboard, "bigquery.jobs", 5 * MINUTE, 2 * MINUTE)
    page = visitor.read("/health")
    assert "Hinomi is healthy. No notification has been sent yet. No message was rejected." in page
    assert "Nothing to fix. Looked at: channels," in page


def test_a_broken_channel_and_a_rejected_message_have_their_commands(dashboard: Dashboard, visitor: Visitor) -> None:
    with dashboard.error_store.transaction(NOW) as transaction:
        channel = channels.lock(transaction.session, "teams:night", NOW)
        channel.broken_since, channel.reason = NOW - 10 * MINUTE, "Teams answered 403"
        world.add_rejected(transaction.session, NOW - MINUTE)
    page = visitor.read("/health")
    assert "Hinomi has 1 problem." in page
    assert "hinomi notify-test --notifier teams --channel night" in page
    assert "teams:night broken since 03:02: Teams answered 403" in page
    assert "1 message was rejected: neither JSON nor a Pub/Sub message hinomi dlq list" in page


def test_an_incident_of_hinomi_itself_is_in_the_language_of_the_reader(dashboard: Dashboard, visitor: Visitor) -> None:
    with dashboard.error_store.transaction(NOW) as transaction:
        incident = world.add_incident(transaction.session, NOW, "hinomi/rule_crashed", title="Rule crashed")
        japanese = {"translations": {"ja": {"title": "ルールの異常終了", "summary": "失敗"}}}
        transaction.session.query(Occurrence).filter_by(incident_id=incident.id).one().evidence = japanese
    assert "Rule crashed: failed" in visitor.read("/health")
    assert "ルールの異常終了: 失敗" in visitor.read("/health?lang=ja")


def test_collectors_are_compared_with_their_own_rhythm(dashboard: Dashboard, visitor: Visitor) -> None:
    _snapshots(dashboard, "bigquery.jobs", 5 * MINUTE, 2 * MINUTE)
    _snapshots(dashboard, "composer.runs", 5 * MINUTE, 20 * MINUTE)
    _snapshots(dashboard, "iam.bindings", 60 * MINUTE, 9 * MINUTE, failed=2)
    page = visitor.read("/health")
    assert "Hinomi has 2 problems." in page
    assert "Collectors 1 of 3 are healthy" in page
    assert page.index("failed iam.bindings 403: denied") < page.index("delayed composer.runs")
    assert "6 runs, 2 failed" in page
    assert "healthy bigquery.jobs projects/p 6 runs, 0 failed 03:10 Age 1 min Every 5 min 7" in page


def test_a_collector_in_its_first_run_has_no_age_yet(dashboard: Dashboard, visitor: Visitor) -> None:
    with dashboard.schema_store.transaction() as session:
        session.add(
            Snapshot(collector="new", scope="projects/p", slot=NOW, state="running", started_at=NOW, taken_at=NOW)
        )
    assert "running new projects/p 1 run, 0 failed never Every unknown 0" in visitor.read("/health")


def test_the_way_from_an_event_to_its_notification_is_measured(dashboard: Dashboard, visitor: Visitor) -> None:
    opened = NOW - 30 * MINUTE
    with dashboard.error_store.transaction(NOW) as transaction:
        incident = world.add_incident(transaction.session, opened)
        sent = incident.received_at + MINUTE / 24
        world.add_remediation(transaction.session, incident, sent, action="teams", target="teams:default")
    page = visitor.read("/health")
    assert "event to incident median 4.0 s, p95 4.0 s (n = 1)" in page
    assert "incident to notification median 2.5 s, p95 2.5 s (n = 1)" in page
    assert "The last notification was sent 29 min ago." in page
    assert "Delay 4.0 s from an event to its incident (median of 24 hours)" in visitor.read("/")


def test_a_token_in_use_that_ends_soon_is_named(dashboard: Dashboard, visitor: Visitor) -> None:
    for name, days, is_used in (("bot", 3, True), ("idle", 3, False), ("fresh", 30, True)):
        new_token(dashboard.error_store, name, [TokenScope.READ], expires_at=NOW + timedelta(days=days))
        if is_used:
            with dashboard.error_store.transaction(NOW) as transaction:
                number = next(each.id for each in api_tokens.listed(transaction.session) if each.name == name)
                api_tokens.record_use(transaction.session, number, NOW - timedelta(days=6))
    page = visitor.read("/health")
    assert "Token bot is in use and ends on Sat 28 Nov 2026" in page
    assert "有効期限は 2026年11月28日 (土) です。" in visitor.read("/health?lang=ja")
    assert "hinomi tokens add bot-2 --scope read" in page
    assert "Token idle" not in page
    assert "Token fresh" not in page


def test_the_settings_are_searched_by_name_value_and_meaning(visitor: Visitor) -> None:
    page = visitor.read("/settings?q=Asia/TOK")
    assert "1 matching setting." in page
    assert "HINOMI_TIMEZONE Asia/Tokyo" in page
    assert "HINOMI_ERROR_DB_URL" not in page
    assert "HINOMI_SCHEMA_DB_URL" in visitor.read("/settings?q=schema_db_url")
    assert "0 matching settings." in visitor.read("/settings?q=nothing-like-it")
