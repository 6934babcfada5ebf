"""What went wrong in a collector: in one line, and whether it may pass."""

from __future__ import annotations

from shared.errors import HinomiError, TransientError

PASSING_STATUS = (408, 429, 500, 502, 503, 504)
MAX_WORDS = 500


def passes(error: BaseException) -> bool:
    """Whether the same call may work later: no connection, a time-out, 408, 429 and 5xx.

    Google's errors have the HTTP status as `code`, those of requests keep the answer; both network errors are OSErrors.
    """
    status = _status(error)
    if status is not None:
        return status in PASSING_STATUS
    return isinstance(error, TransientError | OSError) or type(error).__name__ in ("RetryError", "TransportError")


def describe(error: BaseException) -> str:
    """One line with the kind of error, unless it is one of ours, which speak for themselves."""
    words = " ".join(str(error).split())[:MAX_WORDS]
    if isinstance(error, HinomiError):
        return words
    return f"{type(error).__name__}: {words}" if words else type(error).__name__


def _status(error: BaseException) -> int | None:
    answer = getattr(error, "response", None)
    for status in (getattr(answer, "status_code", None), getattr(error, "code", None)):
        if isinstance(status, int):  # an HTTPStatus is one
            return int(status)
    return None
