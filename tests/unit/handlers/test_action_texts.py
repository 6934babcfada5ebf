"""Results of actions are shown in the reader's language."""

from __future__ import annotations

import pytest

from handlers.cards.elements import Element
from handlers.cards.runs import RESULTS, run_line
from handlers.cards.size_limit import LEVELS
from handlers.context import ActionResult
from handlers.stages.record import SUPPRESSED
from shared.model import RunState
from shared.texts import Text, actions, joined
from shared.texts.access import resource_names
from shared.texts.locale import Locale
from tests.support.incidents import NOW, action_run

GRANT = actions.GRANT(member="allUsers", role="roles/viewer")
ENGLISH, JAPANESE = Locale("en", "UTC", NOW), Locale("ja", "UTC", NOW)


def shown(line: Element) -> str:
    return "".join(str(run["text"]) for run in line["inlines"])


def test_a_removal_is_written_in_every_language() -> None:
    text = actions.REMOVED(grants=joined([GRANT, GRANT]), resource=resource_names.BUCKET(name="b"))
    assert text.en == "removed allUsers as roles/viewer, allUsers as roles/viewer from bucket b"
    assert text.ja == "バケット b から allUsers (roles/viewer)、allUsers (roles/viewer) を削除"


def test_an_action_of_another_package_may_give_a_string() -> None:
    outcome = ActionResult("mixed the paint")  # type: ignore[arg-type]
    assert outcome.text == Text(en="mixed the paint", ja="mixed the paint")


@pytest.mark.parametrize(("locale", "text"), [(ENGLISH, "removed it"), (JAPANESE, "削除")])
def test_a_card_shows_the_result_in_its_language(locale: Locale, text: str) -> None:
    run = action_run(result="removed it", details={"translations": {"ja": "削除"}})
    assert text in shown(run_line(run, locale, LEVELS[0]))


def test_a_result_without_a_translation_is_shown_as_it_is() -> None:
    run = action_run(result="removed it", details=None)
    assert "removed it" in shown(run_line(run, JAPANESE, LEVELS[0]))


@pytest.mark.parametrize("reason", SUPPRESSED)
def test_every_stored_reason_has_a_text(reason: str) -> None:
    run = action_run(state=RunState.SKIPPED, reason=reason, result=None)
    assert actions.REASONS[reason].ja in shown(run_line(run, JAPANESE, LEVELS[0]))


def test_a_reason_without_a_text_is_shown_as_it_is() -> None:
    assert actions.reason("something_new").ja == "something new"


def test_every_state_of_a_run_has_a_text() -> None:
    assert set(RESULTS) == set(RunState)
