"""Converts the tests of values.py to comparisons that may be too wide or too narrow, but never wrong.

`wide` is true at least wherever the engine's test is true, `narrow` at most there. For a test that the filter language
cannot express, wide only requires that the field is present, and narrow is never true.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from collectors.metrics_analysis.sigma import fields, values
from collectors.metrics_analysis.sigma.fields import Steps
from collectors.metrics_analysis.sinks import kinds, regex
from collectors.metrics_analysis.sinks.kinds import Kind
from collectors.metrics_analysis.sinks.tree import FALSE, Compare, Expr, Op, either, every, negate, present

# The characters in the text forms of JSON numbers and booleans.
_SCALAR = re.compile(r"[0-9eE.+-]*|t?r?u?e?|f?a?l?s?e?", re.IGNORECASE)
_NUMERIC_TEXT = "^[-+]?[0-9]"
_ORDERS = {"eq": Op.EQUAL, "gt": Op.MORE, "gte": Op.MORE_EQUAL, "lt": Op.LESS, "lte": Op.LESS_EQUAL}


def wide(steps: Steps, test: list[Any]) -> Expr:
    """A comparison that is true at least where the compiled test is true for a value at `steps`."""
    convert = _WIDE.get(test[0])
    return convert(steps, *test[1:]) if convert else present(steps)


def narrow(steps: Steps, test: list[Any]) -> Expr:
    """A comparison that is true at most where the compiled test is true."""
    convert = _NARROW.get(test[0])
    return convert(steps, *test[1:]) if convert else FALSE


def _wide_text(steps: Steps, how: str, texts: list[str], cased: bool) -> Expr:  # noqa: FBT001
    kind = kinds.kind_of(steps)
    if not all(text.isascii() for text in texts):
        return present(steps)  # Cloud Logging folds by NFKC_CF, the engine does not
    if how == "is":
        return either(_equal(steps, kind, text) or present(steps) for text in texts)
    if kind not in (Kind.TEXT, Kind.LOOSE):
        return present(steps)
    if how == "contains":
        comparison: Expr = either(Compare(steps, Op.HAS, text) for text in texts)
    else:
        comparison = _anchored(steps, how, texts, cased=cased)
    return _or_scalar(steps, comparison, texts)


def _narrow_text(steps: Steps, how: str, texts: list[str], cased: bool) -> Expr:  # noqa: FBT001
    kind = kinds.kind_of(steps)
    if not all(text.isascii() for text in texts):
        return FALSE
    if how == "is" and not cased:
        return either(_exactly(steps, kind, text) for text in texts)
    if kind not in (Kind.TEXT, Kind.LOOSE) or (kinds.default(steps) == "" and "" in texts):
        return FALSE
    if how == "contains" and kind is Kind.TEXT and not cased:
        return either(Compare(steps, Op.HAS, text) for text in texts)
    return _anchored(steps, how, texts, cased=cased)


def _equal(steps: Steps, kind: Kind, text: str) -> Expr | None:
    """An equality that Cloud Logging accepts for a field of this kind; None if there is none."""
    accepts = {
        Kind.TEXT: True,
        Kind.LOOSE: True,
        Kind.BOOL: values.fold(text) in ("true", "false"),
        Kind.INT: values.number(text) is not None,
        Kind.SEVERITY: text.upper() in kinds.SEVERITIES,
    }
    if not accepts.get(kind):
        return None
    value = {Kind.BOOL: values.fold(text) == "true", Kind.INT: values.number(text)}.get(kind, text)
    return Compare(steps, Op.EQUAL, value if value is not None else text)


def _exactly(steps: Steps, kind: Kind, text: str) -> Expr:
    """An equality that is true only for `text`."""
    if values.number(text) is not None and kind is not Kind.TEXT and not _canonical(text):
        return FALSE
    comparison = _equal(steps, kind, text)
    if comparison is None or _holds_by_default(comparison):
        return FALSE
    return comparison


def _canonical(text: str) -> bool:
    """Whether the number in `text` has the form that the engine writes."""
    return text.isdigit() and text == str(int(text)) and len(text) < 16  # 2^53 has 16 digits


def _holds_by_default(comparison: Expr) -> bool:
    return comparison.holds({})


def _anchored(steps: Steps, how: str, texts: list[str], *, cased: bool) -> Expr:
    before, after = {"starts": ("^", ""), "ends": ("", "$"), "is": ("^", "$"), "contains": ("", "")}[how]
    return Compare(steps, Op.REGEX, regex.any_of(texts, before=before, after=after, cased=cased))


def _or_scalar(steps: Steps, comparison: Expr, texts: list[str]) -> Expr:
    """Adds numbers and booleans, which the engine also reads as texts, and `:` and `=~` may not."""
    if kinds.kind_of(steps) is not Kind.LOOSE or not any(_SCALAR.fullmatch(text) for text in texts):
        return comparison
    return either([comparison, _no_text(steps)])


def _no_text(steps: Steps) -> Expr:
    """Whether the field has a value that is not a text: every text matches an empty expression."""
    return every([present(steps), negate(Compare(steps, Op.REGEX, "^"))])


def _wide_glob(steps: Steps, parts: list[str | int], cased: bool) -> Expr:  # noqa: FBT001
    texts = [part for part in parts if isinstance(part, str)]
    if not _may_be_text(steps) or not all(text.isascii() for text in texts):
        return present(steps)
    comparison = Compare(steps, Op.REGEX, regex.glob(parts, cased=cased))
    scalar = all(_SCALAR.fullmatch(text) for text in texts)
    return _or_scalar(steps, comparison, [""] if scalar else texts)


def _narrow_glob(steps: Steps, parts: list[str | int], cased: bool) -> Expr:  # noqa: FBT001
    texts = [part for part in parts if isinstance(part, str)]
    if not _may_be_text(steps) or not all(text.isascii() for text in texts):
        return FALSE
    comparison = Compare(steps, Op.REGEX, regex.glob(parts, cased=cased))
    return FALSE if _holds_by_default(comparison) else comparison


def _wide_regex(steps: Steps, pattern: str) -> Expr:
    if not _may_be_text(steps):
        return present(steps)
    return _or_scalar(steps, Compare(steps, Op.REGEX, regex.plain(pattern)), [""])


def _narrow_regex(steps: Steps, pattern: str) -> Expr:
    comparison = Compare(steps, Op.REGEX, regex.plain(pattern))
    return comparison if _may_be_text(steps) and not _holds_by_default(comparison) else FALSE


def _may_be_text(steps: Steps) -> bool:
    return kinds.kind_of(steps) in (Kind.TEXT, Kind.LOOSE)


def _wide_number(steps: Steps, how: str, expected: float) -> Expr:
    kind = kinds.kind_of(steps)
    as_number, as_text = Compare(steps, _ORDERS[how], expected), Compare(steps, Op.REGEX, _NUMERIC_TEXT)
    comparison = {Kind.INT: as_number, Kind.LOOSE: either([as_number, as_text]), Kind.TEXT: as_text}
    return comparison.get(kind, present(steps))


def _narrow_number(steps: Steps, how: str, expected: float) -> Expr:
    comparison = Compare(steps, _ORDERS[how], expected)
    return comparison if kinds.kind_of(steps) is Kind.INT and not _holds_by_default(comparison) else FALSE


def _wide_truth(steps: Steps, expected: bool) -> Expr:  # noqa: FBT001
    return _wide_text(steps, "is", [fields.text(expected) or ""], cased=False)


def _narrow_truth(steps: Steps, expected: bool) -> Expr:  # noqa: FBT001
    return _narrow_text(steps, "is", [fields.text(expected) or ""], cased=False)


_Leaf = Callable[..., Expr]
_WIDE: dict[str, _Leaf] = {
    "text": _wide_text,
    "glob": _wide_glob,
    "re": _wide_regex,
    "number": _wide_number,
    "bool": _wide_truth,
}
_NARROW: dict[str, _Leaf] = {
    "text": _narrow_text,
    "glob": _narrow_glob,
    "re": _narrow_regex,
    "number": _narrow_number,
    "bool": _narrow_truth,
}
