"""`hinomi report`: its periods, its formats and its errors."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cli import own_health
from cli.app import run
from db.error_db import reports
from db.error_db.store import ErrorStore
from shared.config import Settings
from tests.support.report_world import fill

WEEK = ("--weekly", "--from", "2026-11-18")


@pytest.fixture
def store(sqlite_store: ErrorStore, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> ErrorStore:
    monkeypatch.setenv("HINOMI_ERROR_DB_URL", sqlite_url)
    monkeypatch.setenv("HINOMI_SCHEMA_DB_URL", "sqlite:////nonexistent/schema.db")
    fill(sqlite_store)
    return sqlite_store


@pytest.mark.usefixtures("store")
def test_each_format_is_about_the_period_of_the_options(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert run(["report", *WEEK]) == 0
    assert capsys.readouterr().out.startswith("Weekly report, 16 to 22 Nov 2026\n\n15 new incidents. 2 are open.\n")
    assert run(["report", *WEEK, "--format", "markdown"]) == 0
    assert capsys.readouterr().out.startswith("# Weekly report, 16 to 22 Nov 2026\n")
    monkeypatch.setenv("HINOMI_LANGUAGE", "ja")
    page = tmp_path / "week.html"
    assert run(["report", *WEEK, "--format", "html", "--out", str(page)]) == 0
    assert capsys.readouterr().out == f"{page} に書き出しました\n"
    assert '<html lang="ja">' in page.read_text(encoding="utf-8")
    assert run(["report", "--from", "2026-11-17", "--to", "2026-11-18", "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert made["period"]["start"] == "2026-11-17T00:00:00Z"
    assert made["period"]["end"] == "2026-11-19T00:00:00Z"
    assert made["figures"]["opened"] == sum(day["opened"] for day in made["days"]) == 5
    assert made["headline"] == "5 new incidents. No incident is open."
    assert made["history"]["missing"]["cost"].startswith("No snapshots yet")
    assert "evidence" not in json.dumps(made)


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ("--daily --weekly", "Use either --daily, --weekly, or --from with --to."),
        ("--weekly --from 2026-11-01 --to 2026-11-02", "Use either --daily"),
        ("--to 2026-11-02", "--to needs --from."),
        ("--from 2026-11-32", "Invalid day '2026-11-32' for --from. Use a date such as 2026-11-16."),
        ("--from 20261101", "Invalid day '20261101'"),
        ("--from 0001-01-01", "Invalid day '0001-01-01'"),
        ("--from 2026-11-02 --to 2026-11-01", "The first day 2026-11-02 is after the last day 2026-11-01."),
        ("--daily --from 9000-01-01", "The period begins on 9000-01-01, in the future."),
        ("--from 2020-01-01 --to 2026-01-01", "A report covers at most 400 days."),
        ("--send pigeon", "'pigeon' is not a channel for reports. Use email, teams"),
        ("--send teams", "HINOMI_TEAMS_WEBHOOK_URL"),
        ("--out /nonexistent/x.html", "Cannot write /nonexistent/x.html: No such file or directory"),
    ],
)
def test_a_mistake_is_one_sentence(capsys: pytest.CaptureFixture[str], options: str, problem: str) -> None:
    assert run(["report", *options.split()]) == 2
    assert problem in capsys.readouterr().err


def test_scheduled_reports_are_listed_with_their_next_time_and_last_error(
    store: ErrorStore, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(["report", "--scheduled"]) == 0
    assert capsys.readouterr().out == "No reports are scheduled: set HINOMI_REPORTS (docs/reports.md).\n"
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("HINOMI_REPORTS", "daily teams 07:00, weekly email:data fri 08:00")
    now = datetime.now(UTC)
    with store.transaction(now) as transaction:
        state = reports.find_or_begin(transaction.session, "daily teams:default", now.date(), now)
        claimed = reports.claim(transaction.session, state, now, now + timedelta(minutes=5))
        assert claimed is not None
        reports.failed(transaction.session, claimed, "Teams answered 503", now + timedelta(days=3))
    assert run(["report", "--scheduled"]) == 0
    _, head, _, daily, weekly, *_ = map(str.strip, capsys.readouterr().out.splitlines())
    assert head.split() == ["Report", "Next", "About", "Last", "sent", "Error"]
    assert daily.startswith("daily teams:default")
    assert daily.endswith("Teams answered 503")
    assert f"{now + timedelta(days=3):%Y-%m-%d %H:%M} UTC" in daily
    assert weekly.startswith("weekly email:data")
    assert " 08:00 UTC" in weekly


def test_the_doctor_names_a_report_that_was_not_sent(store: ErrorStore, sqlite_url: str) -> None:
    now = datetime.now(UTC)
    with store.transaction(now) as transaction:
        state = reports.find_or_begin(transaction.session, "daily teams:default", now.date(), now)
        claimed = reports.claim(transaction.session, state, now, now + timedelta(minutes=5))
        assert claimed is not None
        reports.failed(transaction.session, claimed, "Teams answered 503", now)
    found = own_health.problems(Settings(error_db_url=sqlite_url)) or []
    assert f"report daily teams:default from {now:%a} {now.day} {now:%b %Y} was not sent: Teams answered 503" in [
        one.what for one in found
    ]
