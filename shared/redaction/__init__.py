"""Redacts the values of fields before they are stored, and the same values inside texts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from fnmatch import fnmatchcase
from itertools import takewhile
from typing import Any

from shared.lazy.dataclass import dataclass
from shared.redaction.secret_names import REDACTED as REDACTED
from shared.redaction.secret_patterns import scrub

# Characters that a one-line text may show differently: white space, control characters, changes of direction.
_GAP = r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffd]"
_WORD = r"\w"
_CUT = "…"  # the marks at the end of a truncated text
# A shorter value would match inside other words; of a truncated value, fewer characters identify nothing.
_SHORT = 4
# This many first characters of a value reveal the value.
_LONG = 100


@dataclass(slots=True)
class Redactor:
    """Replaces values by the path of their field, and remembers them to replace them in texts too.

    A pattern is a shell pattern for a dotted path, in any case: `*password*`, `*.query`.
    """

    patterns: Sequence[str]
    _values: set[str] = field(default_factory=set)

    def redact(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """The fields by path; a value is replaced if its path, or a path inside it, matches a pattern."""
        return {path: self._value(path, value) for path, value in fields.items()}

    def mask(self, text: str) -> str:
        """The text without the values redacted so far and without secrets of known patterns."""
        for value in sorted(self._values, key=len, reverse=True):
            text = _without(text, value)
        return scrub(text)

    def _value(self, path: str, value: Any) -> Any:
        if self._matches(path):
            self._values.update(_texts(value))
            return REDACTED
        if isinstance(value, Mapping):
            return {_name(key): self._value(f"{path}.{key}", inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._value(path, inner) for inner in value]
        return scrub(value) if isinstance(value, str) else value

    def _matches(self, path: str) -> bool:
        lowered = path.lower()
        return any(fnmatchcase(lowered, pattern.lower()) for pattern in self.patterns)


def _name(key: Any) -> Any:
    """A key of an object without secrets, because a key of a map may be any text."""
    return scrub(key) if isinstance(key, str) and re.search(r"[\s=:/]", key) else key


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
        yield json.dumps(text, ensure_ascii=False)[1:-1]  # a text may contain the object around the value


def _without(text: str, value: str) -> str:
    """The text with a value replaced, even if its white space or control characters are shown differently."""
    compact = re.sub(_GAP, "", value)
    if not compact:
        shown = value.strip()
        return text.replace(shown, REDACTED) if shown else text
    if compact[:_SHORT] not in re.sub(_GAP, "", text):
        return text
    parts, after = [], 0
    for start, end in _occurrences(text, compact, short=len(value) < _SHORT):
        parts.append(text[after:start])
        after = end
    return REDACTED.join([*parts, text[after:]])


def _occurrences(text: str, compact: str, *, short: bool) -> Iterator[tuple[int, int]]:
    """Start and end of each occurrence of a value without gaps, or of the beginning of a truncated one."""
    gap = re.compile(_GAP)
    positions = [at for at, char in enumerate(text) if not gap.match(char)]
    seen = "".join(text[at] for at in positions)
    at = seen.find(compact[:_SHORT])
    while at >= 0:
        length = _length(seen, at, compact)
        start, end = positions[at], positions[at + max(length, 1) - 1] + 1
        if length and not (short and _inside_a_word(text, start, end)):
            yield start, end
            at += length
        else:
            at += 1
        at = seen.find(compact[:_SHORT], at)


def _length(seen: str, at: int, compact: str) -> int:
    """The number of characters from `at` on that show the value, with the mark of truncation; 0 for another text."""
    pairs = zip(seen[at : at + len(compact)], compact, strict=False)
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    if same == len(compact):
        return same
    cut = seen.startswith(_CUT, at + same)
    return same + cut if cut or same >= _LONG else 0


def _inside_a_word(text: str, start: int, end: int) -> bool:
    return bool(re.match(_WORD, text[start - 1 : start]) or re.match(_WORD, text[end : end + 1]))
