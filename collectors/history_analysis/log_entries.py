"""Reads log entries from Cloud Logging, page by page, oldest first. Query language: docs.cloud.google.com/logging/docs/view/logging-query-language."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from shared.clients import Clients

PAGE = 1000  # the maximum of the API
TIMEOUT_SECONDS = 60.0


class LogReader(Protocol):
    """The reader of the logs: the client, and the counter of its calls."""

    @property
    def clients(self) -> Clients:
        """The clients of Google's APIs."""

    def calls(self, quota: str) -> AbstractContextManager[None]:
        """Counts the calls in the block."""


def pages(context: LogReader, names: Sequence[str], query: str) -> Iterator[Any]:
    """The pages of the entries of some projects, folders or organizations; an empty page may not be the last."""
    from google.cloud.logging_v2.types import ListLogEntriesRequest  # noqa: PLC0415

    token = ""
    while True:
        request = ListLogEntriesRequest(
            resource_names=names, filter=query, order_by="timestamp asc", page_size=PAGE, page_token=token
        )
        page = _page(context, request)
        yield page
        token = page.next_page_token
        if not token:
            return


def times(start: datetime, end: datetime) -> str:
    """The condition of a query for entries from `start` until before `end`."""
    return f'timestamp>="{start.isoformat()}" AND timestamp<"{end.isoformat()}"'


def _page(context: LogReader, request: Any) -> Any:
    from google.api_core.exceptions import ServiceUnavailable, TooManyRequests  # noqa: PLC0415
    from google.api_core.retry import Retry, if_exception_type  # noqa: PLC0415

    again = Retry(
        predicate=if_exception_type(ServiceUnavailable, TooManyRequests), initial=1.0, maximum=30.0, timeout=120.0
    )
    with context.calls("logging.read"):
        pager = context.clients.logging().list_log_entries(request=request, retry=again, timeout=TIMEOUT_SECONDS)
        page = next(iter(pager.pages))
    return type(page).pb(page)
