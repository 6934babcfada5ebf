"""Foreign exceptions become ActionError here and nowhere else.

What can be tried again: no connection, a time-out, 408, 429 and 5xx. Everything else stays wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from shared.errors import ActionError, HinomiError

if TYPE_CHECKING:
    import requests

RETRIED_STATUS = (408, 429, 500, 502, 503, 504)


def check(response: requests.Response, what: str) -> requests.Response:
    """The response when it is 2xx. Raises ActionError that says `what` failed, with the status and Google's or Airflow's words."""
    if 200 <= response.status_code < 300:  # a redirect is no answer of an API
        return response
    raise ActionError(
        f"{what}: HTTP {response.status_code} {_words(response)}".strip(),
        permanent=response.status_code not in RETRIED_STATUS,
        retry_after=retry_after(response),
    )


def retry_after(response: requests.Response) -> float | None:
    """Seconds of the Retry-After header; None when there is none or it is a date."""
    text = response.headers.get("Retry-After", "")
    return float(text) if text.isdigit() else None


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Runs a call to the outside; its library's exceptions leave as ActionError (or stay HinomiError)."""
    try:
        yield
    except HinomiError:
        raise
    except Exception as error:
        raise _action_error(error, what) from error


def _action_error(error: Exception, what: str) -> ActionError:
    """A fault of the network or the database may pass; one of the request or of our own code will not."""
    text = f"{what}: {type(error).__name__}"
    response = getattr(error, "response", None)
    code = getattr(response, "status_code", None) or getattr(error, "code", None)
    if isinstance(code, int):  # requests keeps the answer; google.api_core's errors have the status as code
        return ActionError(f"{text} (HTTP {code})", permanent=code not in RETRIED_STATUS)
    return ActionError(text, permanent=not _passes(error))


def _passes(error: Exception) -> bool:
    import requests  # noqa: PLC0415
    from google.auth.exceptions import TransportError  # noqa: PLC0415
    from sqlalchemy.exc import DBAPIError  # noqa: PLC0415

    passing = (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError)
    return isinstance(error, (*passing, TransportError, DBAPIError, ConnectionError, TimeoutError))


def _words(response: requests.Response) -> str:
    """The error's own words in one short line: Google's error.message, Airflow's detail or title."""
    try:
        body = response.json()
    except ValueError:
        return ""
    if not isinstance(body, dict):
        return ""
    error = body.get("error")
    words = error.get("message") if isinstance(error, dict) else body.get("detail") or body.get("title")
    return " ".join(str(words or "").split())[:200]
