"""Checks of single detection items, `field|modifier: value`, before pySigma sees the rule."""

from __future__ import annotations

import re
from typing import Any

from sigma.exceptions import SigmaError
from sigma.rule import SigmaDetectionItem

from collectors.metrics_analysis.compiler import entry_fields
from collectors.metrics_analysis.sigma import fields

MODIFIERS = [
    "all",
    "cased",
    "cidr",
    "contains",
    "dotall",
    "endswith",
    "exists",
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


def problems(key: str, value: Any, *, inside: bool, arrays: bool) -> list[str]:
    """The mistakes in an item; `inside` an element-wise block, with array selectors allowed or not."""
    path, *modifiers = key.split("|")
    mistakes = _of_path(path, inside=inside, arrays=arrays)
    mistakes += [
        f"the modifier '{name}' is not evaluated here{entry_fields.suggestion(name, MODIFIERS)}"
        for name in modifiers
        if name not in MODIFIERS
    ]
    listed = value if isinstance(value, list) else [value]
    if not listed:
        mistakes.append("an empty list matches nothing: give a value, or null for a missing field")
    for one in listed:
        mistakes += _of_value(one, modifiers)
    return mistakes or _of_sigma(key, value, modifiers)


def _of_path(path: str, *, inside: bool, arrays: bool) -> list[str]:
    if not path:
        return ["a value without a field is not possible inside an element-wise block: name it '.'"] if inside else []
    try:
        if inside:
            fields.parse(path)
        else:
            entry_fields.parse(path)
    except ValueError as error:
        return [str(error)]
    if _INDEX.search(path) and not arrays:
        return ["a position such as [0] needs 'sigma-version: 3' at the top of the rule"]
    return []


def _of_value(value: Any, modifiers: list[str]) -> list[str]:
    if isinstance(value, dict):
        return [
            "the value of a field cannot be a map: write the path with dots, or 'field[any]:' for elements of an array"
        ]
    if value is not None and not isinstance(value, str | int | float | bool):
        return [f"a {type(value).__name__} is not a value for a field: put it in quotes"]
    if isinstance(value, int) and abs(value) > LARGEST_NUMBER:
        return ["a number beyond 2^53 is not exact: put it in quotes"]
    if value == "" and {"contains", "startswith", "endswith", "re"} & set(modifiers):
        return ["an empty text is in every value: give some text, or use 'exists: true'"]
    return _of_regex(value, modifiers) if "re" in modifiers else []


def _of_regex(value: Any, modifiers: list[str]) -> list[str]:
    if not isinstance(value, str):
        return ["a regular expression is a text: put it in quotes"]
    if {"startswith", "endswith"} & set(modifiers):
        return ["a regular expression is searched anywhere: anchor it with ^ or $ instead of startswith or endswith"]
    wrong = regex_problem(value)
    return [wrong] if wrong else []


def regex_problem(pattern: str) -> str:
    """Why RE2 rejects a regular expression; empty if it accepts it."""
    import re2  # type: ignore[import-untyped]  # noqa: PLC0415

    options = re2.Options()
    options.log_errors = False  # otherwise RE2 writes to standard error
    try:
        re2.compile(pattern, options)
    except re2.error as error:
        text = error.args[0].decode() if isinstance(error.args[0], bytes) else str(error)
        return f"'{pattern}' is not an RE2 regular expression ({text}); look-around and back-references do not exist"
    return ""


def _of_sigma(key: str, value: Any, modifiers: list[str]) -> list[str]:
    try:
        SigmaDetectionItem.from_mapping(key, value)
    except SigmaError as error:
        return [f"{error}: see which values the modifiers {', '.join(modifiers)} take" if modifiers else str(error)]
    return []
