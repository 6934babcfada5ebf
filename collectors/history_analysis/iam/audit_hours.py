"""Counts the calls in the audit entries of one level by the hour."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from collectors.history_analysis.iam.audit_entries import ApiCall, AuditFacts
from shared.history import BindingChangeRow, CoverageRow, Row, UserActionRow

HOUR = timedelta(hours=1)
MOST_NETWORKS, MOST_PERMISSIONS = 20, 50
LONGEST_KEY = 300
Key = tuple[datetime, str, str, str, str, str]


@dataclass(slots=True)
class _Count:
    """The calls of one method on one resource by one principal in an hour."""

    first: datetime
    last: datetime
    count: int = 0
    denied: int = 0
    networks: set[str] = field(default_factory=set)
    permissions: set[str] = field(default_factory=set)

    def add(self, call: ApiCall) -> None:
        self.first, self.last = min(self.first, call.time), max(self.last, call.time)
        self.count += 1
        self.denied += call.denied
        if call.network and len(self.networks) < MOST_NETWORKS:
            self.networks.add(call.network)
        if len(self.permissions) < MOST_PERMISSIONS:
            self.permissions.update(call.permissions)


@dataclass(slots=True)
class Hours:
    """The hours of the current read."""

    counts: dict[Key, _Count] = field(default_factory=dict)
    changes: list[BindingChangeRow] = field(default_factory=list)
    switches: list[CoverageRow] = field(default_factory=list)

    def add(self, level: str, time: datetime, facts: AuditFacts) -> None:
        """Adds the facts of an entry in the logs of `level` (projects/P, folders/N, organizations/N)."""
        hour = hour_of(time)
        self.changes += facts.changes
        keys = [f"audit_switch/{level}/{name}" for name in sorted(facts.switched)]
        keys += [f"audit_exempted/{level}/{name}" for name in sorted(facts.exempted)]
        everybody = f"audit_switch/{level}/allServices"  # replaces values that are too long to store
        self.switches += [CoverageRow(key if len(key) <= LONGEST_KEY else everybody, hour, hour + HOUR) for key in keys]
        for call in facts.calls:
            key = (hour, level.removeprefix("projects/"), call.principal, call.service, call.method, call.resource)
            self.counts.setdefault(key, _Count(call.time, call.time)).add(call)

    def take(self, end: datetime) -> Iterator[Row]:
        """Removes and returns the rows of the hours before `end`."""
        taken = {key: count for key, count in self.counts.items() if key[0] < end}
        self.counts = {key: count for key, count in self.counts.items() if key[0] >= end}
        for (hour, project, principal, service, method, resource), count in sorted(taken.items(), key=lambda kv: kv[0]):
            yield UserActionRow(
                hour=hour,
                project=project,
                principal=principal,
                service=service,
                method=method,
                resource=resource,
                count=count.count,
                denied=count.denied,
                first_at=count.first,
                last_at=count.last,
                networks=sorted(count.networks),
                permissions=sorted(count.permissions)[:MOST_PERMISSIONS],
            )
        yield from (change for change in self.changes if change.time < end)
        yield from (switch for switch in self.switches if switch.since < end)
        self.changes = [change for change in self.changes if change.time >= end]
        self.switches = [switch for switch in self.switches if switch.since >= end]


def hour_of(time: datetime) -> datetime:
    """The start of the hour that contains a time."""
    return time.replace(minute=0, second=0, microsecond=0)
