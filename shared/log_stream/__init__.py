"""Where log lines go: standard output, which Cloud Logging reads, or beside the output of a command. It imports nothing else."""

from __future__ import annotations

import sys
from typing import TextIO

_beside_output = False


def stream() -> TextIO:
    """The stream of the next line."""
    return sys.stderr if _beside_output else sys.stdout


def beside_output() -> None:
    """From now on to standard error: the output of a command is on standard output, for people and pipes."""
    global _beside_output  # noqa: PLW0603 - of the process, like the streams
    _beside_output = True
