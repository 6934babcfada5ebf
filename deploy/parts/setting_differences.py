"""Describes settings of a resource that differ from the plan."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from shared.texts import Text
from shared.texts.deploy import differences


def differing(settings: Iterable[tuple[str, Any, Any]]) -> list[Text]:
    """`name is X instead of Y` for each setting (name, actual value, planned value) whose values differ."""
    return [
        differences.DIFFERENT(name=differences.setting(name), actual=_shown(actual), planned=_shown(planned))
        for name, actual, planned in settings
        if actual != planned
    ]


def _shown(value: Any) -> Text:
    return value if isinstance(value, Text) else Text.verbatim(str(value))
