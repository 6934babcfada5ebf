"""Reads lists over the REST APIs of Google and Airflow: checked, counted, tried again when that may help."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from collectors.history_analysis.collector import SnapshotContext
from collectors.history_analysis.errors import PASSING_STATUS
from shared.error_responses import error_words
from shared.errors import HinomiError, TransientError

if TYPE_CHECKING:
    import requests

WAITS = (0.5, 2.0)  # seconds before the second and the third try
LONGEST_WAIT = 20.0


class RestError(HinomiError):
    """An answer that is no success; `code` is its HTTP status."""

    def __init__(self, what: str, code: int, words: str) -> None:
        self.code = code
        super().__init__(f"{what}: HTTP {code} {words}".strip())


def get(
    context: SnapshotContext, session: requests.Session, url: str, params: Mapping[str, Any], quota: str
) -> dict[str, Any]:
    """The JSON object of an answer. A refusal that may pass is tried three times. Raises RestError."""
    for wait in (*WAITS, None):
        context.call(quota)
        response = session.get(url, params=dict(params), allow_redirects=False)
        if 200 <= response.status_code < 300:
            break
        if wait is None or response.status_code not in PASSING_STATUS:
            raise RestError(url.partition("?")[0], response.status_code, error_words(response))
        asked = response.headers.get("Retry-After", "")
        time.sleep(min(float(asked), LONGEST_WAIT) if asked.isdigit() else wait)
    body = response.json()
    return body if isinstance(body, dict) else {}


def pages(
    context: SnapshotContext, url: str, params: Mapping[str, Any], *, quota: str = "other.read", token: str = ""
) -> Iterator[tuple[dict[str, Any], str]]:
    """Every page of a Google list, and the token of the one after it (empty after the last). Raises RestError."""
    while True:
        page = get(context, context.clients.http(), url, {**params, "pageToken": token} if token else params, quota)
        token = str(page.get("nextPageToken") or "")
        yield page, token
        if not token:
            return


def unread(what: str, places: Iterable[str]) -> TransientError:
    """The list came, but without these places: a run that fails with this has its window read again."""
    return TransientError(f"{what} of {', '.join(sorted(set(places)))} could not be listed; what came is kept")


def time_of(text: Any) -> datetime | None:
    """An RFC 3339 time in UTC, None for what is none."""
    if not isinstance(text, str) or not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
