"""Foreign exceptions become ActionError here and nowhere else.

What can be tried again: no connection, a time-out, 408, 429 and 5xx. Everything else stays wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from shared.error_responses import error_words
from shared.errors import ActionError, HinomiError
from shared.texts import Text, actions

if TYPE_CHECKING:
    import requests

RETRIED_STATUS = (408, 429, 500, 502, 503, 504)
LONGEST_WAIT_SECONDS = 86_400.0


def check(response: requests.Response, call: Text) -> requests.Response:
    """The response when it is 2xx. Raises ActionError with `call`, the status and Google's or Airflow's message."""
    if 200 <= response.status_code < 300:  # a redirect is no answer of an API
        return response
    status, message = response.status_code, error_words(response)
    raise ActionError(
        actions.HTTP_MESSAGE(call=call, status=status, message=message)
        if message
        else actions.HTTP(call=call, status=status),
        permanent=status not in RETRIED_STATUS,
        # By the clock of the other side, which wrote both dates.
        retry_after=seconds_to_wait(
            response.headers.get("Retry-After", ""), _http_date(response.headers.get("Date", ""))
        ),
    )


def seconds_to_wait(header: str, now: datetime | None) -> float | None:
    """Seconds from now that a Retry-After header asks for, at most a day: a number or an HTTP date (RFC 9110, 10.2.3).

    None when it asks for nothing that can be read; a date needs `now`.
    """
    if re.fullmatch(r"[0-9]{1,9}", header.strip()):
        return min(float(header), LONGEST_WAIT_SECONDS)
    moment = _http_date(header)
    if moment is None or now is None:
        return None
    return min(max((moment - now).total_seconds(), 0.0), LONGEST_WAIT_SECONDS)


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@contextmanager
def translated(call: str) -> Iterator[None]:
    """Runs a call to the outside; its library's exceptions leave as ActionError (or stay HinomiError)."""
    try:
        yield
    except HinomiError:
        raise
    except Exception as error:
        raise _action_error(error, call) from error


def _action_error(error: Exception, call: str) -> ActionError:
    """A fault of the network or the database may pass; one of the request or of our own code will not."""
    kind = type(error).__name__
    response = getattr(error, "response", None)
    code = getattr(response, "status_code", None) or getattr(error, "code", None)
    if isinstance(code, int):  # requests keeps the answer; google.api_core's errors have the status as code
        text = actions.CALL_FAILED_STATUS(call=call, error=kind, status=code)
        return ActionError(text, permanent=code not in RETRIED_STATUS)
    return ActionError(actions.CALL_FAILED(call=call, error=kind), permanent=not _passes(error))


def _passes(error: Exception) -> bool:
    import requests  # noqa: PLC0415
    from google.auth.exceptions import TransportError  # noqa: PLC0415
    from sqlalchemy.exc import DBAPIError  # noqa: PLC0415

    passing = (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError)
    return isinstance(error, (*passing, TransportError, DBAPIError, ConnectionError, TimeoutError))
