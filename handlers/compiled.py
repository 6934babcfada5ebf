"""The checked handler rules as JSON, written at build time for the release job, which does not read YAML."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from handlers.spec import HandlerSpec
from shared.errors import InputError
from shared.texts.handler_rules import NOT_COMPILED

NAME = "handlers.json"


@dataclass(frozen=True, slots=True)
class CompiledRules:
    """The rules by name, in the form of the Error DB, and the block of defaults that they inherit."""

    rules: dict[str, dict[str, Any]]
    defaults: dict[str, Any]


def write(folder: Path, rules: Sequence[HandlerSpec], defaults: Mapping[str, Any]) -> Path:
    """Writes the rules to `folder`/handlers.json."""
    path = folder / NAME
    content = {"defaults": dict(defaults), "rules": {rule.name: rule.as_dict() for rule in rules}}
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    return path


def load(folder: Path) -> CompiledRules:
    """The rules that the build wrote. Raises InputError when the file is missing or invalid."""
    path = folder / NAME
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return CompiledRules(dict(content["rules"]), dict(content["defaults"]))
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise InputError(NOT_COMPILED(error=str(error)), file=path) from error
