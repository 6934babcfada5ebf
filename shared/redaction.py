"""Keeps what should not be kept out of the Error DB."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from itertools import takewhile
from typing import Any

from shared.secret_patterns import REDACTED as REDACTED  # noqa: PLC0414 - this module gives it to the others
from shared.secret_patterns import scrub

# What a one-line text may show differently: white space, control characters, changes of direction.
_GAP = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffd]")
_WORD = re.compile(r"\w")
_CUT = "…"  # how a text ends that was too long
# A value of fewer characters would be found inside other words; of a value that was cut, fewer say nothing.
_SHORT = 4
# Whoever has so much of the beginning of a value has the value, whatever follows.
_LONG = 100


@dataclass(slots=True)
class Redactor:
    """Replaces values by the path of their field, and remembers them to replace them in texts too.

    A pattern is a shell pattern for a dotted path, in which case does not matter: `*password*`, `*.query`.
    """

    patterns: Sequence[str]
    _values: set[str] = field(default_factory=set)

    def redact(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """The fields by path, with every value whose own or inner path matches a pattern replaced."""
        return {path: self._value(path, value) for path, value in fields.items()}

    def mask(self, text: str) -> str:
        """The text with every value that was redacted so far replaced, and without what looks like a secret."""
        for value in sorted(self._values, key=len, reverse=True):
            text = _without(text, value)
        return scrub(text)

    def _value(self, path: str, value: Any) -> Any:
        if self._matches(path):
            self._values.update(_texts(value))
            return REDACTED
        if isinstance(value, Mapping):
            return {key: self._value(f"{path}.{key}", inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._value(path, inner) for inner in value]
        return scrub(value) if isinstance(value, str) else value

    def _matches(self, path: str) -> bool:
        lowered = path.lower()
        return any(fnmatchcase(lowered, pattern.lower()) for pattern in self.patterns)


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    elif isinstance(value, bool) or value is None or value == "":
        return
    else:
        text = str(value)
        yield text
        yield json.dumps(text, ensure_ascii=False)[1:-1]  # a text may show the object that it is in


def _without(text: str, value: str) -> str:
    """The text, a value in it replaced: also where its white space or control characters are shown differently."""
    wanted = _GAP.sub("", value)
    if not wanted:
        there = value.strip()
        return text.replace(there, REDACTED) if there else text
    if wanted[:_SHORT] not in _GAP.sub("", text):
        return text
    kept, after = [], 0
    for start, end in _places(text, wanted, short=len(value) < _SHORT):
        kept.append(text[after:start])
        after = end
    return REDACTED.join([*kept, text[after:]])


def _places(text: str, wanted: str, *, short: bool) -> Iterator[tuple[int, int]]:
    """Where a text has a value without gaps, or the beginning of one that was cut."""
    places = [at for at, char in enumerate(text) if not _GAP.match(char)]
    seen = "".join(text[at] for at in places)
    at = seen.find(wanted[:_SHORT])
    while at >= 0:
        length = _length(seen, at, wanted)
        start, end = places[at], places[at + max(length, 1) - 1] + 1
        if length and not (short and _inside_a_word(text, start, end)):
            yield start, end
            at += length
        else:
            at += 1
        at = seen.find(wanted[:_SHORT], at)


def _length(seen: str, at: int, wanted: str) -> int:
    """How many characters from `at` on are the value, with the mark of a cut; 0 when it is something else."""
    pairs = zip(seen[at : at + len(wanted)], wanted, strict=False)
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    if same == len(wanted):
        return same
    cut = seen.startswith(_CUT, at + same)
    return same + cut if cut or same >= _LONG else 0


def _inside_a_word(text: str, start: int, end: int) -> bool:
    return bool(_WORD.match(text[start - 1 : start]) or _WORD.match(text[end : end + 1]))
