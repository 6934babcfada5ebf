"""The pages Reports and Settings."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from db.schema_db.models import JobRun, KeptReport
from handlers.reports import keep as keeping
from insights.reports import kept
from shared.secret import Secret
from tests.support import report_world as world
from tests.support.dashboard import NOW, SETTINGS, Dashboard, Visitor

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


def test_a_kept_report_is_opened_until_it_is_old_or_made_again(
    visitor: Visitor, dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, early = replace(SETTINGS, schema_db_url="sqlite:////nowhere/schema.db"), NOW - timedelta(minutes=70)

    def keep(now: datetime) -> int:
        return keeping.keep(dashboard.schema_store, lambda: dashboard.error_store, settings, now)

    assert keep(early) == 0, "without jobs the Error DB is not opened"
    with dashboard.schema_store.transaction() as session:
        session.add(JobRun(service="bigquery", project="p", run_id="r", job_name="j", state="succeeded"))
    fresh = visitor.read("/reports")
    assert "As of" not in fresh
    assert [keep(early), keep(early + timedelta(minutes=40))] == [2, 0]
    page = visitor.read("/reports")
    assert "As of 02:02. Create it again now" in page
    figures = "New incidents 15 1 Resolved 12 1 Closed after a quiet period 1 0"
    assert figures in page
    assert figures in fresh
    monkeypatch.setattr(kept, "VALID", timedelta(hours=1))
    assert visitor.read("/reports") == fresh
    monkeypatch.undo()
    assert visitor.read("/reports?again=1") == fresh
    assert keep(NOW) == 2
    assert "As of" not in visitor.read("/reports?kind=weekly&day=2026-11-11")
    with dashboard.schema_store.transaction() as session:
        session.execute(update(KeptReport).values(content='{"of": "another version"}'))
    assert visitor.read("/reports") == fresh
