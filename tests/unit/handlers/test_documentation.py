"""The pages of actions, notifiers and handler rules match the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cli.app import run
from cli.reference import plugins
from handlers import registry
from handlers.read import read
from handlers.stages.model import Reason
from shared.config import ROOT

PAGE = (ROOT / "docs" / "handlers.md").read_text(encoding="utf-8")


def test_the_reference_of_all_actions_and_notifiers_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["handlers", "reference"]) == 0
    pages = [page.read_text(encoding="utf-8") for page in plugins.PAGES.values()]
    assert capsys.readouterr().out == "\n".join(pages)


def test_the_reference_of_one_action_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["handlers", "reference", "remove_iam_member"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("## remove_iam_member\n")
    assert "| `allowed_domains` | (empty) |" in text
    assert "With `mode: auto` also: `storage.buckets.setIamPolicy`" in text


def test_an_action_that_does_not_exist_has_no_reference(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["handlers", "reference", "pigeon"]) == 2
    assert "there is no action 'pigeon'" in capsys.readouterr().err


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_is_explained(reason: Reason) -> None:
    assert f"`{reason}`" in PAGE


EXAMPLES = re.findall(
    r"```yaml\n(  - name: .*?)```", (ROOT / "docs" / "actions.md").read_text(encoding="utf-8"), re.DOTALL
)


@pytest.mark.parametrize("example", EXAMPLES, ids=[each.split()[2] for each in EXAMPLES])
def test_the_handler_rules_of_the_reference_are_valid(example: str, tmp_path: Path) -> None:
    steps = [f"  - {{name: {name}, action: teams}}" for name in re.findall(r"then: ([a-z-]+)", example)]
    file = tmp_path / "handlers.yaml"
    file.write_text("\n".join(["handlers:", example, *steps]), encoding="utf-8")
    rules, errors = read(file)
    assert [str(error) for error in errors] == []
    assert registry.is_remediation(rules[0].action)
