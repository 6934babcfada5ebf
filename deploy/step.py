"""One command that changes something."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

UNKNOWN = "(known later: "


@dataclass(frozen=True, slots=True)
class Step:
    """`what` is the thing, `problem` says how it differs from the plan, `argv` is the gcloud command (without gcloud).

    `why` is the reason in the plan. `input_file` is a file whose content the command reads as --flags-file or --data-file.
    """

    what: str
    problem: str
    argv: tuple[str, ...]
    why: str = ""

    @property
    def command(self) -> str:
        """The command as a person would type it."""
        return shlex.join(("gcloud", *self.argv))

    @property
    def is_complete(self) -> bool:
        """Whether everything in the command is known by now."""
        return not any(UNKNOWN in part for part in self.argv)


def later(what: str) -> str:
    """Stands in a command for something that an earlier step makes."""
    return f"{UNKNOWN}{what})"
