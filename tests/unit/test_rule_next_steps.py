"""The next steps of the shipped rules. The examples test that each command can be completed (compiler/examples.py)."""

from __future__ import annotations

import re
from typing import Any

import pytest
import typer

from cli.app import app
from collectors.metrics_analysis.advice import command_line
from collectors.metrics_analysis.compiler.examples import LEAST_STEPS
from tests.support.shipped_rules import compiled

JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
TOOLS = ("gcloud", "bq", "kubectl", "hinomi")
MOST = 600  # characters of a command that a person still reads


def opening() -> list[dict[str, Any]]:
    """The rules and thresholds that open incidents."""
    artifact = compiled()
    rules = (*artifact["rules"], *artifact["correlations"])
    thresholds = [{**spec, "name": spec["key"], "fault": spec["key"]} for spec in artifact["load"]]
    return [*(spec for spec in rules if not (spec.get("silent") or spec["explains"])), *thresholds]


def commands() -> list[tuple[str, str]]:
    return [(spec["name"], text) for spec in opening() for step in spec["next"] for text in step["commands"]]


def test_every_rule_says_what_to_do_next() -> None:
    assert len(opening()) > 140
    assert [spec["name"] for spec in opening() if not LEAST_STEPS <= len(spec["next"]) <= 3] == []


def test_every_step_speaks_both_languages() -> None:
    steps = [(spec["name"], step) for spec in opening() for step in spec["next"]]
    assert [name for name, step in steps if not JAPANESE.search(step["ja"]) or not step["ja"].endswith("。")] == []
    assert [name for name, step in steps if JAPANESE.search(step["en"]) or not step["en"].endswith((".", "?"))] == []


def test_every_rule_has_commands_of_known_tools() -> None:
    assert {name for name, _ in commands()} == {spec["name"] for spec in opening()}
    assert [(name, text) for name, text in commands() if command_line.words(text)[0] not in TOOLS] == []
    assert [name for name, text in commands() if len(text) > MOST] == []


def test_rules_for_different_faults_give_different_advice() -> None:
    given = {spec["fault"]: tuple((step["en"], *step["commands"]) for step in spec["next"]) for spec in opening()}
    assert len(set(given.values())) == len(given)


HINOMI = sorted({re.sub(r"\{[^}]*\}", "x", text) for _, text in commands() if text.startswith("hinomi ")})


@pytest.mark.parametrize("text", HINOMI)
def test_a_command_of_hinomi_exists_with_its_options(text: str) -> None:
    command, context = typer.main.get_command(app), None
    args = list(command_line.words(text))[1:]
    while hasattr(command, "resolve_command"):
        context = command.context_class(command, parent=context)
        _, command, args = command.resolve_command(context, args)
    command.make_context(command.name, args, parent=context)
