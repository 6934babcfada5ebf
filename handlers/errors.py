"""Translates exceptions of other libraries to ActionError.

A transient failure (shared/http.py, or an unavailable database) is retried; all others are permanent.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from shared.errors import ActionError, ChannelError, HinomiError
from shared.http import (
    error_message,
    is_success,
    is_transient,
    is_transient_error,
    rejects_caller,
    requested_wait,
    status_of,
)
from shared.texts import Text, actions

if TYPE_CHECKING:
    import requests


def check(response: requests.Response, call: Text) -> requests.Response:
    """The response if it is 2xx. Raises ActionError with `call`, the status and Google's or Airflow's message.

    A status that rejects the caller or the address raises ChannelError, so that a notification waits until the channel
    works.
    """
    status = response.status_code
    if is_success(status):
        return response
    message, wait = error_message(response), requested_wait(response)
    text = (
        actions.HTTP_MESSAGE(call=call, status=status, message=message)
        if message
        else actions.HTTP(call=call, status=status)
    )
    if rejects_caller(status):
        raise ChannelError(text, retry_after=wait, status=status)
    raise ActionError(text, permanent=not is_transient(status), retry_after=wait, status=status)


@contextmanager
def translated(call: str) -> Iterator[None]:
    """Runs a block that calls other systems, and raises exceptions of libraries as ActionError."""
    try:
        yield
    except HinomiError:
        raise
    except Exception as error:
        raise _action_error(error, call) from error


def _action_error(error: Exception, call: str) -> ActionError:
    """An error with only the class of `error`, because the text may contain a secret."""
    kind, status = type(error).__name__, status_of(error)
    text = (
        actions.CALL_FAILED(call=call, error=kind)
        if status is None
        else actions.CALL_FAILED_STATUS(call=call, error=kind, status=status)
    )
    return ActionError(text, permanent=not _may_succeed_later(error))


def _may_succeed_later(error: Exception) -> bool:
    from sqlalchemy.exc import DBAPIError  # noqa: PLC0415

    return is_transient_error(error) or isinstance(error, DBAPIError)
