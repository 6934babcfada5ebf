"""The summary of a report on unused grants: counts of the other grants, and the limits of the report.

Without it a reader could take the absence of a grant for "this grant is used".
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from insights.access.model import Observation, Usage, Use

# Limits that apply to every report, even with complete evidence.
LIMITS = (
    "a use is a call in the audit logs that the role permits; where several grants permit it, all of them count as used",
    "conditions are evaluated as far as they are about time; a call that a condition may have allowed counts as a use",
    "calls of the last 26 hours count as uses, but are not required to be complete: logs and groups are read with a delay",
    "entries that a filter or an exclusion of a log sink drops, or that are more than an hour late, are missed",
    "a membership of less than the day between two readings of a group is missed",
    "deny policies, principal access boundaries, and access control lists of single objects are not read",
)


@dataclass(slots=True)
class UsageSummary:
    """Counts usages as they are assessed.

    Evidence had to be complete from `since` to `until`; a use counts up to `at`. `notes` are the limits of the
    snapshots of policies, `observations` their times.
    """

    at: datetime | None = None
    since: datetime | None = None
    until: datetime | None = None
    counts: Counter[Use] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    observations: list[Observation] = field(default_factory=list)

    @property
    def total(self) -> int:
        """The number of grants assessed."""
        return sum(self.counts.values())

    def add(self, usage: Usage) -> None:
        """Counts one more grant."""
        self.counts[usage.state] += 1
        if usage.state is Use.UNKNOWN:
            self.reasons[usage.kind or usage.reason] += 1

    def why_unknown(self) -> list[tuple[str, int]]:
        """The kinds of first reasons, each with its number of grants; most frequent first."""
        return sorted(self.reasons.items(), key=lambda item: (-item[1], item[0]))
