"""The summary of a report on unused grants: the number of other grants, and the limits of the report.

Without the summary, a reader could take a grant that is not listed for a used one.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import field
from datetime import datetime

from insights.access.model import Observation, Usage, Use
from shared.lazy.dataclass import dataclass
from shared.texts import Text
from shared.texts.access import usage as texts

# Limits that apply to every report, even with complete evidence.
LIMITS = texts.LIMITS


@dataclass(slots=True)
class UsageSummary:
    """Counts usages while they are assessed.

    Evidence had to be complete from `since` to `until`; a use counts until `at`. `limits` are the limits of the policy
    snapshots, `observations` their times.
    """

    at: datetime | None = None
    since: datetime | None = None
    until: datetime | None = None
    counts: Counter[Use] = field(default_factory=Counter)
    reasons: Counter[Text] = field(default_factory=Counter)
    limits: list[Text] = field(default_factory=list)
    observations: list[Observation] = field(default_factory=list)

    @property
    def notes(self) -> list[str]:
        """The limits in English, for JSON."""
        return [limit.en for limit in self.limits]

    @property
    def total(self) -> int:
        """The number of grants assessed."""
        return sum(self.counts.values())

    def add(self, usage: Usage) -> None:
        """Counts one more grant."""
        self.counts[usage.state] += 1
        if usage.state is Use.UNKNOWN:
            self.reasons[texts.KINDS.get(usage.kind, usage.text)] += 1

    def why_unknown(self) -> list[tuple[Text, int]]:
        """The number of grants for each first reason, most frequent first."""
        return sorted(self.reasons.items(), key=lambda item: (-item[1], item[0].en))
