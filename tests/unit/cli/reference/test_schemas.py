"""The JSON Schemas for editors match the models, and accept what the readers accept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from cli.app import run
from cli.reference import schemas
from shared.config import ROOT
from shared.strict_yaml import load, load_all

RULES = ROOT / "rules"
SCHEMAS = schemas.schemas()
METRICS = sorted(path for path in (RULES / "metrics").glob("*.yaml") if path.stem != "overrides")


def mistakes(name: str, value: Any) -> list[str]:
    return [error.message for error in Draft202012Validator(SCHEMAS[name]).iter_errors(value)]


def values(path: Path) -> list[Any]:
    return [document.value for document in load_all(path.read_text(encoding="utf-8"), str(path))]


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_a_valid_json_schema(name: str) -> None:
    Draft202012Validator.check_schema(SCHEMAS[name])


@pytest.mark.parametrize("path", METRICS, ids=lambda path: str(path.stem))
def test_the_metric_catalogue_fits(path: Path) -> None:
    (value,) = values(path)
    assert mistakes("metrics", value) == []


def test_the_shipped_handlers_and_overrides_fit() -> None:
    assert mistakes("handlers", values(RULES / "handlers.yaml")[0]) == []
    assert mistakes("metric-overrides", values(RULES / "metrics" / "overrides.yaml")[0]) == []


def test_every_shipped_rule_fits() -> None:
    documents = [(path, value) for path in sorted(RULES.glob("*/*.yml")) for value in values(path)]
    assert [(path.stem, found) for path, value in documents if (found := mistakes("rule", value))] == []


def test_the_platform_map_in_the_documentation_fits() -> None:
    page = (ROOT / "docs" / "platform-map.md").read_text(encoding="utf-8")
    assert mistakes("platform", load(page.partition("```yaml\n")[2].partition("```")[0], "map").value) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("handlers", {"handlers": [{"name": "a", "action": "teams", "mod": "auto"}]}),
        ("handlers", {"handlers": [{"name": "a", "action": "teams", "cooldown": "soon"}]}),
        ("handlers", {"handlers": [{"name": "a", "action": "teams", "match": {"kind": None}}]}),
        ("metrics", {"source": "https://example.com", "description": "x", "metrics": [{}]}),
        ("metric-overrides", {"overrides": [{"metric": "a", "match": {}}]}),
        ("platform", {"layers": {}, "personas": {}}),
        ("rule", {"title": "a", "id": "b"}),
    ],
)
def test_a_mistake_does_not_fit(name: str, value: Any) -> None:
    assert mistakes(name, value)


@pytest.mark.parametrize("value", ["opened", ["opened", "resolved"]])
def test_one_value_may_be_written_without_a_list(value: Any) -> None:
    assert mistakes("handlers", {"handlers": [{"name": "a", "action": "teams", "on": value}]}) == []


def test_a_schema_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rules", "schema", "handlers"]) == 0
    assert capsys.readouterr().out == (schemas.FOLDER / "handlers.json").read_text(encoding="utf-8")


def test_an_unknown_schema_is_answered_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rules", "schema", "handler"]) == 2
    assert "there is no schema 'handler': did you mean 'handlers'?" in capsys.readouterr().err
