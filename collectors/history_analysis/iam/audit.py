"""Audit logs, hour by hour: who did what how often, which grants changed, and where the evidence is complete.

An hour is counted whole every time, so reading it again changes nothing. Query language:
docs.cloud.google.com/logging/docs/view/logging-query-language.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from collectors.history_analysis.collector import Batch, SnapshotContext
from collectors.history_analysis.iam.audit_config import audited_services
from collectors.history_analysis.iam.audit_entries import Call, read
from shared.history import BindingChangeRow, CoverageRow, Row, UserActionRow

HOUR = timedelta(hours=1)
PAGE = 1000  # the largest that the API takes
TIMEOUT_SECONDS = 60.0
MOST_NETWORKS, MOST_PERMISSIONS = 20, 50
ACTIVITY, DATA_ACCESS = "cloudaudit.googleapis.com/activity", "cloudaudit.googleapis.com/data_access"
ALWAYS_AUDITED = ("bigquery.googleapis.com",)  # docs.cloud.google.com/logging/docs/audit: cannot be switched off
Key = tuple[str, str, str, str]


@dataclass(slots=True)
class _Count:
    """What one principal did with one method on one resource in the hour."""

    first: datetime
    last: datetime
    count: int = 0
    denied: int = 0
    networks: set[str] = field(default_factory=set)
    permissions: set[str] = field(default_factory=set)

    def add(self, call: Call) -> None:
        self.first, self.last = min(self.first, call.time), max(self.last, call.time)
        self.count += 1
        self.denied += call.denied
        if call.network and len(self.networks) < MOST_NETWORKS:
            self.networks.add(call.network)
        if len(self.permissions) < MOST_PERMISSIONS:
            self.permissions.update(call.permissions)


@dataclass(slots=True)
class _Hour:
    """What the entries of one hour say."""

    start: datetime
    project: str
    counts: dict[Key, _Count] = field(default_factory=dict)
    changes: list[BindingChangeRow] = field(default_factory=list)
    services: set[str] = field(default_factory=set)

    def add(self, call: Call, changes: Iterable[BindingChangeRow]) -> None:
        key = (call.principal, call.service, call.method, call.resource)
        self.counts.setdefault(key, _Count(call.time, call.time)).add(call)
        self.changes += changes
        if call.log_id == DATA_ACCESS:
            self.services.add(call.service)

    def rows(self) -> Iterator[Row]:
        for (principal, service, method, resource), found in sorted(self.counts.items()):
            yield UserActionRow(
                hour=self.start,
                project=self.project,
                principal=principal,
                service=service,
                method=method,
                resource=resource,
                count=found.count,
                denied=found.denied,
                first_at=found.first,
                last_at=found.last,
                networks=sorted(found.networks),
                permissions=sorted(found.permissions)[:MOST_PERMISSIONS],
            )
        yield from self.changes


def collect(context: SnapshotContext) -> Iterator[Batch]:
    """One batch for each whole hour of the window."""
    project = context.scope.removeprefix("projects/")
    start = _whole(context.window_start)
    end = _whole(context.window_end)
    if context.checkpoint:
        start = datetime.fromisoformat(context.checkpoint["hour"])
    services = audited_services(context, project)
    first, total = start, max((end - start) / HOUR, 1)
    while start < end:
        hour = _Hour(start, project)
        for entry in _entries(context, start):
            told = read(entry, project)
            if told is not None:
                hour.add(*told)
        covered = _coverage(project, services | hour.services, start)
        start += HOUR
        yield Batch([*hour.rows(), *covered], {"hour": start.isoformat()}, done=((start - first) / HOUR) / total)


def _coverage(project: str, services: set[str], start: datetime) -> Iterator[CoverageRow]:
    """The logs of administration are always on; those of data access where the configuration or an entry says so."""
    yield CoverageRow(f"admin_activity/{project}", start, start + HOUR)
    for service in sorted({*services, *ALWAYS_AUDITED}):
        yield CoverageRow(f"data_access/{project}/{service}", start, start + HOUR)


def _entries(context: SnapshotContext, start: datetime) -> Iterator[Any]:
    """The audit entries of an hour, oldest first."""
    from google.cloud.logging_v2.types import ListLogEntriesRequest  # noqa: PLC0415

    token = ""
    while True:
        request = ListLogEntriesRequest(
            resource_names=[context.scope],
            filter=entry_filter(start, start + HOUR),
            order_by="timestamp asc",
            page_size=PAGE,
            page_token=token,
        )
        page = _page(context, request)
        yield from page.entries
        token = page.next_page_token
        if not token:
            return


def entry_filter(start: datetime, end: datetime) -> str:
    """What to ask Cloud Logging for."""
    times = f'timestamp>="{start.isoformat()}" AND timestamp<"{end.isoformat()}"'
    return f'(log_id("{ACTIVITY}") OR log_id("{DATA_ACCESS}")) AND {times}'


def _page(context: SnapshotContext, request: Any) -> Any:
    from google.api_core.exceptions import ServiceUnavailable, TooManyRequests  # noqa: PLC0415
    from google.api_core.retry import Retry, if_exception_type  # noqa: PLC0415

    again = Retry(
        predicate=if_exception_type(ServiceUnavailable, TooManyRequests), initial=1.0, maximum=30.0, timeout=120.0
    )
    with context.calls("logging.read"):
        pager = context.clients.logging().list_log_entries(request=request, retry=again, timeout=TIMEOUT_SECONDS)
        page = next(iter(pager.pages))
    return type(page).pb(page)


def _whole(time: datetime) -> datetime:
    return time.replace(minute=0, second=0, microsecond=0)
