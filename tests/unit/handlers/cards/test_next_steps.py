"""If the remediation did not repair the fault, the card begins with that, and with what to do next, in each language."""

from __future__ import annotations

from datetime import datetime

import pytest

from handlers.cards.incident import IncidentCard, incident_message
from handlers.cards.next_steps import steps_for, unsuccessful
from handlers.messages.cloud_event import incident_event
from shared.model import Mode, RunState, Status, Trigger
from shared.records import RunView
from shared.texts.locale import Locale
from tests.support.incidents import NOW, action_run, incident
from tests.support.receiver import context_with

FAILED = action_run(id=7, state=RunState.FAILED, error="denied", undo=None)
USELESS = action_run(id=7, state=RunState.DONE, verdict="not_fixed", undo={"x": 1})
UNVERIFIED = action_run(id=7, state=RunState.DONE, verdict="unverified", undo=None)
EXPIRED = action_run(id=7, state=RunState.SKIPPED, reason="approval_expired", mode=Mode.DRY_RUN)
RULE = "close-public-access"


@pytest.mark.parametrize(
    ("run", "words", "commands"),
    [
        (
            FAILED,
            f"The remediation {RULE} failed, and no other remediation will run",
            [f"hinomi handlers run {RULE} 42"],
        ),
        (USELESS, f"The remediation {RULE} ran, but the problem remains", ["", "hinomi handlers undo 7"]),
        (UNVERIFIED, f"The remediation {RULE} ran, but whether it helped could not be verified", [""]),
        (EXPIRED, f"Nobody approved the remediation {RULE} in time", [f"hinomi handlers run {RULE} 42"]),
    ],
)
def test_the_first_step_is_about_the_remediation_that_did_not_repair_it(
    run: RunView, words: str, commands: list[str]
) -> None:
    view = incident(evidence={"next": [{"en": "Look.", "ja": "確認します。", "command": "bq show x"}]})
    steps = steps_for(view, [run], "en")
    assert steps[0][0].startswith(words)
    assert [command for _, command in steps] == [*commands, "bq show x"]
    assert RULE in steps_for(view, [run], "ja")[0][0]
    assert unsuccessful([run]) is run


@pytest.mark.parametrize(
    "runs",
    [
        [],
        [action_run(state=RunState.DONE, verdict="fixed")],
        [action_run(state=RunState.DONE, mode=Mode.DRY_RUN, verdict=None)],
        [FAILED, action_run(id=8, state=RunState.PLANNED)],
        [USELESS, action_run(id=8, state=RunState.DONE, verdict="by_event")],
    ],
)
def test_nothing_is_said_while_a_remediation_may_still_help(runs: list[RunView]) -> None:
    assert steps_for(incident(), runs, "en") == []


def test_a_skipped_run_after_a_failure_changes_nothing_and_a_resolved_incident_needs_nobody() -> None:
    skipped = action_run(id=8, state=RunState.SKIPPED, reason="breaker")
    assert unsuccessful([FAILED, skipped]) is FAILED
    assert steps_for(incident(status=Status.RESOLVED), [FAILED], "en") == []


@pytest.mark.parametrize(("language", "words"), [("en", "but the problem remains"), ("ja", "問題は解消していません")])
def test_the_card_says_it(language: str, words: str) -> None:
    locale = Locale(language, "UTC", datetime(2026, 11, 20, tzinfo=NOW.tzinfo))
    card = IncidentCard(incident(), Trigger.ESCALATED, (USELESS,))
    assert words in str(incident_message(card, locale, ""))


@pytest.mark.parametrize(
    ("run", "state"),
    [(USELESS, "did_not_help"), (UNVERIFIED, "unverified"), (FAILED, "failed"), (action_run(), "done")],
)
def test_an_event_does_not_call_a_remediation_done_that_did_not_help(run: RunView, state: str) -> None:
    event = incident_event(context_with({}, actions_so_far=(run,)), "webhook:default", Locale("en", "UTC", NOW))
    assert [each["state"] for each in event["data"]["actions"]] == [state]
