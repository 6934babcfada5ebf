"""A step that a person takes next, with a command line that is safe to paste."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from shared.model import NextStep
from shared.redaction import REDACTED
from shared.texts import Text


def next_step(text: Text, words: Sequence[str] = (), *names: str) -> NextStep:
    """A step with the command made of these words, quoted for a shell; `names`, such as a job, come last.

    The step has no command if a value is missing, redacted, not printable, or would be read as an option: an incomplete
    command is worse than none.
    """
    given = [*words, *names]
    is_whole = all(word and not word.endswith("=") and word.isprintable() and REDACTED not in word for word in given)
    is_safe = is_whole and not any(name.startswith("-") for name in names)
    return NextStep(text.en, text.ja, shlex.join(given) if is_safe else "")


def same_service(text: Text, service: str) -> NextStep:
    """The step that lists the other incidents of a service in the last day."""
    return next_step(text, ("hinomi", "incidents", "list", "--all", "--since=1d", f"--service={service}"))
