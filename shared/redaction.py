"""Keeps what should not be kept out of the Error DB."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

REDACTED = "<redacted>"

# A template cuts each value it shows (300 characters), so a long value is looked for by its beginning.
_SEARCHED = 280
_CUT_REST = r"[^\n]{0,24}"
# What a one-line text may show differently: white space, control characters, changes of direction.
_GAP = "[\\s\x01-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffd\\x00]"
_SHORT = 4


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
        """The text with every value that was redacted so far replaced."""
        for value in sorted(self._values, key=len, reverse=True):
            text = _as_shown(value).sub(REDACTED, text)
        return text

    def _value(self, path: str, value: Any) -> Any:
        if self._matches(path):
            self._values.update(_texts(value))
            return REDACTED
        if isinstance(value, Mapping):
            return {key: self._value(f"{path}.{key}", inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._value(path, inner) for inner in value]
        return value

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
        yield str(value)


def _as_shown(value: str) -> re.Pattern[str]:
    """Finds a value in a text of one line, where control characters were replaced and the end may be cut off."""
    words = [re.escape(word) for word in re.split(f"{_GAP}+", value[:_SEARCHED]) if word]
    pattern = f"{_GAP}*".join(words) or "(?!)"
    if len(value) > _SEARCHED:
        pattern += _CUT_REST
    elif len(value) < _SHORT:
        # A short value would be found inside other words.
        pattern = rf"(?<!\w){pattern}(?!\w)"
    return re.compile(pattern)
