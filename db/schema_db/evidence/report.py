"""What a report on unused grants says of the others: nobody shall take silence for "all else is used"."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from db.schema_db.access_model import Usage, Use


@dataclass(slots=True)
class Report:
    """Counts usages as they are judged. Evidence was wanted from `since` to `until`; a use counts up to now."""

    since: datetime | None = None
    until: datetime | None = None
    counts: Counter[Use] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)

    def add(self, usage: Usage) -> None:
        """One more grant."""
        self.counts[usage.state] += 1
        if usage.state is Use.UNKNOWN:
            self.reasons[usage.kind or usage.reason] += 1

    def why_unknown(self) -> list[tuple[str, int]]:
        """The reasons with how many grants each has (its first reason counts), the most frequent first."""
        return sorted(self.reasons.items(), key=lambda item: (-item[1], item[0]))
