"""Reads lists over the REST APIs of Google and Airflow. Counts each call and retries transient failures."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from collectors.history_analysis.collector import SnapshotContext
from shared.errors import HinomiError, TransientError
from shared.http import error_message, error_reasons, is_success, is_transient, requested_wait
from shared.texts.history import errors as history_errors

if TYPE_CHECKING:
    import requests

WAITS = (0.5, 2.0)  # seconds before the second and the third try
LONGEST_WAIT = 20.0


class RestError(HinomiError):
    """The API returned an error; `code` is its HTTP status. `is_disabled` is True if the API is not enabled."""

    def __init__(self, what: str, code: int, words: str, *, is_disabled: bool = False) -> None:
        self.code = code
        self.is_disabled = is_disabled
        super().__init__(f"{what}: HTTP {code} {words}".strip())


def get(
    context: SnapshotContext, session: requests.Session, url: str, params: Mapping[str, Any], quota: str
) -> dict[str, Any]:
    """The JSON object in the response; empty for other JSON. A transient status is retried twice.

    Raises RestError for any other error.
    """
    for wait in (*WAITS, None):
        context.call(quota)
        response = session.get(url, params=dict(params), allow_redirects=False)
        if is_success(response.status_code):
            break
        if wait is None or not is_transient(response.status_code):
            words, disabled = error_message(response), "SERVICE_DISABLED" in error_reasons(response)
            raise RestError(url.partition("?")[0], response.status_code, words, is_disabled=disabled)
        delay = requested_wait(response)
        time.sleep(wait if delay is None else min(delay, LONGEST_WAIT))
    body = response.json()
    return body if isinstance(body, dict) else {}


def pages(
    context: SnapshotContext, url: str, params: Mapping[str, Any], *, quota: str = "other.read", token: str = ""
) -> Iterator[tuple[dict[str, Any], str]]:
    """All pages of a Google list, each with the token of the next page (empty after the last).

    Raises RestError if a page fails.
    """
    while True:
        page = get(context, context.clients.http(), url, {**params, "pageToken": token} if token else params, quota)
        token = str(page.get("nextPageToken") or "")
        yield page, token
        if not token:
            return


def unread(what: str, locations: Iterable[str]) -> TransientError:
    """The error for a list that lacks these locations: the run fails, and its window is read again."""
    return TransientError(history_errors.PARTIAL(places=f"{what} of {', '.join(sorted(set(locations)))}"))
