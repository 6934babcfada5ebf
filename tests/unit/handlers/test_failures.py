"""Errors of actions are shown in the language of the cards."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from handlers.airflow_api import TaskInstance
from handlers.cards.runs import run_line
from handlers.cards.size_limit import LEVELS
from handlers.errors import check, translated
from handlers.notifiers._workflows import WebhookResponse, check_response
from shared.config import ROOT
from shared.errors import ActionError
from shared.model import RunState
from shared.texts import actions
from shared.texts.access import resource_names
from shared.texts.locale import Locale
from shared.texts.recorded import ERROR_TRANSLATIONS
from tests.support.incidents import NOW, action_run
from tests.support.texts import entries

# Names of products, protocols and fields, which are the same in every language.
NAMES = (
    *(
        "API",
        "Airflow",
        "Composer",
        "DAG",
        "HTTP",
        "Hinomi",
        "Office 365",
        "Power Automate",
        "Teams",
        "URL",
        "Webhook",
        "Web",
        "https",
        "map_index",
    ),
    *(
        "hinomi incidents show",
        "hinomi incidents list",
        "hinomi approvals approve",
        "hinomi handlers undo",
        "hinomi notify-test",
        "DNS",
        "docs/teams.ja.md",
    ),
)
TOPICS = ("shared.texts.actions", "shared.texts.cards", "shared.texts.causes", "shared.texts.notifiers.teams")


def test_a_japanese_card_has_no_english_word() -> None:
    texts = [entry for entry in entries() if entry.module in TOPICS]
    assert {entry.module for entry in texts} == set(TOPICS)
    assert [str(entry) for entry in texts if re.search("[A-Za-z]", without_names(entry.text.ja))] == []


def without_names(text: str) -> str:
    text = re.sub(r"\{\w+\}", "", text)
    for name in NAMES:
        text = text.replace(name, "")
    return text


def literals(path: Path) -> Iterator[int]:
    """The lines that create an ActionError from a string."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Call(func=ast.Name(id="ActionError"), args=[ast.Constant() | ast.JoinedStr(), *_]):
                yield node.lineno


def test_every_error_of_a_handler_is_a_text_of_the_catalogue() -> None:
    by_hand = {path.relative_to(ROOT).as_posix(): list(literals(path)) for path in (ROOT / "handlers").rglob("*.py")}
    assert [path for path, lines in by_hand.items() if lines] == []


def japanese(error: ActionError, state: RunState = RunState.FAILED) -> str:
    run = action_run(
        state=state, error=error.text.en, result=None, details={ERROR_TRANSLATIONS: error.text.translations}
    )
    return "".join(str(piece["text"]) for piece in run_line(run, Locale("ja", "UTC", NOW), LEVELS[0])["inlines"])


@pytest.mark.parametrize("state", [RunState.FAILED, RunState.PLANNED])
def test_a_card_shows_the_error_in_its_language(state: RunState) -> None:
    error = ActionError(actions.CHANGED_MEANWHILE(target="b", count=4), permanent=False)
    assert error.text.en == "gave up: b was changed by someone else 4 times"
    assert "処理中に b が 4 回変更されたため中断" in japanese(error, state)


def test_an_error_of_an_earlier_version_is_shown_as_it_is() -> None:
    run = action_run(state=RunState.FAILED, error="HTTP 403", result=None, details=None)
    assert "HTTP 403" in str(run_line(run, Locale("ja", "UTC", NOW), LEVELS[0]))


def test_a_denied_call_is_reported_with_the_response_of_the_server() -> None:
    response = requests.Response()
    response.status_code, response._content = 403, b'{"error": {"message": "no access"}}'  # noqa: SLF001
    with pytest.raises(ActionError) as caught:
        check(response, actions.READ_POLICY(resource=resource_names.PROJECT(name="p")))
    assert caught.value.text.en == "read the policy of project p: HTTP 403 no access"
    assert caught.value.text.translations == {"ja": "プロジェクト p のポリシーの読み取りに失敗: HTTP 403 no access"}


def test_an_error_of_another_library_is_reported_too() -> None:
    with pytest.raises(ActionError) as caught, translated("remove_iam_member"):
        raise requests.Timeout
    assert caught.value.text.translations == {"ja": "remove_iam_member の実行に失敗: Timeout"}


def test_the_response_of_teams_is_reported_with_advice() -> None:
    with pytest.raises(ActionError) as caught:
        check_response(WebhookResponse(404, "", 0.1), "HINOMI_TEAMS_WEBHOOK_URL", NOW)
    assert caught.value.text.translations == {
        "ja": "Teams の応答は 404: ワークフローが存在しません。新しく作成して HINOMI_TEAMS_WEBHOOK_URL に設定してください"
    }


def test_a_task_is_named_in_both_languages() -> None:
    task = TaskInstance("orders", "load", "scheduled__2026")
    assert (str(task), task.text.translations) == (
        "orders.load of scheduled__2026",
        {"ja": "scheduled__2026 の orders.load"},
    )
