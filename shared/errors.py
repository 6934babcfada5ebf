"""The errors of Hinomi.

HinomiError
├── TransientError      raise it: the function answers 500 and Pub/Sub delivers the message again
├── PermanentError      it will never work: the message is stored in rejected_messages and acknowledged
├── InputError          something that the user wrote is wrong; says what to do, with file and line
└── ActionError         an action failed; `permanent`: a retry cannot help
    ├── TargetRefusedError      a remediation refuses to change its target, for a named reason
    ├── ConflictError           the target changed between the plan and the call: plan again
    ├── ChannelError            a notification channel accepts no message, whatever its content
    └── MessageRejectedError    a notification channel does not accept this message
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

from shared.texts import Text, as_text, joined


class HinomiError(Exception):
    """The root of every error that Hinomi raises on purpose. `text` describes the problem and the remedy."""

    def __init__(self, text: Text | str = "") -> None:
        self.text = as_text(text)
        super().__init__(self.text.en)

    def in_language(self, language: str) -> str:
        """The whole message in a language. `str` gives the English one."""
        return self.text.in_language(language)

    @property
    def full_text(self) -> Text:
        """The whole message in every language."""
        return Text(en=self.in_language("en"), ja=self.in_language("ja"))


class TransientError(HinomiError):
    """A dependency is unavailable for a moment; the same call may succeed later."""


class PermanentError(HinomiError):
    """An error that a retry with the same input cannot fix."""


class InputError(HinomiError):
    """A file, an argument or a setting is invalid.

    `text` is one line that says what to do, `message` the same in English. `file` and `line` (from 1) say where.
    """

    def __init__(self, text: Text | str, *, file: Path | str | None = None, line: int | None = None) -> None:
        super().__init__(text)
        self.file = str(file) if file is not None else None
        self.line = line

    @property
    def message(self) -> str:
        """The problem in English, without file and line."""
        return self.text.en

    def __str__(self) -> str:
        return self.in_language("en")

    def in_language(self, language: str) -> str:
        """The location and the problem, as `file:line: problem`."""
        where = ":".join(str(part) for part in (self.file, self.line) if part is not None)
        message = self.text.in_language(language)
        return f"{where}: {message}" if where else message


class PersonRefusedError(InputError):
    """A person is not allowed to do the requested change; the text says who is."""


class ActionError(HinomiError):
    """A remediation or a notification failed.

    `text` says why, and never contains a secret. `permanent` says that a retry cannot help; `retry_after` is the number of
    seconds that the server asked to wait, if it did. `maybe_done`: the other side may have acted, because the request was
    sent and its response was lost. `status` is the HTTP status of the response, if any. `details` are stored with
    the run, such as the output of a script.
    """

    def __init__(
        self,
        text: Text | str,
        *,
        permanent: bool,
        retry_after: float | None = None,
        maybe_done: bool = False,
        status: int | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(text)
        self.status = status
        self.details = dict(details or {})
        self.permanent = permanent
        self.retry_after = retry_after
        self.maybe_done = maybe_done


class TargetRefusal(StrEnum):
    """Why a remediation refuses to change its target."""

    TARGET_NOT_FOUND = "target_not_found"
    OTHER_TARGET = "other_target"  # it is not what the incident says
    TARGET_CHANGED = "target_changed"  # an undo would overwrite a later change
    DENIED = "denied"
    LIMIT_REACHED = "limit_reached"  # it was tried as often as its parameters allow
    NO_UNDO = "no_undo"


class TargetRefusedError(ActionError):
    """A remediation refuses to change its target: it does not exist, or is not what the incident says. Permanent."""

    def __init__(self, text: Text | str, reason: TargetRefusal) -> None:
        super().__init__(text, permanent=True)
        self.reason = reason


class ConflictError(ActionError):
    """The target changed between the plan and the call, so that the precondition failed: nothing was changed."""

    def __init__(self, text: Text | str, *, status: int | None = None) -> None:
        super().__init__(text, permanent=False, status=status)


class ChannelError(ActionError):
    """A notification channel rejects every message, such as a webhook that no longer exists.

    The notification stays due: the channel is retried until it works. `filter_status` is the HTTP status if content
    filters use it too: then the channel is not broken if it accepts a simpler message.
    """

    def __init__(
        self,
        text: Text | str,
        *,
        retry_after: float | None = None,
        filter_status: int | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(text, permanent=True, retry_after=retry_after, status=status)
        self.filter_status = filter_status


class MessageRejectedError(ActionError):
    """A notification channel rejects this message, for example because it is too large; it may accept another one."""

    def __init__(self, text: Text | str) -> None:
        super().__init__(text, permanent=True)


class InvalidValueError(ValueError):
    """A value of a file is invalid. `text` is the reason or the correction; the reader of the file adds the location."""

    def __init__(self, text: Text) -> None:
        self.text = text
        super().__init__(text.en)


def text_of(error: Exception) -> Text:
    """The text of an error: in every language for errors of Hinomi, verbatim for others."""
    return error.text if isinstance(error, InvalidValueError | HinomiError) else as_text(str(error))


def messages(errors: Iterable[HinomiError]) -> Text:
    """The whole messages of several errors, one per line."""
    return joined((error.full_text for error in errors), Text.verbatim("\n"))
