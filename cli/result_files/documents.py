"""Reads the JSON documents of a file: one document, an array of documents, or JSON lines; each with its line."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from shared.errors import InputError
from shared.texts.cli import result_files as texts

STANDARD_INPUT = "-"
_SPACE = re.compile(r"[\s,]*")
_DECODER = json.JSONDecoder()


def text_of(name: str) -> str:
    """The text of a file, or of standard input. Raises InputError."""
    if name == STANDARD_INPUT:
        return sys.stdin.read()
    try:
        return Path(name).read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(texts.CANNOT_READ(error=error.strerror or str(error)), file=name) from error
    except UnicodeDecodeError as error:
        raise InputError(texts.NO_UTF8, file=name) from error


def documents(text: str, name: str) -> Iterator[tuple[int, Any]]:
    """Each document with the line on which it begins. Raises InputError with the line of a mistake."""
    text = text.removeprefix("\ufeff")
    at = _skip(text, 0)
    is_array = text.startswith("[", at)
    at = _skip(text, at + 1) if is_array else at
    while at < len(text) and not (is_array and text[at] == "]"):
        line = text.count("\n", 0, at) + 1
        try:
            document, end = _DECODER.raw_decode(text, at)
        except json.JSONDecodeError as error:
            raise InputError(texts.NO_JSON(reason=error.msg), file=name, line=error.lineno) from error
        except RecursionError as error:
            raise InputError(texts.TOO_DEEP, file=name, line=line) from error
        yield line, document
        at = _skip(text, end)
    if is_array and (at >= len(text) or text[at + 1 :].strip()):
        raise InputError(texts.ENDLESS, file=name, line=text.count("\n", 0, at) + 1)


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at
