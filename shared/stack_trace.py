"""Stack traces that are safe to log: the location of an error, and its message only if it cannot be a payload."""

from __future__ import annotations

import traceback
from collections.abc import Iterator

from shared.errors import HinomiError

LONGEST_TEXT = 300  # characters of each error's own text
LONGEST = 20_000  # characters in total; the end is kept, because it names the error

_CAUSE = "\nThe above exception was the direct cause of the following exception:\n\n"
_CONTEXT = "\nDuring handling of the above exception, another exception occurred:\n\n"
# Modules whose errors describe servers and permissions. Errors of other modules may repeat the input that they failed
# on: a value from a log entry, or (requests, urllib3) the URL of a webhook, which is a secret.
_SHOWN_PACKAGES = ("google", "grpc", "psycopg", "sqlalchemy")


def one_line(error: BaseException) -> str:
    """The type of an error, and the first line of its message if that cannot be a payload."""
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    lines = str(error).splitlines() if _may_show_text(error) else []
    return f"{name}: {lines[0][:LONGEST_TEXT]}" if lines else name


def stack(error: BaseException) -> str:
    """The stack trace in Python's own format, which Error Reporting recognizes; causes come first."""
    return "".join(_parts(error, set()))[-LONGEST:]


def _may_show_text(error: BaseException) -> bool:
    package = type(error).__module__.split(".")[0]
    system = isinstance(error, OSError) and package == "builtins"
    return system or isinstance(error, HinomiError) or package in _SHOWN_PACKAGES


def _parts(error: BaseException, seen: set[int]) -> Iterator[str]:
    seen.add(id(error))
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None and id(before) not in seen:
        yield from _parts(before, seen)
        yield _CAUSE if before is error.__cause__ else _CONTEXT
    yield "Traceback (most recent call last):\n"
    yield from traceback.format_tb(error.__traceback__)
    yield one_line(error) + "\n"
