"""Describes the error of a collector in one line, for the Schema DB and the summary of a run."""

from __future__ import annotations

from shared.errors import HinomiError
from shared.http import one_line

MAX_CHARACTERS = 500


def describe(error: BaseException) -> str:
    """One line with the class of the error and its message; for Hinomi's own errors only the message."""
    message = one_line(error, MAX_CHARACTERS)
    if isinstance(error, HinomiError):
        return message
    return f"{type(error).__name__}: {message}" if message else type(error).__name__
