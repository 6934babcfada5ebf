"""Splits JSON text into its top-level objects, in constant memory.

It accepts JSON lines, an array (pretty printed or on one line), concatenated objects, and responses of the API's
entries.list, `{"entries": […]}`. The end of an object is found by the layout, which is fast, or otherwise by its
braces, which is always right; the same parser then reads every object, so that the layout does not change the result. A
broken object is reported and left out, and reading continues at the next one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import orjson

from shared.texts import Text
from shared.texts.cli import entries as texts

CHUNK_BYTES = 1 << 18
# Cloud Logging keeps an entry under 256 KB. A much longer text is not an entry, and must not fill the memory.
LIMIT_BYTES = 1 << 21
BORDER_BYTES = 64  # enough to distinguish the beginning of a page from an entry

_BETWEEN = re.compile(rb"[\s,\[\]]*+")
_NO_OBJECT = re.compile(rb'"(?:[^"\\\n]|\\.)*+"?|[^\s,\[\]{"]++')
_TO_BRACE = re.compile(rb'(?:[^"{}]++|"(?:[^"\\]++|\\.)*+")*+([{}])', re.DOTALL)
_NEXT_PAGE = rb'"nextPageToken"\s*:\s*"[^"]*"\s*'
_OPEN_PAGE = re.compile(rb"\{\s*(?:" + _NEXT_PAGE + rb",\s*)?\"entries\"\s*:\s*\[")
_OPENS_PAGE = re.compile(rb'\{\s*"(?:entries|nextPageToken)"')
_CLOSE_PAGE = re.compile(rb"(?:" + _NEXT_PAGE + rb")?\}")
_BRACE_ALONE = re.compile(rb"\{[ \t\r]*+\n")


class ByteSource(Protocol):
    """A source of bytes."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; none at the end."""


class TextWindow:
    """The part of the text in memory. Reading is at `at`, in line `line` (from 1), and moves forward."""

    def __init__(self, source: ByteSource) -> None:
        self._source = source
        self.text = b""
        self.at = 0
        self.line = 1

    def more(self) -> bool:
        """Reads more bytes. False at the end, or if the limit would be exceeded."""
        unread = len(self.text) - self.at
        if unread > LIMIT_BYTES:
            return False
        data = self._source.read(max(CHUNK_BYTES, unread))
        self.text = self.text[self.at :] + data
        self.at = 0
        return bool(data)

    def find(self, what: bytes, start: int = 0) -> int:
        """The distance to `what`, searched from `start`; -1 if it does not occur before the end or the limit."""
        while (index := self.text.find(what, self.at + start)) < 0:
            start = max(start, len(self.text) - self.at - len(what) + 1)
            if not self.more():
                return -1
        return index - self.at

    def take(self, length: int) -> bytes:
        """Returns and consumes the next bytes."""
        taken = self.text[self.at : self.at + length]
        self.at += length
        self.line += taken.count(b"\n")
        return taken

    def rest(self) -> int:
        """The number of unread bytes in memory."""
        return len(self.text) - self.at


