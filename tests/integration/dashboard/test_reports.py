"""The pages Reports and Settings."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shared.secret import Secret
from tests.support import report_world as world
from tests.support.dashboard import SETTINGS, Dashboard, Visitor

pytestmark = pytest.mark.sqlite


@pytest.fixture
def visitor(dashboard: Dashboard) -> Visitor:
    """A visitor two days after a full week."""
    world.fill(dashboard.error_store)
    return dashboard.local(replace(SETTINGS, schema_db_url="sqlite:////nowhere/schema.db"))


def test_the_report_is_that_of_the_latest_week_that_is_over(visitor: Visitor) -> None:
    page = visitor.read("/reports")
    assert "Weekly report, 16 to 22 Nov 2026" in page
    assert "To decide" in page
    assert "hinomi incidents ack" in page
    assert "Mon 16" in page
    assert "composer/task_failed" in page
    assert "2026年11月16日" in visitor.read("/reports?lang=ja")


def test_days_and_weeks_follow_each_other(visitor: Visitor) -> None:
    html = visitor.open("/reports?kind=weekly&day=2026-11-11").text
    assert "Weekly report, 9 to 15 Nov 2026" in html
    assert 'href="/reports?kind=weekly&amp;day=2026-11-02"' in html
    assert 'href="/reports?kind=weekly&amp;day=2026-11-16"' in html
    assert "Daily report" in visitor.read("/reports?kind=daily&day=2026-11-18")
    assert "Later" not in visitor.read("/reports?kind=daily&day=2099-01-01")
    assert "Invalid day 'x'" in visitor.read("/reports?day=x", 400)


def test_settings_are_explained_and_nothing_secret_is_shown(dashboard: Dashboard) -> None:
    secret = "https://example.webhook.office.com/webhookb2/s3cr3t"
    changed = replace(SETTINGS, environment={"HINOMI_TEAMS_DEFAULT_WEBHOOK_URL": Secret(secret)})
    page = dashboard.local(changed).read("/settings")
    assert "HINOMI_PROJECT example-project Project id of Hinomi itself" in page
    assert "HINOMI_TEAMS_DEFAULT_WEBHOOK_URL <secret>" in page
    assert "s3cr3t" not in page
    assert page.index("HINOMI_TIMEZONE Asia/Tokyo") < page.index("Defaults")
