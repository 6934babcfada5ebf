"""The checked handler rules as JSON: written by the build for the release job, which reads no YAML."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from handlers.spec import HandlerSpec
from shared.errors import InputError
from shared.texts.handler_rules import NOT_COMPILED

NAME = "handlers.json"


def write(folder: Path, rules: Sequence[HandlerSpec]) -> Path:
    """Writes the rules to `folder`/handlers.json."""
    path = folder / NAME
    path.write_text(json.dumps({rule.name: rule.as_dict() for rule in rules}, indent=2) + "\n", encoding="utf-8")
    return path


def load(folder: Path) -> dict[str, dict[str, Any]]:
    """The rules by name, in the form of the Error DB. Raises InputError."""
    path = folder / NAME
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, TypeError, ValueError) as error:
        raise InputError(NOT_COMPILED(error=str(error)), file=path) from error
