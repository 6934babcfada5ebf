"""The timeline of an incident says which remediation failed, and who was notified."""

from typing import Any

import pytest

from dashboard.incidents.timeline import timeline
from handlers.remediations import causes
from shared.model import RunState, Trigger
from shared.records import IncidentDetail, RunView
from tests.support.incidents import NOW, action_run, incident

NOTIFIED: dict[str, Any] = {
    "id": 8,
    "handler_rule": "card",
    "action": "teams",
    "target": "teams:default",
    "trigger": Trigger.REMEDIATION_FAILED,
    "cause": causes.of_failure(7),
    "result": "card sent",
}


def lines(language: str, *runs: RunView) -> list[str]:
    found = timeline(IncidentDetail(incident(), [], list(runs)), (), ["teams"], language)
    return [event.text.in_language(language) for event in found]


@pytest.mark.parametrize(
    ("language", "failed", "printed"),
    [
        (
            "en",
            "close-public-access failed: HTTP 403",
            "Remediation failed (close-public-access): teams:default notified by card: card sent",
        ),
        (
            "ja",
            "close-public-access が失敗: HTTP 403",
            "自動修復の失敗 (close-public-access): card が teams:default に通知: card sent",
        ),
    ],
)
def test_a_failed_remediation_and_who_was_told(language: str, failed: str, printed: str) -> None:
    run = action_run(id=7, state=RunState.FAILED, error="HTTP 403")
    assert {failed, printed} <= set(lines(language, run, action_run(**NOTIFIED)))


def test_a_message_names_its_channel_once() -> None:
    run = action_run(**{**NOTIFIED, "trigger": Trigger.OPENED, "result": "card sent to teams:default: HTTP 202"})
    assert "card sent to teams:default: HTTP 202 (card)" in lines("en", run)


def test_one_that_nobody_approved_did_not_fail() -> None:
    run = action_run(id=7, state=RunState.SKIPPED, reason="approval_expired")
    (printed,) = [line for line in lines("en", run, action_run(**NOTIFIED)) if "teams" in line]
    assert printed.startswith("Not approved in time (close-public-access): ")


def test_an_undo_by_command_was_asked_for_by_a_person() -> None:
    run = action_run(id=9, undo_of=7, decided_by="alice@example.com", decided_at=NOW)
    assert "alice@example.com asked to undo run 7" in lines("en", run)


@pytest.mark.parametrize(
    ("language", "waits"), [("en", "card waits for teams:default"), ("ja", "card は teams:default への通知待ち")]
)
def test_a_message_that_waits_for_its_channel_says_so(language: str, waits: str) -> None:
    planned = {**NOTIFIED, "trigger": Trigger.OPENED, "state": RunState.PLANNED, "result": None}
    assert waits in lines(language, action_run(**planned))
