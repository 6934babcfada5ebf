"""Reads audit logs: hourly counts of calls, changes of grants, and the coverage of the logs.

Hours are always counted completely, so reading an hour again changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from collectors.history_analysis.collector import Batch, SnapshotContext
from collectors.history_analysis.iam.audit_entries import SYSTEM_EVENT, TABLE_EXPIRED, read
from collectors.history_analysis.iam.audit_hours import HOUR, Hours, hour_of
from collectors.history_analysis.iam.levels import ask, inside
from collectors.history_analysis.log_entries import pages, times
from shared.history import CoverageRow

SPAN = timedelta(days=1)  # the period of one list request
MOST_NAMES = 100  # the maximum of resource names in one call
ACTIVITY, DATA_ACCESS = "cloudaudit.googleapis.com/activity", "cloudaudit.googleapis.com/data_access"
# Without it Cloud Logging silently omits Data Access entries (logging/docs/access-control).
PRIVATE = "logging.privateLogEntries.list"


def collect(context: SnapshotContext) -> Iterator[Batch]:
    """Yields batches of whole hours: the hours completed by a page, and the remaining hours of a span after its last page."""
    start, end = hour_of(context.window_start), hour_of(context.window_end)
    first, total = start, max(end - start, HOUR)
    if context.checkpoint:
        start = datetime.fromisoformat(context.checkpoint["hour"])
    levels = inside(context.scope, context.known.chains())
    private = _may_read_private(context)
    while start < end:
        hours = Hours()
        for until in _read(context, levels, start, min(start + SPAN, end), hours):
            private = private and _may_read_private(context)  # equal before and after the read
            covered = _covered(levels, start, until, private=private)
            start = until
            yield Batch([*hours.take(until), *covered], {"hour": until.isoformat()}, done=(until - first) / total)


def _read(
    context: SnapshotContext, levels: Sequence[str], start: datetime, end: datetime, hours: Hours
) -> Iterator[datetime]:
    """Reads a span into `hours`; yields the time up to which it is complete, whenever that advances."""
    for at in range(0, len(levels), MOST_NAMES):
        names = levels[at : at + MOST_NAMES]
        read_to = start
        for page in pages(context, names, entry_filter(start, end)):
            for entry in page.entries:
                level = context.scope if len(levels) == 1 else str(entry.log_name).partition("/logs/")[0]
                hours.add(level, entry.timestamp.ToDatetime(tzinfo=UTC), read(entry, level))
            if page.entries and len(levels) <= MOST_NAMES:
                reached = hour_of(page.entries[-1].timestamp.ToDatetime(tzinfo=UTC))
                if page.next_page_token and reached > read_to:
                    read_to = reached
                    yield reached
    yield end


def _covered(levels: Sequence[str], start: datetime, end: datetime, *, private: bool) -> Iterator[CoverageRow]:
    """The coverage of the logs. Admin Activity logs are always on; the configuration decides whether Data Access logs are."""
    for level in levels:
        yield CoverageRow(f"admin_activity/{level}", start, end)
        if private:
            yield CoverageRow(f"data_access/{level}", start, end)


def _may_read_private(context: SnapshotContext) -> bool:
    """Whether the caller can read Data Access logs of the scope, and so of the folders in it."""
    answer = ask(context, context.scope, "testIamPermissions", {"permissions": [PRIVATE]})
    return PRIVATE in (answer or {}).get("permissions", [])


def entry_filter(start: datetime, end: datetime) -> str:
    """The filter for Cloud Logging: calls of principals, and the expiry of tables by Google Cloud itself."""
    expired = f'(log_id("{SYSTEM_EVENT}") AND protoPayload.methodName="{TABLE_EXPIRED}")'
    return f'(log_id("{ACTIVITY}") OR log_id("{DATA_ACCESS}") OR {expired}) AND {times(start, end)}'
