"""The stream for log lines: standard output, which Cloud Logging reads, or standard error for commands.

This module imports nothing else of Hinomi.
"""

from __future__ import annotations

import sys
from typing import TextIO

_beside_output = False


def stream() -> TextIO:
    """The stream that the next log line is written to."""
    return sys.stderr if _beside_output else sys.stdout


def beside_output() -> None:
    """Sends log lines to standard error from now on, because a command prints its output to standard output."""
    global _beside_output  # noqa: PLW0603 - of the process, like the streams
    _beside_output = True
