"""Checks of single detection items, `field|modifier: value`, before pySigma sees the rule."""

from __future__ import annotations

import re
from typing import Any

from sigma.exceptions import SigmaError
from sigma.rule import SigmaDetectionItem

from collectors.metrics_analysis.compiler import entry_fields
from collectors.metrics_analysis.compiler.leaves import PLACEHOLDERS
from collectors.metrics_analysis.sigma import fields
from shared.errors import text_of
from shared.texts import EMPTY, Text, as_text
from shared.texts import compiler as texts

MODIFIERS = [
    "all",
    "cased",
    "cidr",
    "contains",
    "dotall",
    "endswith",
    "exists",
    "expand",
    "fieldref",
    "gt",
    "gte",
    "i",
    "ignorecase",
    "lt",
    "lte",
    "m",
    "multiline",
    "neq",
    "re",
    "s",
    "startswith",
]
LARGEST_NUMBER = 2**53  # pySigma reads larger numbers as floating point numbers

_INDEX = re.compile(r"(?<!\\)\[-?\d+\]")


def problems(key: str, value: Any, *, inside: bool, arrays: bool) -> list[Text]:
    """The mistakes in an item. `inside`: it is in an element-wise block; `arrays`: array selectors are allowed."""
    path, *modifiers = key.split("|")
    mistakes = _of_path(path, inside=inside, arrays=arrays)
    mistakes += [
        texts.UNKNOWN_MODIFIER(name=name, suggestion=entry_fields.suggestion(name, MODIFIERS))
        for name in modifiers
        if name not in MODIFIERS
    ]
    listed = value if isinstance(value, list) else [value]
    if not listed:
        mistakes.append(texts.EMPTY_LIST)
    for one in listed:
        mistakes += _of_value(one, modifiers)
    return mistakes or _of_sigma(key, value, modifiers)


def _of_path(path: str, *, inside: bool, arrays: bool) -> list[Text]:
    if not path:
        return [texts.NAMELESS_ELEMENT] if inside else []
    try:
        if inside:
            fields.parse(path)
        else:
            entry_fields.parse(path)
    except ValueError as error:
        return [text_of(error)]
    if _INDEX.search(path) and not arrays:
        return [texts.POSITION_NEEDS_VERSION]
    return []


def _of_value(value: Any, modifiers: list[str]) -> list[Text]:
    if isinstance(value, dict):
        return [texts.MAP_VALUE]
    if value is not None and not isinstance(value, str | int | float | bool):
        return [texts.WRONG_TYPE(type=type(value).__name__)]
    if isinstance(value, int) and abs(value) > LARGEST_NUMBER:
        return [texts.LARGE_NUMBER]
    if value == "" and {"contains", "startswith", "endswith", "re"} & set(modifiers):
        return [texts.EMPTY_VALUE]
    if "expand" in modifiers and value not in PLACEHOLDERS:
        return [texts.PLACEHOLDERS(names=", ".join(PLACEHOLDERS))]
    return _of_regex(value, modifiers) if "re" in modifiers else []


def _of_regex(value: Any, modifiers: list[str]) -> list[Text]:
    if not isinstance(value, str):
        return [texts.REGEX_TEXT]
    if {"startswith", "endswith"} & set(modifiers):
        return [texts.REGEX_ANCHORS]
    wrong = regex_problem(value)
    return [wrong] if wrong else []


def regex_problem(pattern: str) -> Text:
    """Why RE2 rejects a regular expression; empty if it accepts it."""
    import re2  # type: ignore[import-untyped]  # noqa: PLC0415

    options = re2.Options()
    options.log_errors = False  # otherwise RE2 writes to standard error
    try:
        re2.compile(pattern, options)
    except re2.error as error:
        text = error.args[0].decode() if isinstance(error.args[0], bytes) else str(error)
        return texts.NO_REGEX(pattern=pattern, error=text)
    return EMPTY


def _of_sigma(key: str, value: Any, modifiers: list[str]) -> list[Text]:
    try:
        SigmaDetectionItem.from_mapping(key, value)
    except SigmaError as error:
        text = as_text(str(error))
        return [texts.MODIFIER_VALUES(error=text, names=", ".join(modifiers)) if modifiers else text]
    return []
