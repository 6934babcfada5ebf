from __future__ import annotations

from typing import Any

import pytest
from rich.console import Console

from cli.views.calls import print_calls
from shared.config import Settings
from shared.model import Mode
from tests.support.incidents import action_run

PUT = {"method": "PUT", "url": "https://storage.googleapis.com/b/exports/iam", "body": {"remove": ["allUsers"]}}
SHOWN = 'PUT https://storage.googleapis.com/b/exports/iam {"remove": ["allUsers"]}'


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        ({"status": 200, "answer": None, "effect": "made", "attempt": 1}, "200, took effect"),
        (
            {"status": 412, "answer": "stale etag", "effect": "none", "attempt": 2},
            "412 stale etag, no effect, attempt 2",
        ),
        ({"status": None, "answer": "ReadTimeout", "effect": "unknown", "attempt": 1}, "ReadTimeout, effect unknown"),
        ({"status": None, "answer": None, "effect": "unknown", "attempt": 1}, "effect unknown"),
    ],
)
def test_a_call_is_shown_with_its_answer(
    capsys: pytest.CaptureFixture[str], answer: dict[str, Any], shown: str
) -> None:
    print_calls(Console(), [action_run(id=7)], {7: [{**PUT, **answer}]}, Settings())
    assert capsys.readouterr().out.splitlines() == ["", "Calls of close-public-access (run 7)", f"  {SHOWN} → {shown}"]


def test_the_planned_calls_of_a_dry_run_are_redacted_and_not_called_made(capsys: pytest.CaptureFixture[str]) -> None:
    dry = action_run(id=7, mode=Mode.DRY_RUN, plan_made={"calls": [PUT, {**PUT, "body": None}]})
    print_calls(Console(), [dry, action_run(id=8)], {}, Settings(redact=("*.remove",)))
    out = capsys.readouterr().out
    assert out.splitlines()[1] == "Planned calls of close-public-access (run 7), not made"
    assert "allUsers" not in out
    assert out.count("PUT https://storage.googleapis.com/b/exports/iam") == 2
    assert "run 8" not in out


def test_the_calls_that_wait_for_approval_are_planned_ones(capsys: pytest.CaptureFixture[str]) -> None:
    print_calls(Console(), [action_run(id=7, approval={"calls": [PUT]})], {}, Settings())
    assert capsys.readouterr().out.splitlines()[1:] == [
        "Planned calls of close-public-access (run 7), not made",
        f"  {SHOWN}",
    ]


def test_calls_are_shown_in_japanese(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HINOMI_LANGUAGE", "ja")
    call = {**PUT, "status": 200, "answer": None, "effect": "made", "attempt": 2}
    print_calls(Console(), [action_run(id=7)], {7: [call]}, Settings())
    assert "→ 200、反映済み、2 回目の試行" in capsys.readouterr().out
