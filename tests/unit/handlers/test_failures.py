"""Why an action failed is told in the language of the cards."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from handlers.airflow_api import TaskInstance
from handlers.cards.runs import run_line
from handlers.cards.size_limit import LEVELS
from handlers.errors import check, translated
from handlers.i18n import ENGLISH, JAPANESE, Words
from handlers.iam.policy import place
from handlers.notifiers._workflows import Answer, judge
from handlers.said import failure, say
from shared.config import ROOT
from shared.errors import ActionError
from shared.model import RunState
from shared.translation import ERROR_TRANSLATIONS
from tests.support.incidents import NOW, action_run

LETTER = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
KEYS = [key for key in ENGLISH if key.startswith(("fault.", "call.", "teams."))]
# Names of products, protocols and fields, which are the same in every language.
NAMES = ("API", "Airflow", "HTTP", "Hinomi", "Power Automate", "Teams", "URL", "Webhook", "Web", "https", "map_index")


def errors(path: Path) -> Iterator[int]:
    """The lines that make an ActionError by hand."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "ActionError":
            yield node.lineno


def test_every_error_of_a_handler_is_said_in_every_language() -> None:
    by_hand = {path.relative_to(ROOT).as_posix(): list(errors(path)) for path in (ROOT / "handlers").rglob("*.py")}
    assert [path for path, lines in by_hand.items() if lines] == ["handlers/said.py"]


@pytest.mark.parametrize("key", KEYS)
def test_a_japanese_error_has_no_english_word(key: str) -> None:
    text = JAPANESE[key]
    for name in (*NAMES, *(f"{{{name}}}" for _, name, _, _ in string.Formatter().parse(text) if name)):
        text = text.replace(name, "")
    assert LETTER.search(text)
    assert not re.search("[A-Za-z]", text)


def japanese(error: ActionError, state: RunState = RunState.FAILED) -> str:
    run = action_run(state=state, error=error.message, result=None, details={ERROR_TRANSLATIONS: error.translations})
    return "".join(str(piece["text"]) for piece in run_line(run, Words("ja", "UTC", NOW), LEVELS[0])["inlines"])


@pytest.mark.parametrize("state", [RunState.FAILED, RunState.PLANNED])
def test_a_card_shows_the_error_in_its_language(state: RunState) -> None:
    error = failure("fault.policy_changed", resource=place("bucket b"), count="4", permanent=False)
    assert error.message == "the policy of bucket b changed under us 4 times"
    assert "処理中に バケット b のポリシーが 4 回変更されたため中断" in japanese(error, state)


def test_an_error_of_an_earlier_version_is_shown_as_it_is() -> None:
    run = action_run(state=RunState.FAILED, error="HTTP 403", result=None, details=None)
    assert "HTTP 403" in str(run_line(run, Words("ja", "UTC", NOW), LEVELS[0]))


def test_a_refused_call_is_told_with_the_words_of_the_other_side() -> None:
    response = requests.Response()
    response.status_code, response._content = 403, b'{"error": {"message": "no access"}}'  # noqa: SLF001
    with pytest.raises(ActionError) as caught:
        check(response, say("call.read_policy", resource=place("project p")))
    assert caught.value.message == "read the policy of project p: HTTP 403 no access"
    assert caught.value.translations == {"ja": "プロジェクト p のポリシーの読み取りに失敗: HTTP 403 no access"}


def test_a_foreign_error_is_told_too() -> None:
    with pytest.raises(ActionError) as caught, translated("remove_iam_member"):
        raise requests.Timeout
    assert caught.value.translations == {"ja": "remove_iam_member の実行に失敗: Timeout"}


def test_what_teams_answered_is_told_with_advice() -> None:
    with pytest.raises(ActionError) as caught:
        judge(Answer(404, "", 0.1), "HINOMI_TEAMS_WEBHOOK_URL", NOW)
    assert caught.value.translations == {
        "ja": "Teams の応答は 404: ワークフローがもうありません。新しく作成して HINOMI_TEAMS_WEBHOOK_URL に設定してください"
    }


def test_a_task_is_named_in_both_languages() -> None:
    task = TaskInstance("orders", "load", "scheduled__2026")
    assert (str(task), task.said.translations) == (
        "orders.load of scheduled__2026",
        {"ja": "scheduled__2026 の orders.load"},
    )
