"""What a report on unused grants says of the others, and of itself: nobody shall take silence for "all else is used"."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from insights.access.model import Observation, Usage, Use

# What holds of every report, however complete the evidence is.
LIMITS = (
    "a use is a call that audit logs show and the role permits; where several grants permit it, all count as used",
    "conditions are evaluated as far as they are about time; a call that a condition may have allowed counts as a use",
    "calls of the last 26 hours count as uses but are not waited for: logs and groups are read some time later",
    "entries that a filter or an exclusion of a log sink drops, or that come more than an hour late, are not seen",
    "who was in a group for less than the day between two looks at it is not seen",
    "deny policies, principal access boundaries, and access control lists of single objects are not read",
)


@dataclass(slots=True)
class UsageSummary:
    """Counts usages as they are judged.

    Evidence was wanted from `since` to `until`; a use counts up to `at`. `notes` says what the snapshots of policies do
    not cover, `looks` when they looked.
    """

    at: datetime | None = None
    since: datetime | None = None
    until: datetime | None = None
    counts: Counter[Use] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    looks: list[Observation] = field(default_factory=list)

    @property
    def total(self) -> int:
        """How many grants were judged."""
        return sum(self.counts.values())

    def add(self, usage: Usage) -> None:
        """One more grant."""
        self.counts[usage.state] += 1
        if usage.state is Use.UNKNOWN:
            self.reasons[usage.kind or usage.reason] += 1

    def why_unknown(self) -> list[tuple[str, int]]:
        """The reasons with how many grants each has (its first reason counts), the most frequent first."""
        return sorted(self.reasons.items(), key=lambda item: (-item[1], item[0]))
