"""One-line texts from a log entry: `{path}`, `{first|second}`, `{path:tail}`, `{{` and `}}`.

The result is safe to store and to show on one line: control characters, line breaks, changes of text direction and lone
surrogates are replaced, and every value is cut at 300 characters.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field, replace
from functools import cache, lru_cache
from typing import Any

from collectors.metrics_analysis.sigma import fields
from collectors.metrics_analysis.sigma.fields import Steps
from shared.lazy.dataclass import dataclass
from shared.lazy.pattern import lazy_pattern
from shared.redaction import Redactor

LONGEST_VALUE = 300
MORE = 10  # characters for the number of the values that are not shown
FORMS = ("tail", "stem", "id-stem", "table", "partition", "query", "window", "dates", "label", "run-region")

_PIECE = lazy_pattern(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_SPACE = r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+"
_DELETED = r"^deleted:(?:(principal(?:Set)?://.+)|([^?]+)\?uid=\d+)$"
_ADDRESSES = ("user", "group", "serviceAccount", "domain")
_MEMBERS = (("member",), ("members",), ("exemptedMember",))
_UNSAFE = "[\ud800-\udfff\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]"


@dataclass(frozen=True, slots=True)
class Alternative:
    """One alternative inside braces."""

    path: str
    steps: Steps
    form: str = ""


Piece = str | tuple[Alternative, ...]


@dataclass(frozen=True, slots=True)
class Scope:
    """The values that a template can access.

    `elements` are the list elements that element-wise blocks bound, by the steps of the list; a path into such a list
    sees only them. `extra` has names that are not part of the entry: `extracted`, `count`. `redactor` hides values by
    their path; `origins` has the path that each extra value came from.
    """

    entry: Mapping[str, Any]
    elements: Mapping[Steps, list[Any]] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)
    redactor: Redactor | None = None
    origins: Mapping[str, str] = field(default_factory=dict)

    def shown(self, alternative: Alternative) -> list[Any]:
        """The values of an alternative after redaction."""
        unmasked = self.values(alternative.steps)
        if self.redactor is None:
            return unmasked
        path = self.origins.get(alternative.path, alternative.path)
        return [shown for value in unmasked for shown in self.redactor.redact({path: value}).values()]

    def values(self, steps: Steps) -> list[Any]:
        """The values at `steps`, with lists replaced by their members."""
        if steps and steps[0] in self.extra:
            return fields.members(fields.find(dict(self.extra), steps))
        array = bound(self.elements, steps)
        if array is not None:
            return fields.members(fields.find(self.elements[array], steps[len(array) :]))
        return fields.members(fields.find(self.entry, steps))


def bound(elements: Iterable[Steps], steps: Steps) -> Steps | None:
    """The innermost of the bound arrays on a path."""
    inside = (array for array in elements if steps[: len(array)] == array)
    return max(inside, key=len, default=None)


@lru_cache(maxsize=1024)
def parse(template: str) -> tuple[Piece, ...]:
    """The pieces of a template. Raises ValueError with the mistake."""
    pieces: list[Piece] = []
    at = 0
    for match in _PIECE.finditer(template):
        pieces.append(template[at : match.start()])
        at = match.end()
        if match[0] in ("{{", "}}"):
            pieces.append(match[0][0])
        elif match[1] is None:
            raise ValueError(f"'{match[0]}' has no partner: write '{match[0] * 2}' for the brace itself")
        else:
            pieces.append(tuple(_alternative(text) for text in match[1].split("|")))
    return tuple(piece for piece in (*pieces, template[at:]) if piece)


def alternatives(template: str) -> list[Alternative]:
    """All paths in a template. Raises ValueError for an invalid template."""
    return [alternative for piece in parse(template) if not isinstance(piece, str) for alternative in piece]


def render(template: str, scope: Scope) -> str:
    """The template with the entry's values. Missing values are empty."""
    return "".join(
        piece if isinstance(piece, str) else _joined(_first(piece, scope)) for piece in parse(template)
    ).strip()


def identity(template: str, scope: Scope) -> str:
    """The template as a key that distinguishes faults; several values are sorted.

    Values count in full, even if they are redacted, shortened or cleaned for display, so that similar faults never get the
    same key. Space before the first value stays, because it shows which value is missing.
    """
    return "".join(_exact_pieces(template, scope)).rstrip()


def complete(template: str, scope: Scope) -> str:
    """The template as in `identity`; empty if the entry lacks one of the values."""
    parts = _exact_pieces(template, scope)
    return "".join(parts).strip() if all(parts) else ""


def only_value(piece: tuple[Alternative, ...], scope: Scope) -> str:
    """The only value of a placeholder; empty if there are none or several, or if it cannot be shown unchanged."""
    texts = _first(piece, replace(scope, redactor=None) if scope.redactor else scope, _text)
    if len(texts) != 1 or show(texts[0]) != texts[0] or (scope.redactor and texts != _first(piece, scope)):
        return ""
    return texts[0]


def values(alternative: Alternative, scope: Scope) -> list[str]:
    """The distinct values of an alternative, as unique texts."""
    return _texts(alternative, replace(scope, redactor=None), exact)


def exact(value: Any) -> str:
    """A unique text for a value: the shown text, or a digest if the shown text is incomplete.

    A text that looks like an object becomes a digest. A number equals its text, because Google writes int64 as text.
    """
    is_object = isinstance(value, dict)
    text = json.dumps(value, separators=(",", ":"), sort_keys=True) if is_object else _text(value)
    if len(text) <= LONGEST_VALUE and clean(text).strip() == text and (is_object or not text.startswith("{")):
        return text
    return _digest(text)


