"""Groups findings by fingerprint: each group would be one incident in an installation."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from shared.model import Finding, Recovery, Severity
from shared.texts import Text, joined
from shared.texts.cli import analyze as texts

MOST_GROUPS = 20_000
MOST_RECOVERIES = 200_000
SHOWN_PRINCIPALS = 2


@dataclass(slots=True)
class FindingGroup:
    """The findings with one fingerprint; the texts are those of the latest finding, the severity is the highest."""

    latest: Finding
    first: datetime
    severity: Severity
    count: int = 0
    principals: dict[str, None] = field(default_factory=dict)
    recovered: bool = False

    def add(self, finding: Finding) -> None:
        """Adds one occurrence, in any order of time."""
        self.count += 1
        self.first = min(self.first, finding.time)
        if finding.time >= self.latest.time:
            self.latest = finding
        if finding.severity.rank > self.severity.rank:
            self.severity = finding.severity
        if finding.principal and len(self.principals) <= SHOWN_PRINCIPALS:
            self.principals[finding.principal] = None

    @property
    def who(self) -> Text:
        """The principals, the first two by name."""
        names = joined(map(Text.verbatim, list(self.principals)[:SHOWN_PRINCIPALS]))
        return texts.AND_OTHERS(names=names) if len(self.principals) > SHOWN_PRINCIPALS else names


class FindingGroups:
    """Collects findings and recoveries. Beyond 20,000 groups, findings of new fingerprints are only counted."""

    def __init__(self) -> None:
        self._groups: dict[str, FindingGroup] = {}
        self._recovered_at: dict[str, datetime] = {}
        self.rules: set[str] = set()
        self.findings = 0
        self.not_kept = 0

    def add(self, effect: Finding | Recovery) -> None:
        """Adds one finding or recovery, in any order of time."""
        if isinstance(effect, Recovery):
            self._recover(effect)
            return
        self.findings += 1
        self.rules.add(effect.rule)
        group = self._groups.get(effect.fingerprint)
        if group is None:
            if len(self._groups) >= MOST_GROUPS:
                self.not_kept += 1
                return
            group = self._groups[effect.fingerprint] = FindingGroup(effect, effect.time, effect.severity)
        group.add(effect)

    def by_urgency(self) -> list[FindingGroup]:
        """The groups: highest severity first, then unrecovered ones, then the latest."""
        for fingerprint, group in self._groups.items():
            recovered_at = self._recovered_at.get(fingerprint)
            group.recovered = recovered_at is not None and recovered_at >= group.latest.time
        return sorted(self._groups.values(), key=_urgency)

    def _recover(self, recovery: Recovery) -> None:
        group = self._groups.get(recovery.fingerprint)
        if recovery.failed and (group is None or group.count > 1):
            return  # only this one of its changes did not take place
        recovered_at = self._recovered_at.pop(recovery.fingerprint, recovery.time)
        self._recovered_at[recovery.fingerprint] = max(recovered_at, recovery.time)
        if len(self._recovered_at) > MOST_RECOVERIES:
            del self._recovered_at[next(iter(self._recovered_at))]


def _urgency(group: FindingGroup) -> tuple[int, bool, float]:
    return -group.severity.rank, group.recovered, -group.latest.time.timestamp()
