"""A reminder before a long silence expires, and a summary of what a silence suppressed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cli.app import run
from db.error_db import silences
from handlers.spec import HandlerSpec, Match
from shared.model import Mode, Severity, Trigger
from tests.integration.handlers.test_timelines import bucket_made_public, task_failed, task_succeeded
from tests.support.timeline import BEGIN, Timeline, timeline

pytestmark = pytest.mark.sqlite

CARD = HandlerSpec(
    name="card",
    action="teams",
    match=Match(severity=Severity.MEDIUM),
    on=(Trigger.OPENED, Trigger.RESOLVED),
    mode=Mode.AUTO,
)


@pytest.fixture
def scenario(error_db_url: str) -> Iterator[Timeline]:
    with timeline(error_db_url, tick="4h") as made:
        made.rules(CARD)
        yield made


def test_a_long_silence_is_announced_before_its_end_and_summed_up_after_it(scenario: Timeline) -> None:
    scenario.at("1s").silences("25h", service=["composer"])
    scenario.at("1h").arrives(task_failed)
    scenario.between("21h", "24h").sends(
        "default", "Silence 1 expires at 2026-11-24 13:00 UTC (service composer; alice: planned work)",
        "suppressed so far: 1. Unresolved incidents that match: 1", "hinomi silences extend 1 --for 1d",
    )  # fmt: skip
    scenario.between("25h", "28h").sends(
        "default", "Airflow task failed", "Suppressed actions: 1; incidents: 1 (#1); unresolved: 1 (#1)"
    )
    scenario.play("36h")


def test_a_silence_that_mutes_everything_does_not_mute_its_own_reminder(scenario: Timeline) -> None:
    scenario.at("1s").silences("25h", severity="low")
    scenario.between("21h", "24h").sends("default", "Silence 1 expires", "suppressed so far: 0")
    scenario.between("25h", "28h").sends("default", "Suppressed actions: 0; incidents: 0; unresolved: 0")
    scenario.play("28h")


def test_a_short_silence_has_a_summary_if_it_suppressed_anything(scenario: Timeline) -> None:
    scenario.at("1s").silences("3h", service=["composer"])
    scenario.at("1s").silences("3h", service=["storage"])
    scenario.at("30m").arrives(task_failed)
    scenario.at("70m").arrives(task_succeeded)
    scenario.between("3h", "4h").sends(
        "default", "Silence 1 has expired", "Suppressed actions: 2; incidents: 1 (#1); unresolved: 0"
    )
    scenario.play("8h")


def test_each_maintenance_window_that_suppressed_anything_has_a_summary(scenario: Timeline) -> None:
    scenario.at("1s").silences("30d", service=["composer"], weekly="daily 15:00-16:30", zone="Europe/Berlin")
    scenario.at("150m").arrives(task_failed)
    scenario.at("200m").arrives(task_succeeded)
    scenario.between("210m", "4h").sends(
        "default", "The window of silence 1 from 2026-11-23 15:00 CET to 2026-11-23 16:30 CET has ended",
        "Suppressed actions: 2; incidents: 1 (#1); unresolved: 0",
    )  # fmt: skip
    scenario.play("32h")


def test_an_extended_silence_is_announced_again(
    scenario: Timeline, error_db_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HINOMI_ERROR_DB_URL", error_db_url)

    def extend() -> None:
        with scenario.application.store().transaction(scenario.now) as transaction:
            silences.extend(transaction.session, 1, scenario.time("24h") - BEGIN, scenario.now)

    scenario.at("1s").silences("30h", service=["storage"])
    scenario.at("27h").arrives(bucket_made_public)
    scenario.at("29h").does("alice extends the silence", extend)
    scenario.between("26h", "28h").sends("default", "Silence 1 expires")
    scenario.between("29h", "32h").sends("default", "Silence 1 was extended until 2026-11-25 18:00 UTC")
    scenario.between("50h", "52h").sends("default", "Silence 1 expires", "suppressed so far: 1")
    scenario.between("54h", "56h").sends("default", "Silence 1 has expired", "unresolved: 1 (#1)", "Bucket made public")
    scenario.play("58h")
    assert run(["silences", "extend", "1", "--for", "1h"]) == 2
    assert "no active silence 1" in capsys.readouterr().err


def test_an_ended_window_of_long_ago_and_an_unreadable_one_are_left_alone(scenario: Timeline) -> None:
    def add() -> None:
        times = {"starts_at": scenario.time("0s"), "now": scenario.now}
        with scenario.application.store().transaction(scenario.now) as transaction:
            silences.add(
                transaction.session,
                matcher={"labels": 3},
                owner="a",
                reason="b",
                expires_at=scenario.time("1h"),
                **times,
            )
            old = silences.add(
                transaction.session, matcher={"service": ["x"]}, owner="a", reason="b", expires_at=BEGIN, **times
            )
            silences.count_suppressed(transaction.session, old.id)

    scenario.at("25h").does("silences", add)
    scenario.play("28h")
