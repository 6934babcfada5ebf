"""docs/schemas/: the JSON Schemas of the files that users write, from the models that check them, and of Hinomi's events."""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from cli.reference import event_schema
from collectors.metrics_analysis.compiler.metric_schema import MetricFile, OverridesFile
from collectors.metrics_analysis.compiler.reporters import ReportersFile
from collectors.metrics_analysis.compiler.rule_schema import (
    CorrelationBlock,
    CorrelationHeader,
    CountedBlock,
    FindingBlock,
    RuleHeader,
)
from handlers import registry
from handlers.rule_tests.schema import HandlerTestsFile
from handlers.schema import HandlersFile
from handlers.scripts.examples import ScriptTestsFile
from handlers.scripts.schema import ManifestKeys
from insights.access.platform_file import PlatformFile
from insights.jobs.expectations_file import ExpectationsFile
from insights.quality.queries_file import QualityFile
from shared.config import ROOT

FOLDER = ROOT / "docs" / "schemas"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
FILES: dict[str, type[BaseModel]] = {
    "metrics": MetricFile,
    "metric-overrides": OverridesFile,
    "handlers": HandlersFile,
    "handler-tests": HandlerTestsFile,
    "script": ManifestKeys,
    "script-tests": ScriptTestsFile,
    "platform": PlatformFile,
    "reporters": ReportersFile,
    "expectations": ExpectationsFile,
    "quality": QualityFile,
}


def schemas() -> dict[str, dict[str, Any]]:
    """Every schema by name."""
    made: dict[str, Any] = {name: {"$schema": DIALECT, **_readable(model)} for name, model in FILES.items()}
    # The names of installed actions; a package may bring more.
    made["handlers"]["$defs"]["HandlerKeys"]["properties"]["action"]["examples"] = list(registry.names())
    return {**made, "rule": _plain(_rule()), "incident-event": {"$schema": DIALECT, **event_schema.schema()}}


def text(schema: dict[str, Any]) -> str:
    """The schema as the text of its file."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _readable(model: type[BaseModel]) -> dict[str, Any]:
    return dict(_plain(model.model_json_schema()))


def _plain(schema: Any) -> Any:
    """The schema without additions of pydantic that no file may have: null, titles that repeat names, defaults."""
    if isinstance(schema, list):
        return [_plain(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    choices = [item for item in schema.get("anyOf", ()) if item != {"type": "null"}]
    if len(choices) == 1:
        schema = {**{key: value for key, value in schema.items() if key != "anyOf"}, **choices[0]}
    elif choices:
        schema = {**schema, "anyOf": choices}
    return {
        key: _plain(value)
        for key, value in schema.items()
        if not (key == "title" and isinstance(value, str)) and not (key == "default" and not isinstance(value, str))
    }


def _rule() -> dict[str, Any]:
    """The schema of a rule or a correlation. Sigma has more keys than the header, so they are allowed."""
    models = (RuleHeader, CorrelationHeader, FindingBlock, CorrelationBlock, CountedBlock)
    references, definitions = models_json_schema([(model, "validation") for model in models])
    header, correlation_header, finding, correlation, counted = (references[model, "validation"] for model in models)
    # A rule that only a correlation counts has no level.
    definitions["$defs"]["RuleHeader"]["required"].remove("level")
    return {
        "$schema": DIALECT,
        "title": "Rule",
        "type": "object",
        "required": ["hinomi"],
        "if": {"required": ["correlation"]},
        "then": {"allOf": [correlation_header], "properties": {"hinomi": correlation}},
        "else": {
            "allOf": [header],
            "required": ["detection"],
            "properties": {"detection": {"type": "object"}, "hinomi": {"anyOf": [finding, counted]}},
        },
        **definitions,
    }