def one_name(member: Any) -> Any:
    """A member of a policy under its original name: policies rename a deleted member; addresses have no case.

    https://docs.cloud.google.com/iam/docs/principal-identifiers
    """
    if not isinstance(member, str):
        return member
    from shared.identity.iam_names import address_name  # noqa: PLC0415 - most entries match no rule

    kind, colon, address = re.sub(_DELETED, r"\1\2", member).partition(":")
    return f"{kind}:{address_name(address) if kind in _ADDRESSES else address}" if colon else kind


def _exact_pieces(template: str, scope: Scope) -> list[str]:
    """The texts and values of a template.

    A value that contains the text after it, also partly at its end, is a digest: its end would be unclear.
    """
    raw = replace(scope, redactor=None)
    pieces = parse(template)
    parts = [piece if isinstance(piece, str) else _several(_first(piece, raw, exact)) for piece in pieces]
    last = max((at for at, piece in enumerate(pieces) if not isinstance(piece, str)), default=0)
    for at, piece in enumerate(pieces[:last]):
        after = pieces[at + 1]
        if not isinstance(piece, str) and parts[at] and (not isinstance(after, str) or _is_unclear(parts[at], after)):
            parts[at] = _digest(parts[at])
    return parts


def _is_unclear(text: str, after: str) -> bool:
    """Whether the text after the value also begins within the value, so that its end is ambiguous."""
    return (text + after).find(after) < len(text)


def _several(texts: list[str]) -> str:
    """Sorted texts, joined by a separator that none of them contains; one text that looks like several is a digest."""
    if not any(", " in text for text in texts):
        return ", ".join(sorted(texts))
    return "\0,".join(sorted(texts)) if len(texts) > 1 else _digest(texts[0])


def _digest(text: str) -> str:
    return f"\0{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()}"


def clean(text: str) -> str:
    """`text` on one line: white space and control characters become a space, misleading characters are removed."""
    if text.isascii() and text.isprintable():
        return text
    return re.sub(_SPACE, " ", re.sub(_UNSAFE, "\N{REPLACEMENT CHARACTER}", text)).strip()


def show(value: Any) -> str:
    """One value as clean text of at most 300 characters; objects as JSON."""
    text = _text(value)
    # Cut before cleaning as well: a value may be megabytes long.
    shown = clean(text[: LONGEST_VALUE * 4])
    is_complete = len(text) <= LONGEST_VALUE * 4 and len(shown) <= LONGEST_VALUE
    return shown if is_complete else shown[: LONGEST_VALUE - 1] + "…"


def _text(value: Any) -> str:
    text = fields.text(value)
    if text is not None:
        return text
    return "" if value is None else json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=str)


@cache
def _forms() -> dict[str, Callable[[str], str]]:
    """The forms of a value, loaded with the first one that is needed: most entries match no rule.

    They are its last part, the job in the name or the id of a run, a table without partition and shard, its partition
    or day, a query without literals, the days that it names, those in any other text, and the region of a Cloud Run URL.
    """
    from shared.identity.query_key import statement, window  # noqa: PLC0415
    from shared.identity.run_names import id_stem, partition, stem, table_stem  # noqa: PLC0415
    from shared.identity.run_regions import run_region  # noqa: PLC0415
    from shared.identity.run_windows import dates_in_name  # noqa: PLC0415

    return {
        "tail": lambda text: text.rstrip("/").rpartition("/")[2],
        "stem": stem,
        "id-stem": id_stem,
        "table": table_stem,
        "partition": partition,
        "query": statement,
        "window": window,
        "dates": dates_in_name,
        "label": lambda text: text.lower().replace(".", "-"),  # the form of Airflow's ids in labels of BigQuery jobs
        "run-region": run_region,
    }


def _alternative(text: str) -> Alternative:
    path = text.strip()
    head, _, form = path.rpartition(":")
    path, form = (head, form) if form in FORMS else (path, "")
    if not path:
        raise ValueError("'{}' names no field")
    return Alternative(path, fields.parse(path), form)


def _first(piece: tuple[Alternative, ...], scope: Scope, form: Callable[[Any], str] | None = None) -> list[str]:
    """The distinct values of the first alternative that has any; alternatives in matched elements take precedence."""
    for alternative in sorted(piece, key=lambda each: bound(scope.elements, each.steps) is None):
        if texts := _texts(alternative, scope, form or show):
            return texts
    return []


def _texts(alternative: Alternative, scope: Scope, form: Callable[[Any], str]) -> list[str]:
    items = scope.shown(alternative)
    if form is exact and alternative.steps[-1:] in _MEMBERS:
        items = [one_name(value) for value in items]
    if alternative.form:
        items = [_forms()[alternative.form](_text(value)) for value in items]
    return list(dict.fromkeys(text for value in items if (text := form(value))))


def _joined(texts: list[str]) -> str:
    """The texts as one text; a longer list is cut after the first ones: `a, b, +298…`."""
    joined = ", ".join(texts)
    if len(joined) <= LONGEST_VALUE:
        return joined
    shown = joined[: LONGEST_VALUE - MORE].count(", ")  # without the one that is cut
    return f"{', '.join(texts[:shown])}, +{len(texts) - shown:,}…" if shown else joined[: LONGEST_VALUE - 1] + "…"
