"""The errors of Hinomi.

HinomiError
├── TransientError      raise it: the function answers 500 and Pub/Sub delivers the message again
├── PermanentError      it will never work: the message is stored in rejected_messages and acknowledged
├── InputError          something that the user wrote is wrong; says what to do, with file and line
└── ActionError         an action failed; knows whether trying again can help
"""

from __future__ import annotations

from pathlib import Path

from shared.texts import Text, as_text


class HinomiError(Exception):
    """The root of every error that Hinomi raises on purpose."""


class TransientError(HinomiError):
    """Something outside is away for a moment; the same call may work later."""


class PermanentError(HinomiError):
    """The same input will never work."""


class InputError(HinomiError):
    """A file, an argument or a setting is wrong.

    `message` is one line that says what to do. `file` and `line` (from 1) say where.
    """

    def __init__(self, message: str, *, file: Path | str | None = None, line: int | None = None) -> None:
        self.message = message
        self.file = str(file) if file is not None else None
        self.line = line
        super().__init__(message)

    def __str__(self) -> str:
        where = ":".join(str(part) for part in (self.file, self.line) if part is not None)
        return f"{where}: {self.message}" if where else self.message


class ActionError(HinomiError):
    """A remediation or a notification failed.

    `text` says why, and never holds a secret. `permanent` says that a retry cannot help; `retry_after` is the number
    of seconds that the other side asked us to wait, if it did.
    """

    def __init__(self, text: Text | str, *, permanent: bool, retry_after: float | None = None) -> None:
        self.text = as_text(text)
        self.permanent = permanent
        self.retry_after = retry_after
        super().__init__(self.text.en)
