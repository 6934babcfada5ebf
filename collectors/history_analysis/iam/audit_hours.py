"""What the audit entries of one level say, counted by the hour."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from collectors.history_analysis.iam.audit_entries import ApiCall, AuditFacts
from shared.history import BindingChangeRow, CoverageRow, Row, UserActionRow

HOUR = timedelta(hours=1)
MOST_NETWORKS, MOST_PERMISSIONS = 20, 50
LONGEST_NOTE = 300
Key = tuple[datetime, str, str, str, str, str]


@dataclass(slots=True)
class _Count:
    """What one principal did with one method on one resource in the hour."""

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
    """Hours that are being read."""

    counts: dict[Key, _Count] = field(default_factory=dict)
    changes: list[BindingChangeRow] = field(default_factory=list)
    switches: list[CoverageRow] = field(default_factory=list)

    def add(self, level: str, time: datetime, told: AuditFacts) -> None:
        """Adds what an entry of the logs of `level` (projects/P, folders/N, organizations/N) tells."""
        hour = whole(time)
        self.changes += told.changes
        notes = [f"audit_switch/{level}/{name}" for name in sorted(told.switched)]
        notes += [f"audit_exempted/{level}/{name}" for name in sorted(told.exempted)]
        everybody = f"audit_switch/{level}/allServices"  # stands for what is too long to be kept
        self.switches += [
            CoverageRow(note if len(note) <= LONGEST_NOTE else everybody, hour, hour + HOUR) for note in notes
        ]
        for call in told.calls:
            key = (hour, level.removeprefix("projects/"), call.principal, call.service, call.method, call.resource)
            self.counts.setdefault(key, _Count(call.time, call.time)).add(call)

    def take(self, end: datetime) -> Iterator[Row]:
        """The rows of the hours before `end`, which are forgotten with that."""
        taken = {key: found for key, found in self.counts.items() if key[0] < end}
        self.counts = {key: found for key, found in self.counts.items() if key[0] >= end}
        for (hour, project, principal, service, method, resource), found in sorted(taken.items(), key=lambda kv: kv[0]):
            yield UserActionRow(
                hour=hour,
                project=project,
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
        yield from (change for change in self.changes if change.time < end)
        yield from (switch for switch in self.switches if switch.since < end)
        self.changes = [change for change in self.changes if change.time >= end]
        self.switches = [switch for switch in self.switches if switch.since >= end]


def whole(time: datetime) -> datetime:
    """The hour that a time is in."""
    return time.replace(minute=0, second=0, microsecond=0)
