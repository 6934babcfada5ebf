"""The output of a script: bounded while it runs, then readable, without secrets, and short enough to be stored.

Its beginning and its end remain. Secrets are replaced before the text is shortened, so that no part of one remains.
"""

from __future__ import annotations

import base64
import json
from collections import deque
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

from shared.lazy.pattern import lazy_pattern
from shared.redaction.secret_names import REDACTED
from shared.redaction.secret_patterns import scrub
from shared.texts.scripts import OMITTED

KEPT_BYTES = 65_536  # of the beginning and of the end
HEAD, TAIL = 2_000, 5_000  # characters; a longer text would be cut when it is stored
SHORT_LINE = 6  # a shorter line of a secret, such as a brace, reveals nothing
_ESCAPE = lazy_pattern(r"\x1b(?:\[[0-?]*[ -/]*[@-~]?|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
# Other control characters, and characters that change the direction of text or are invisible.
_CONTROL = lazy_pattern("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")


class OutputBuffer:
    """Collects output; if it is long, only the first and the last KEPT_BYTES."""

    def __init__(self) -> None:
        self._head = bytearray()
        self._tail: deque[bytes] = deque()
        self._in_tail = 0
        self.size = 0

    def write(self, chunk: bytes) -> None:
        """Adds output."""
        self.size += len(chunk)
        free = KEPT_BYTES - len(self._head)
        self._head += chunk[:free]
        rest = chunk[free:][-KEPT_BYTES:] if free > 0 else chunk[-KEPT_BYTES:]
        if rest:
            self._tail.append(rest)
            self._in_tail += len(rest)
        while self._tail and self._in_tail - len(self._tail[0]) >= KEPT_BYTES:
            self._in_tail -= len(self._tail.popleft())

    @property
    def held(self) -> int:
        """The number of bytes in memory."""
        return len(self._head) + self._in_tail

    def text(self, secrets: Iterable[str]) -> str:
        """The text to store."""
        forms = forms_of(secrets)
        tail = b"".join(self._tail)[-KEPT_BYTES:]
        if self.size <= len(self._head) + len(tail):
            return shortened(readable(bytes(self._head) + tail, forms))
        # A secret may be cut where bytes are missing: nothing next to that position is used.
        margin = max(map(len, forms), default=0)
        begin = readable(bytes(self._head), forms)
        end = readable(tail, forms)
        return _joined(begin[: max(0, min(HEAD, len(begin) - margin))], end[margin:][-TAIL:], self.size)


def readable(raw: bytes, forms: Iterable[str]) -> str:
    """Output as text without terminal codes, other control characters and secrets."""
    text = _ESCAPE.sub("", raw.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n"))
    text = _CONTROL.sub("", text)
    for form in forms:
        text = text.replace(form, REDACTED)
    return scrub_lines(text).strip("\n")


def shortened(text: str) -> str:
    """The beginning and the end of a long text."""
    if len(text) <= HEAD + TAIL:
        return text
    return _joined(text[:HEAD], text[-TAIL:], len(text))


def scrub_lines(text: str) -> str:
    """The text without secrets of known patterns, which are searched in parts of limited size."""
    if len(text) <= 2 * (HEAD + TAIL):
        return scrub(text)
    return scrub(text[: HEAD + TAIL]) + text[HEAD + TAIL : -HEAD - TAIL] + scrub(text[-HEAD - TAIL :])


def forms_of(secrets: Iterable[str]) -> list[str]:
    """The forms in which each secret may appear in output, longest first: plain, by line, and in usual encodings."""
    return sorted({form for secret in secrets for form in _forms(secret) if form}, key=len, reverse=True)


def _forms(secret: str) -> Iterator[str]:
    plain = secret.replace("\r\n", "\n")
    encoded = base64.b64encode(secret.encode("utf-8", "surrogateescape")).decode("ascii")
    yield from (plain, plain.strip(), quote(secret, safe="", errors="replace"), quote_plus(secret, errors="replace"))
    yield from (json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], plain.replace("'", "'\\''"))
    yield from (encoded, encoded.rstrip("="), encoded.replace("+", "-").replace("/", "_").rstrip("="))
    yield from (line.strip() for line in plain.splitlines() if len(line.strip()) >= SHORT_LINE)


def _joined(begin: str, end: str, size: int) -> str:
    omitted = OMITTED(count=f"{max(0, size - len(begin) - len(end)):,}").en
    return f"{begin}\n{omitted}\n{end}"
