"""HTTP answers: which failures are transient, how long to wait before a retry, and what an error response says.

The retries themselves stay with the callers. urllib3's Retry fits none of them: it sleeps as long as Retry-After asks,
past the time limit of a function, and its tries would escape the quota limiter of the history and the counter of API
calls. Actions and notifications are retried by the worker, from a row that survives a crash.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from shared.errors import TransientError

if TYPE_CHECKING:
    import requests

LONGEST_MESSAGE = 200  # characters
LONGEST_WAIT = 86_400.0  # seconds

_TRANSIENT_CLIENT_ERRORS = (408, 425, 429)
_PERMANENT_SERVER_ERRORS = (501, 505)


def is_success(status: int) -> bool:
    """Whether an API did what was asked. A redirect is not an answer of an API."""
    return 200 <= status < 300


def is_transient(status: int) -> bool:
    """Whether the same request may succeed later: 408, 425, 429, and 5xx except 501 and 505."""
    return status in _TRANSIENT_CLIENT_ERRORS or (status >= 500 and status not in _PERMANENT_SERVER_ERRORS)


def is_transient_error(error: BaseException) -> bool:
    """Whether the call that raised `error` may succeed later: no connection, a timeout or a transient status."""
    status = status_of(error)
    if status is not None:
        return is_transient(status)
    return isinstance(error, _network_errors())


def status_of(error: BaseException) -> int | None:
    """The HTTP status that an exception of requests or google.api_core carries, None without one."""
    response = getattr(error, "response", None)  # requests keeps the response; google.api_core has the status as code
    for status in (getattr(response, "status_code", None), getattr(error, "code", None)):
        if isinstance(status, int):  # HTTPStatus is an int
            return int(status)
    return None


def requested_wait(response: requests.Response) -> float | None:
    """Seconds that the server asks to wait, by its own clock. None when it asks for none."""
    headers = response.headers
    return retry_after(headers.get("Retry-After", ""), _http_date(headers.get("Date", "")))


def retry_after(header: str, now: datetime | None) -> float | None:
    """Seconds that a Retry-After header asks to wait, at most a day: a number or an HTTP date (RFC 9110, 10.2.3).

    None when the header is empty or unreadable, and for a date when `now` is unknown.
    """
    if re.fullmatch(r"[0-9]{1,9}", header.strip()):
        return min(float(header), LONGEST_WAIT)
    moment = _http_date(header)
    if moment is None or now is None:
        return None
    return min(max((moment - now).total_seconds(), 0.0), LONGEST_WAIT)


def error_message(response: requests.Response) -> str:
    """The message of an error response in one line: Google's error.message, Airflow's detail or title. Empty without."""
    try:
        body = response.json()
    except ValueError:
        return ""
    if not isinstance(body, dict):
        return ""
    error = body.get("error")
    words = error.get("message") if isinstance(error, dict) else body.get("detail") or body.get("title")
    return one_line(words, LONGEST_MESSAGE)


def one_line(text: Any, limit: int = 1000) -> str:
    """The words of a text on one line, at most `limit` characters; empty for None."""
    return " ".join(str(text or "").split())[:limit]


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _network_errors() -> tuple[type[BaseException], ...]:
    """Imported only after a failure: a message that matches nothing needs none of these packages."""
    from socket import gaierror  # noqa: PLC0415

    from google.api_core.exceptions import RetryError  # noqa: PLC0415
    from google.auth.exceptions import TransportError  # noqa: PLC0415
    from requests import exceptions  # noqa: PLC0415

    ours = (TransientError, ConnectionError, TimeoutError, gaierror)
    theirs = (exceptions.ConnectionError, exceptions.Timeout, exceptions.ChunkedEncodingError)
    return (*ours, *theirs, RetryError, TransportError)
