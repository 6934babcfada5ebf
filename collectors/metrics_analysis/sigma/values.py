"""The tests that a rule applies to one value: text, wildcards, regular expressions, numbers, networks, accounts.

A test is a JSON list as the compiler writes it, such as `["text", "ends", [".insert"], false]`; `build` makes a
function of it. Text comparisons ignore case unless `cased`. A number equals its text, because Google writes int64 as
text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from collectors.metrics_analysis.sigma import fields
from shared.identity.service_agents import IsMonitored, is_of, without_numbers
from shared.lazy.pattern import lazy_pattern

Test = Callable[[Any], bool]

AGENT = "agent"  # a Google-managed account, by its project
_NUMBER = lazy_pattern(r"[+-]?\d+(\.\d+)?([eE][+-]?\d{1,3})?", re.ASCII)
_LONGEST_INT = 40  # int() refuses thousands of digits, which real values do not have


def build(test: list[Any], is_monitored: IsMonitored = without_numbers) -> Test:
    """The function for a compiled test. Raises KeyError for an unknown operation."""
    return _agent(test[1], is_monitored) if test[0] == AGENT else _TESTS[test[0]](*test[1:])


def fold(text: str) -> str:
    """`text` casefolded, for comparisons that ignore case."""
    return text.lower() if text.isascii() else text.casefold()


def number(value: Any) -> int | float | None:
    """The number in a JSON number or a numeric text; None for a boolean."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return value
    match = _NUMBER.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return None
    is_integer = match[1] is None and match[2] is None and len(value) <= _LONGEST_INT
    return int(value) if is_integer else float(value)


def _text(how: str, expected: list[str], cased: bool) -> Test:  # noqa: FBT001
    """Whether the value matches one of the texts."""
    compare = _COMPARISONS[how](tuple(expected if cased else map(fold, expected)))

    def holds(value: Any) -> bool:
        text = value if isinstance(value, str) else fields.text(value)
        return text is not None and compare(text if cased else fold(text))

    return holds


_COMPARISONS: dict[str, Callable[[tuple[str, ...]], Callable[[str], bool]]] = {
    "is": lambda expected: frozenset(expected).__contains__,
    "starts": lambda expected: lambda text: text.startswith(expected),
    "ends": lambda expected: lambda text: text.endswith(expected),
    "contains": lambda expected: lambda text: any(part in text for part in expected),
}


def _glob(parts: list[str | int], cased: bool) -> Test:  # noqa: FBT001
    """A test for wildcards: `parts` are texts, 1 for `?` and 2 for `*`."""
    pattern: list[re.Pattern[str]] = []

    def holds(value: Any) -> bool:
        text = fields.text(value)
        if text is None:
            return False
        if not pattern:
            pattern.append(re.compile(glob_pattern(parts, cased=cased), re.DOTALL))
        return pattern[0].fullmatch(text if cased else fold(text)) is not None

    return holds


def glob_pattern(parts: list[str | int], *, cased: bool) -> str:
    """A regular expression for wildcards that never backtracks past a `*` after its text has matched."""
    pieces: list[str] = [""]
    for part in parts:
        if part == 2:
            pieces.append("")
        else:
            pieces[-1] += "." if isinstance(part, int) else re.escape(part if cased else fold(part))
    if len(pieces) == 1:
        return pieces[0]
    first, *middle, last = pieces
    return first + "".join(f"(?>.*?{piece})" for piece in middle if piece) + ".*" + last


def _regex(pattern: str) -> Test:
    def holds(value: Any) -> bool:
        text = fields.text(value)
        return text is not None and search(pattern, text) is not None

    return holds


def search(pattern: str, text: str) -> Any:
    """The first match of an RE2 regular expression in `text`, or None.

    RE2 needs linear time for any text, so a log entry cannot make it slow.
    """
    try:
        return _compiled(pattern).search(text)
    except UnicodeEncodeError:  # a lone surrogate is not UTF-8
        return _compiled(pattern).search(text.encode("utf-8", "replace").decode())


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> Any:
    import re2  # type: ignore[import-untyped]  # noqa: PLC0415

    return re2.compile(pattern)


def _cidr(network: str) -> Test:
    import ipaddress  # noqa: PLC0415

    inside = ipaddress.ip_network(network)

    def holds(value: Any) -> bool:
        if not isinstance(value, str):
            return False
        try:
            return ipaddress.ip_address(value) in inside
        except ValueError:
            return False

    return holds


def _number(how: str, expected: float) -> Test:
    compare = _ORDERS[how]

    def holds(value: Any) -> bool:
        actual = number(value)
        return actual is not None and compare(actual, expected)

    return holds


_ORDERS: dict[str, Callable[[float, float], bool]] = {
    "eq": lambda actual, expected: actual == expected,
    "gt": lambda actual, expected: actual > expected,
    "gte": lambda actual, expected: actual >= expected,
    "lt": lambda actual, expected: actual < expected,
    "lte": lambda actual, expected: actual <= expected,
}


def _truth(expected: bool) -> Test:  # noqa: FBT001
    return _text("is", ["true" if expected else "false"], cased=False)


def _agent(whose: str, is_monitored: IsMonitored) -> Test:
    def holds(value: Any) -> bool:
        return isinstance(value, str) and is_of(whose, value, is_monitored)

    return holds


def _null() -> Test:
    return lambda value: value is None


_TESTS: dict[str, Callable[..., Test]] = {
    "text": _text,
    "glob": _glob,
    "re": _regex,
    "cidr": _cidr,
    "number": _number,
    "bool": _truth,
    "null": _null,
}