class Splitter:
    """Finds the objects of one text. `report` is called with the line (from 1) and the mistake.

    `line` is the line in which the latest object begins.
    """

    def __init__(self, source: ByteSource, report: Callable[[int, Text], None]) -> None:
        self._window = TextWindow(source)
        self._report = report
        self.line = 1
        self._indent: bytes | None = b""
        self._open_arrays = 0
        self._pages: list[int] = []  # the number of open arrays at the beginning of each page
        self._reported_line = 0
        self._layout_helps = True
        self._is_lines = False

    def __iter__(self) -> Iterator[dict[str, Any] | None]:
        """The objects in order; None for a reported mistake."""
        while self._to_next_value():
            if self._window.text[self._window.at] == ord("{"):
                yield self._object()
            else:
                self._pass_other()
                yield None
        if self._open_arrays > 0 or self._pages:
            self._report(self._window.line, texts.ARRAY_WITHOUT_END)

    def _to_next_value(self) -> bool:
        """Moves to the next value. False at the end of the text."""
        window = self._window
        while True:
            match = _BETWEEN.match(window.text, window.at)
            skipped = window.take(match.end() - window.at if match else 0)
            self._open_arrays += skipped.count(b"[") - skipped.count(b"]")
            self._note_indent(skipped)
            if window.rest():
                if not self._passes_page_border():
                    return True
            elif not window.more():
                return False

    def _passes_page_border(self) -> bool:
        """Skips the beginning or the end of `{"entries": […]}`. False if something else follows."""
        window = self._window
        while window.rest() < BORDER_BYTES and window.more():
            pass
        if _OPENS_PAGE.match(window.text, window.at):
            window.find(b"[")
            return self._passes(_OPEN_PAGE, opens=True)
        if self._pages and self._open_arrays == self._pages[-1]:
            window.find(b"}")
            return self._passes(_CLOSE_PAGE, opens=False)
        return False

    def _passes(self, border: re.Pattern[bytes], *, opens: bool) -> bool:
        match = border.match(self._window.text, self._window.at)
        if match is None:
            return False
        self._window.take(match.end() - self._window.at)
        self._indent = None
        if opens:
            self._pages.append(self._open_arrays)
            self._open_arrays += 1
        else:
            self._pages.pop()
        return True

    def _note_indent(self, skipped: bytes) -> None:
        """Remembers the white space before the value in its line; None if something else is before it."""
        _, newline, after = skipped.rpartition(b"\n")
        if newline:
            self._indent = b""
        if self._indent is not None:
            self._indent += after
            if self._indent.strip():
                self._indent = None

    def _pass_other(self) -> None:
        """Skips a value that is not an object; a line with several is reported once."""
        match = _NO_OBJECT.match(self._window.text, self._window.at)
        if self._window.line != self._reported_line:
            self._reported_line = self._window.line
            self._report(self._window.line, texts.NO_OBJECT)
        self._window.take(match.end() - self._window.at if match else self._window.rest())
        self._indent = None

    def _object(self) -> dict[str, Any] | None:
        self.line = self._window.line
        length = self._guess() if self._layout_helps else -1
        value = self._parsed(length)
        if value is not None:
            self._is_lines = self._indent == b"" and self._window.find(b"\n") == length
        else:
            length = self._by_braces()
            value = self._parsed(length)
            self._layout_helps &= value is None
        if value is None:
            self._report_broken(length)
            length = self._to_resume(length)
        self._window.take(length)
        self._indent = None
        return value

    def _parsed(self, length: int) -> dict[str, Any] | None:
        if length < 0:
            return None
        try:
            value: dict[str, Any] = orjson.loads(self._window.text[self._window.at : self._window.at + length])
        except orjson.JSONDecodeError:
            return None
        return value

    def _guess(self) -> int:
        """The length of the object by its layout: one line, or up to the brace with the same indentation."""
        window = self._window
        if _BRACE_ALONE.match(window.text, window.at):
            closing = b"\n" + (self._indent or b"") + b"}"
            length = window.find(closing) if self._indent is not None else -1
            return length + len(closing) if length >= 0 else -1
        length = window.find(b"\n")
        return len(window.text[window.at : window.at + length].rstrip(b" \t\r,")) if length >= 0 else -1

    def _by_braces(self) -> int:
        """The length of the object by its braces; -1 when they do not close before the end or the limit."""
        while (length := _balanced(self._window.text, self._window.at)) < 0:
            if not self._window.more():
                return -1
        return length

    def _report_broken(self, length: int) -> None:
        window = self._window
        if length < 0:
            too_long = window.rest() > LIMIT_BYTES
            self._report(window.line, texts.TOO_LONG if too_long else texts.OBJECT_WITHOUT_END)
            return
        try:
            orjson.loads(window.text[window.at : window.at + length])
        except orjson.JSONDecodeError as error:
            self._report(window.line, texts.INVALID_JSON(error=error.msg))

    def _to_resume(self, length: int) -> int:
        """The distance to the next place to continue: a line with the same beginning, or the end of the object."""
        if self._is_lines and self._indent is not None:
            index = self._window.find(b"\n")
            return index if index >= 0 else self._window.rest()
        if self._indent is not None:
            index = self._window.find(b"\n" + self._indent + b"{", 1)
            if index >= 0 and not 0 <= length < index:
                return index
        return length if length >= 0 else self._window.rest()


def _balanced(text: bytes, start: int) -> int:
    """The length of the object at `start`, -1 if it does not end in `text`."""
    depth = 0
    at = start
    while match := _TO_BRACE.match(text, at):
        depth += 1 if match[1] == b"{" else -1
        at = match.end()
        if depth == 0:
            return at - start
    return -1
