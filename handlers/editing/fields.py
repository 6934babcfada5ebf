"""Sets fields of a rule written as YAML: `match.severity=high`, `on=[opened, resolved]`, `cooldown=`."""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from typing import Any

from shared.errors import InputError
from shared.strict_yaml import load
from shared.texts.cli import handler_changes as texts


def with_fields(block: dict[str, Any], assignments: Iterable[str]) -> dict[str, Any]:
    """The rule with the fields set, each `path=value`; an empty value removes the field.

    Raises InputError for an unknown field.
    The value is YAML. The result is not checked: reading it again finds unknown fields and wrong values.
    """
    changed = deepcopy(block)
    for assignment in assignments:
        path, equals, text = assignment.partition("=")
        steps = [step.strip() for step in path.split(".", maxsplit=2)]
        if not equals or not all(steps):
            raise InputError(texts.INVALID_ASSIGNMENT(text=assignment))
        _assign(changed, steps, load(text, f"--set {path}").value, path)
    return changed


def _assign(block: dict[str, Any], steps: list[str], value: Any, path: str) -> None:
    for step in steps[:-1]:
        inner = block.setdefault(step, {})
        if not isinstance(inner, dict):
            raise InputError(texts.NO_FIELDS_BELOW(path=path, field=step))
        block = inner
    if value is None:
        block.pop(steps[-1], None)
    else:
        block[steps[-1]] = value
