"""The calls behind an incident: each call of a burst that a rule counted, otherwise the calls of its account in the history."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from shared.events import ADDRESS, METHOD, RESOURCE
from shared.lazy.dataclass import dataclass
from shared.model import IncidentKind
from shared.texts.dashboard import incident as texts

if TYPE_CHECKING:
    from dashboard.request_context import RequestContext
    from insights.access.answers.calls import CallList, ObservedCalls
    from shared.records import IncidentDetail, IncidentView, OccurrenceView
    from shared.texts import Text

AROUND = timedelta(hours=1)  # the history counts calls by the hour
MOST, MOST_EVENTS = 30, 1_000

Event = tuple[datetime, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class ShownCalls:
    """Calls, the latest first, and their heading."""

    title: Text
    found: CallList


def counted_calls(request: RequestContext, detail: IncidentDetail) -> ShownCalls | None:
    """The calls behind an incident; None for an incident without an account, and while none are known."""
    view = detail.incident
    if events := _counted(request, detail.occurrences):
        return ShownCalls(texts.COUNTED_CALLS, _by_call(events, view.principal))
    if view.kind is not IncidentKind.IRREGULAR_ACCESS or not view.principal:
        return None
    observed = _of_history(request, view)
    return ShownCalls(texts.CALLS_OF(who=view.principal), observed) if observed and observed.calls else None


def _of_history(request: RequestContext, view: IncidentView) -> CallList | None:
    """The latest calls of the account from an hour before the incident to an hour after its last occurrence."""
    from insights.access.answers import calls  # noqa: PLC0415

    start, end = view.opened_at - AROUND, view.last_seen_at + AROUND
    return request.ask_schema_db(lambda session: calls.by_principal(session, view.principal, start, end, most=MOST))


def _counted(request: RequestContext, occurrences: Sequence[OccurrenceView]) -> list[Event]:
    """The events that a correlation counted for these occurrences, the latest first, each once."""
    from db.error_db.rule_state import counted_events  # noqa: PLC0415

    windows = list(_windows(request, occurrences))
    if not windows:
        return []
    rule, group, _, _ = windows[0]
    start, end = min(window[2] for window in windows), max(window[3] for window in windows)
    with request.error_db() as session:
        return list(counted_events(session, rule, group, start, end, limit=MOST_EVENTS))


def _windows(
    request: RequestContext, occurrences: Sequence[OccurrenceView]
) -> Iterator[tuple[str, str, datetime, datetime]]:
    """The rule, the group, and the first and last time of the events of each occurrence of a correlation.

    The key of such an occurrence names its rule, its group and the slot of its window.
    """
    from dashboard.rule_rows import rule_specs  # noqa: PLC0415

    counted = [one for one in occurrences if one.event_key.startswith(f"{one.rule}:")]
    specs = rule_specs(request)[0] if counted else {}
    for one in counted:
        group, _, slot = one.event_key.removeprefix(f"{one.rule}:").rpartition(":")
        seconds = specs.get(one.rule, {}).get("timespan")
        if group and slot and seconds:
            yield one.rule, group, _moved(one.time, -seconds), _moved(one.time, seconds)


def _moved(time: datetime, seconds: float) -> datetime:
    """The time that many seconds later; the same time at either end of the calendar, which an event may claim."""
    try:
        return time + timedelta(seconds=seconds)
    except OverflowError:
        return time


def _by_call(events: Sequence[Event], principal: str) -> CallList:
    """The events by call, resource and address, those with the latest event first."""
    from insights.access.answers.calls import CallList  # noqa: PLC0415

    times = defaultdict[tuple[str, str, str], list[datetime]](list)
    for time, call in events:
        times[str(call.get(METHOD, "")), str(call.get(RESOURCE, "")), str(call.get(ADDRESS, ""))].append(time)
    rows = sorted((_row(call, seen, principal) for call, seen in times.items()), key=lambda row: row.last_at)
    return CallList(tuple(rows[::-1][:MOST]), len(events))


def _row(call: tuple[str, str, str], seen: Sequence[datetime], principal: str) -> ObservedCalls:
    from insights.access.answers.calls import ObservedCalls  # noqa: PLC0415

    method, resource, address = call
    return ObservedCalls(max(seen), principal, method, resource, len(seen), 0, (address,) if address else ())
