"""One-line texts from a log entry: `{path}`, `{first|second}`, `{path:tail}`, `{{` and `}}`.

What comes out is safe to store and to show on one line: control characters, line breaks, changes of text
direction and lone surrogates are replaced, and every value is cut at 300 characters.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from collectors.metrics_analysis.sigma import fields
from collectors.metrics_analysis.sigma.fields import Steps
from shared.query_key import normalised
from shared.redaction import Redactor
from shared.run_names import id_stem, stem

LONGEST_VALUE = 300
# What may be taken of a value: its last part, the job in the name or the id of a run, what a query does.
FORMS: dict[str, Callable[[str], str]] = {
    "tail": lambda text: text.rstrip("/").rpartition("/")[2],
    "stem": stem,
    "id-stem": id_stem,
    "query": normalised,
}

_PIECE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_SPACE = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_DELETED = re.compile(r"^deleted:([^?]+)\?uid=\d+$")
_UNSAFE = re.compile("[\ud800-\udfff\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Place:
    """One alternative inside braces."""

    path: str
    steps: Steps
    form: str = ""


Piece = str | tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Scope:
    """What a template may see.

    `elements` are the list elements that element-wise blocks bound, by the steps of the list; a path into
    such a list sees only them. `extra` holds names that are not part of the entry: `extracted`, `count`.
    `redactor` hides values by their path; `origins` says from which path an extra value was taken.
    """

    entry: Mapping[str, Any]
    elements: Mapping[Steps, list[Any]] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)
    redactor: Redactor | None = None
    origins: Mapping[str, str] = field(default_factory=dict)

    def shown(self, place: Place) -> list[Any]:
        """The values of a place as they may be shown."""
        found = self.values(place.steps)
        if self.redactor is None:
            return found
        path = self.origins.get(place.path, place.path)
        return [value for hidden in found for value in self.redactor.redact({path: hidden}).values()]

    def values(self, steps: Steps) -> list[Any]:
        """The values at `steps`, lists replaced by their members."""
        if steps and steps[0] in self.extra:
            return fields.members(fields.find(dict(self.extra), steps))
        array = bound(self.elements, steps)
        if array is not None:
            return fields.members(fields.find(self.elements[array], steps[len(array) :]))
        return fields.members(fields.find(self.entry, steps))


def bound(elements: Iterable[Steps], steps: Steps) -> Steps | None:
    """The innermost of the bound arrays that a path looks into."""
    inside = (array for array in elements if steps[: len(array)] == array)
    return max(inside, key=len, default=None)


@lru_cache(maxsize=1024)
def parse(template: str) -> tuple[Piece, ...]:
    """The pieces of a template. Raises ValueError that says what is wrong with it."""
    pieces: list[Piece] = []
    at = 0
    for found in _PIECE.finditer(template):
        pieces.append(template[at : found.start()])
        at = found.end()
        if found[0] in ("{{", "}}"):
            pieces.append(found[0][0])
        elif found[1] is None:
            raise ValueError(f"'{found[0]}' has no partner: write '{found[0] * 2}' for the brace itself")
        else:
            pieces.append(tuple(_place(text) for text in found[1].split("|")))
    return tuple(piece for piece in (*pieces, template[at:]) if piece)


def places(template: str) -> list[Place]:
    """Every path that a template names. Raises ValueError."""
    return [place for piece in parse(template) if not isinstance(piece, str) for place in piece]


def render(template: str, scope: Scope) -> str:
    """The template with the entry's values. Missing values are empty."""
    return "".join(
        piece if isinstance(piece, str) else _joined(_first(piece, scope)) for piece in parse(template)
    ).strip()


def identity(template: str, scope: Scope) -> str:
    """The template for telling faults apart: several values are sorted, because their order says nothing.

    Whole values count, also what must not be shown, is too long to be shown or would be cleaned: two faults are never
    one because they look alike.
    """
    raw = replace(scope, redactor=None)
    return "".join(
        piece if isinstance(piece, str) else _several(_first(piece, raw, exact)) for piece in parse(template)
    ).strip()


def values(place: Place, scope: Scope) -> list[str]:
    """The different values of a place as texts that tell them apart."""
    return _texts(place, replace(scope, redactor=None), exact)


def exact(value: Any) -> str:
    """One value as text that no other value has: as it is shown, or a digest where that leaves something out."""
    text = json.dumps(value, separators=(",", ":"), sort_keys=True) if isinstance(value, dict) else _text(value)
    if len(text) <= LONGEST_VALUE and clean(text) == text:
        return text
    return f"\0{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()}"


def one_name(member: Any) -> Any:
    """A member of a policy under the name that it had while it was there: a deleted one has another name in policies.

    https://docs.cloud.google.com/iam/docs/principal-identifiers
    """
    return _DELETED.sub(r"\1", member) if isinstance(member, str) else member


def _several(texts: list[str]) -> str:
    """Texts in one order; with a border that is in none of them, where the usual one is in one."""
    border = "\0," if any(", " in text for text in texts) and len(texts) > 1 else ", "
    return border.join(sorted(texts))


def clean(text: str) -> str:
    """`text` on one line: white space and control characters become a space, what could mislead a reader goes."""
    if text.isascii() and text.isprintable():
        return text
    return _SPACE.sub(" ", _UNSAFE.sub("\N{REPLACEMENT CHARACTER}", text)).strip()


def show(value: Any) -> str:
    """One value as clean text of at most 300 characters; objects as JSON."""
    text = _text(value)
    # Cut before cleaning too: a value may be megabytes long.
    shown = clean(text[: LONGEST_VALUE * 4])
    whole = len(text) <= LONGEST_VALUE * 4 and len(shown) <= LONGEST_VALUE
    return shown if whole else shown[: LONGEST_VALUE - 1] + "…"


def _text(value: Any) -> str:
    text = fields.text(value)
    if text is not None:
        return text
    return "" if value is None else json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=str)


def _place(text: str) -> Place:
    path = text.strip()
    head, _, form = path.rpartition(":")
    path, form = (head, form) if form in FORMS else (path, "")
    if not path:
        raise ValueError("'{}' names no field")
    return Place(path, fields.parse(path), form)


def _first(piece: tuple[Place, ...], scope: Scope, form: Callable[[Any], str] | None = None) -> list[str]:
    """The different values of the first alternative that has any."""
    for place in piece:
        if texts := _texts(place, scope, form or show):
            return texts
    return []


def _texts(place: Place, scope: Scope, form: Callable[[Any], str]) -> list[str]:
    found = scope.shown(place)
    if form is exact and place.steps[-1:] in (("member",), ("members",)):
        found = [one_name(value) for value in found]
    if place.form:
        found = [FORMS[place.form](_text(value)) for value in found]
    return list(dict.fromkeys(text for value in found if (text := form(value))))


def _joined(texts: list[str]) -> str:
    joined = ", ".join(texts)
    return joined if len(joined) <= LONGEST_VALUE else joined[: LONGEST_VALUE - 1] + "…"
