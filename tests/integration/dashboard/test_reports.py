"""The pages Reports and Settings."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from html import unescape

import pytest
from sqlalchemy import update

from benchmarks.dashboard import counted
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
    assert "then run hinomi snapshot run ." in page  # as code, without backticks
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
    add_job(dashboard)
    fresh = visitor.read("/reports?again=now")
    assert "As of" not in fresh
    assert [keep(early), keep(early + timedelta(minutes=40))] == [2, 0]
    page = visitor.read("/reports")
    assert "As of 02:02. Create it again now" in page
    figures = "New incidents 15 1 Resolved 12 1 Closed after a quiet period 1 0"
    assert figures in page
    assert figures in fresh
    monkeypatch.setattr(kept, "VALID", timedelta(hours=1))
    assert "being created" in visitor.read("/reports")
    monkeypatch.undo()
    assert visitor.read("/reports?again=now") == fresh
    assert "being created" in visitor.read("/reports?again=1"), "a page that is opened again answers at once, too"
    assert keep(NOW) == 2
    assert "being created" in visitor.read("/reports?kind=weekly&day=2026-11-11")
    with dashboard.schema_store.transaction() as session:
        session.execute(update(KeptReport).values(content='{"of": "another version"}'))
    assert "being created" in visitor.read("/reports")


def add_job(dashboard: Dashboard) -> None:
    """Adds a run of a job; the history of jobs may be very long, so that a report takes time."""
    with dashboard.schema_store.transaction() as session:
        session.add(JobRun(service="bigquery", project="p", run_id="r", job_name="j", state="succeeded"))


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Weekly report, 9 to 15 Nov 2026", "This report is being created.", "Create the report")),
        ("ja", ("週次レポート", "レポートを作成しています。", "レポートを作成")),
    ],
)
def test_the_page_of_a_report_that_is_not_stored_opens_at_once_and_brings_it(
    visitor: Visitor, dashboard: Dashboard, language: str, words: tuple[str, ...]
) -> None:
    add_job(dashboard)
    address = f"/reports?kind=weekly&day=2026-11-11&lang={language}"
    with counted(dashboard.error_store.engine) as of_frame:
        visitor.open("/settings")
    with counted(dashboard.error_store.engine) as of_page:
        html = visitor.open(address).text
    page = visitor.read(address)
    for text in words:
        assert text in page
    made = visitor.open(f"{address}&again=now").text
    (brought,) = re.findall(r'hx-get="([^"]+)" hx-trigger="load"', html)
    assert visitor.open(unescape(brought)).text == made
    assert "<noscript>" in html
    assert html.count(f'href="{brought}"') == 2, "for a browser without scripts, and to try again"
    assert "aria-busy" not in made
    assert len(of_page) == len(of_frame) > 0
