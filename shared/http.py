"""HTTP responses: which failures are transient, how long to wait before a retry, and the message of an error.

Callers retry themselves. urllib3's Retry does not suit them: it sleeps as long as Retry-After says, beyond the time
limit of a function, and its attempts would bypass the rate limiter of the history and the counter of API calls. The
worker retries actions and notifications from a row that survives a crash.
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
_CALLER_REJECTED = (401, 403, 404, 405, 407, 410, 451)
_CONTENT_FILTERED = (403, 405, 451)
_RESPONSE_LOST = (502, 504)


def is_success(status: int) -> bool:
    """Whether the request succeeded. A redirect does not count: no API answers with one."""
    return 200 <= status < 300


def is_transient(status: int) -> bool:
    """Whether the same request may succeed later: 408, 425, 429, and 5xx except 501 and 505."""
    return status in _TRANSIENT_CLIENT_ERRORS or (status >= 500 and status not in _PERMANENT_SERVER_ERRORS)


def rejects_caller(status: int) -> bool:
    """Whether the response rejects the caller or the address, so that every other request would fail too: 401, 403, 404, 410 and similar."""
    return status in _CALLER_REJECTED


def may_reject_content(status: int) -> bool:
    """Whether content filters also use this status, although it normally rejects the caller: 403, 405, 451."""
    return status in _CONTENT_FILTERED


def may_have_acted(failure: int | BaseException) -> bool:
    """Whether a failed request may have taken effect: a gateway got no response, or the connection ended after the request."""
    if isinstance(failure, int):
        return failure in _RESPONSE_LOST
    from requests import exceptions  # noqa: PLC0415
    from urllib3.exceptions import ProtocolError  # noqa: PLC0415

    if isinstance(failure, exceptions.ReadTimeout | exceptions.ChunkedEncodingError):
        return True
    return isinstance(failure, exceptions.ConnectionError) and any(
        isinstance(each, ProtocolError) for each in failure.args
    )


def was_never_sent(error: BaseException) -> bool:
    """Whether a failed request never reached the server, because no connection was made."""
    from requests import exceptions  # noqa: PLC0415

    if isinstance(error, exceptions.ConnectTimeout):
        return True
    return isinstance(error, exceptions.ConnectionError) and not may_have_acted(error)


def is_transient_error(error: BaseException) -> bool:
    """Whether the call that raised `error` may succeed later: no connection, a timeout, or a transient status."""
    status = status_of(error)
    if status is not None:
        return is_transient(status)
    return isinstance(error, _network_errors())


def status_of(error: BaseException) -> int | None:
    """The HTTP status in an exception of requests or google.api_core; None if it has none."""
    response = getattr(error, "response", None)  # requests keeps the response, google.api_core has the status in `code`
    for status in (getattr(response, "status_code", None), getattr(error, "code", None)):
        if isinstance(status, int):  # HTTPStatus is an int
            return int(status)
    return None


def requested_wait(response: requests.Response) -> float | None:
    """The seconds that a response asks the caller to wait, by the server's clock; None if it asks for no wait."""
    headers = response.headers
    return retry_after(headers.get("Retry-After", ""), _http_date(headers.get("Date", "")))


def retry_after(header: str, now: datetime | None) -> float | None:
    """The seconds in a Retry-After header, at most a day: a number or an HTTP date (RFC 9110, 10.2.3).

    None when the header is empty or invalid, and for a date when `now` is None.
    """
    if re.fullmatch(r"[0-9]{1,9}", header.strip()):
        return min(float(header), LONGEST_WAIT)
    moment = _http_date(header)
    if moment is None or now is None:
        return None
    return min(max((moment - now).total_seconds(), 0.0), LONGEST_WAIT)


def error_message(response: requests.Response) -> str:
    """The message of an error response on one line; empty if there is none.

    Google's error.message, Airflow's detail or title, Kafka Connect's message.
    """
    try:
        body = response.json()
    except ValueError:
        return ""
    if not isinstance(body, dict):
        return ""
    error = body.get("error")
    own = (body.get(name) for name in ("detail", "title", "message"))
    words = error.get("message") if isinstance(error, dict) else next(filter(None, own), None)
    return one_line(words, LONGEST_MESSAGE)


def error_reasons(response: requests.Response) -> list[str]:
    """The reasons in the details of a Google API error, such as SERVICE_DISABLED; empty for other responses."""
    try:
        body = response.json()
    except ValueError:
        return []
    error = body.get("error") if isinstance(body, dict) else None
    details = error.get("details") if isinstance(error, dict) else None
    found = details if isinstance(details, list) else []
    return [str(each["reason"]) for each in found if isinstance(each, dict) and "reason" in each]


def one_line(text: Any, limit: int = 1000) -> str:
    """A text on one line, at most `limit` characters; empty for None."""
    return " ".join(str(text or "").split())[:limit]


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _network_errors() -> tuple[type[BaseException], ...]:
    """Exceptions of network failures, imported only after a failure: most messages need none of these packages."""
    from socket import gaierror  # noqa: PLC0415

    from google.api_core.exceptions import RetryError  # noqa: PLC0415
    from google.auth.exceptions import TransportError  # noqa: PLC0415
    from requests import exceptions  # noqa: PLC0415

    builtin = (TransientError, ConnectionError, TimeoutError, gaierror)
    of_requests = (exceptions.ConnectionError, exceptions.Timeout, exceptions.ChunkedEncodingError)
    return (*builtin, *of_requests, RetryError, TransportError)
