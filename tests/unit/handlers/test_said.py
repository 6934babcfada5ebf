"""What actions say is said in every language."""

from __future__ import annotations

import pytest

from handlers.cards.elements import Element
from handlers.cards.runs import run_line
from handlers.cards.size_limit import LEVELS
from handlers.context import Outcome
from handlers.i18n import ENGLISH, JAPANESE, Words
from handlers.plan import HELD_BACK
from handlers.said import joined, say
from shared.model import RunState
from tests.support.incidents import NOW, action_run

GRANT = say("action.grant", member="allUsers", role="roles/viewer")


def shown(line: Element) -> str:
    return "".join(str(run["text"]) for run in line["inlines"])


def test_a_sentence_is_said_in_every_language() -> None:
    said = say("action.removed", grants=joined([GRANT, GRANT]), resource=say("resource.bucket", name="b"))
    assert said.english == "removed allUsers as roles/viewer, allUsers as roles/viewer from bucket b"
    assert said.translations == {"ja": "バケット b から allUsers（roles/viewer）、allUsers（roles/viewer）を削除"}


def test_an_outcome_keeps_the_english_text_and_the_others_beside_it() -> None:
    outcome = Outcome.of(say("action.settled"), changed=False)
    assert outcome.text == ENGLISH["action.settled"]
    assert outcome.translations == {"ja": JAPANESE["action.settled"]}
    assert not outcome.changed


@pytest.mark.parametrize(("language", "text"), [("en", "removed it"), ("ja", "削除")])
def test_a_card_shows_the_result_in_its_language(language: str, text: str) -> None:
    run = action_run(result="removed it", details={"translations": {"ja": "削除"}})
    assert text in shown(run_line(run, Words(language, "UTC", NOW), LEVELS[0]))


def test_a_result_without_a_translation_is_shown_as_it_is() -> None:
    run = action_run(result="removed it", details=None)
    assert "removed it" in shown(run_line(run, Words("ja", "UTC", NOW), LEVELS[0]))


@pytest.mark.parametrize("reason", HELD_BACK)
def test_every_reason_that_is_kept_has_a_message(reason: str) -> None:
    run = action_run(state=RunState.SKIPPED, reason=reason, result=None)
    assert JAPANESE[f"reason.{reason}"] in shown(run_line(run, Words("ja", "UTC", NOW), LEVELS[0]))


def test_a_reason_without_a_message_is_shown_as_it_is() -> None:
    assert Words("ja", "UTC", NOW).reason("something_new") == "something new"
