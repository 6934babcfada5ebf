"""The problems that `hinomi doctor` finds in the Error DB."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cli.commands import doctor
from cli.own_health import problems
from cli.views.doctor_report import print_areas
from db.error_db import channels
from db.error_db.store import ErrorStore
from shared.config import Settings
from tests.support.findings import NOON, finding


def found(url: str) -> list[tuple[str, str]]:
    return [(problem.what, problem.fix) for problem in problems(Settings(error_db_url=url)) or []]


def test_nothing_is_known_where_no_error_db_is_set() -> None:
    assert problems(Settings()) is None


def test_a_working_installation_has_no_problem(store: ErrorStore, error_db_url: str) -> None:
    with store.transaction(NOON) as transaction:
        channels.lock(transaction.session, "teams:default", NOON)
        transaction.record(finding(), redact=())
    assert found(error_db_url) == []


def test_a_broken_channel_is_named_with_its_reason(store: ErrorStore, error_db_url: str) -> None:
    with store.transaction(NOON) as transaction:
        channel = channels.lock(transaction.session, "teams:night", NOON)
        channel.broken_since, channel.reason = NOON - timedelta(hours=1), "Teams answered 403"
    ((what, fix),) = found(error_db_url)
    assert (
        what == "teams:night has not accepted notifications since 2026-11-23 11:00 UTC, they wait: Teams answered 403"
    )
    assert fix == "hinomi notify-test --notifier teams --channel night"


def test_an_open_incident_about_hinomi_itself_is_a_problem(store: ErrorStore, error_db_url: str) -> None:
    with store.transaction(NOON) as transaction:
        transaction.record(finding(rule="hinomi/rule_crashed", service="hinomi"), redact=())
    ((_, fix),) = found(error_db_url)
    assert fix == "hinomi incidents show 1"


def test_reporters_that_still_use_the_shared_topic_are_named(store: ErrorStore, error_db_url: str) -> None:
    with store.transaction(NOON) as transaction:
        transaction.use_own_topic("airflow", NOON)
    found = problems(Settings(error_db_url=error_db_url), {"airflow", "dq", "kafka"})
    assert found is not None
    (waiting,) = found
    assert waiting.what == "reporters that have not published to their own topics yet: dq, kafka (moved: airflow)"
    assert waiting.is_warning
    assert problems(Settings(error_db_url=error_db_url), {"airflow"}) == []


def test_an_error_db_that_cannot_be_opened_is_a_problem() -> None:
    ((what, _),) = found("postgresql+psycopg://nobody@127.0.0.1:1/away")
    assert what


def test_the_doctor_prints_the_channel_its_reason_and_the_command(
    store: ErrorStore, error_db_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HINOMI_ERROR_DB_URL", error_db_url)
    monkeypatch.setenv("COLUMNS", "200")
    with store.transaction(NOON) as transaction:
        channel = channels.lock(transaction.session, "teams:default", NOON)
        channel.broken_since, channel.reason = NOON, "Teams answered 404"
    print_areas(doctor.own_health_area())
    printed = capsys.readouterr().out
    assert "BAD  notification channels and incidents about Hinomi itself" in printed
    assert "teams:default has not accepted notifications since 2026-11-23 12:00 UTC" in printed
    assert "Fix: hinomi notify-test --notifier teams --channel default" in printed
