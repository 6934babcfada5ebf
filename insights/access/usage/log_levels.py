"""Whether the logs of everything below a grant would have shown a use."""

from __future__ import annotations

from collections.abc import Iterator

from insights.access.usage.audit_logs import AuditLogs
from insights.access.usage.members_over_time import MemberExpander, MemberExpansion
from insights.access.usage.periods import Period
from insights.access.usage.reached_resources import ReachedResources
from insights.access.usage.unknown_reasons import ReasonKind, UnknownReason

MOST = 20_000  # answers that are remembered
Found = tuple[list[UnknownReason], dict[str, str]]  # the first doubt, if any; who is exempted, and where


class LogGaps:
    """What is the same for all grants on one resource that concern the same services is found once."""

    def __init__(self, window: Period, places: ReachedResources, logs: AuditLogs, people: MemberExpander) -> None:
        self._window = window
        self._places = places
        self._logs = logs
        self._people = people
        self._found: dict[tuple[str, frozenset[str]], Found] = {}

    def doubts(self, resource: str, services: frozenset[str], inside: MemberExpansion) -> Iterator[UnknownReason]:
        """Why a use of one of the services by one of these people may not have been seen."""
        key = (resource, services)
        if key not in self._found:
            if len(self._found) >= MOST:
                self._found.clear()
            self._found[key] = self._find(resource, services)
        first, exempted = self._found[key]
        yield from first
        for member, level in exempted.items():
            other = self._people.inside(member)
            if other.doubts or not other.names.isdisjoint(inside.names):
                yield UnknownReason(ReasonKind.EXEMPTED, f"{member} is exempted from Data Access logs of {level}")

    def _find(self, resource: str, services: frozenset[str]) -> Found:
        first = next(self._all(resource, services), None)
        exempted: dict[str, str] = {}
        for level in sorted(self._places.below(resource)) if first is None else ():
            for member in sorted(self._logs.exempted(level, services)):
                exempted.setdefault(member, level)
        return ([first] if first else []), exempted

    def _all(self, resource: str, services: frozenset[str]) -> Iterator[UnknownReason]:
        below = self._places.below(resource)
        if not below:
            yield UnknownReason(ReasonKind.PLACE, "no project that it is in is known")
        for level, periods in sorted(below.items()):
            if periods != [self._window]:
                yield UnknownReason(ReasonKind.PLACE, f"{level} was below it for a part of the time only")
            yield from self._logs.gaps(level, services)
