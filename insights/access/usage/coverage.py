"""Where evidence is whole: what was read without a gap."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.schema_db.models import Coverage
from insights.access.usage.periods import Period, cover, overlap

EXEMPTED = "audit_exempted/"


class EvidenceCoverage:
    """The coverage of all subjects. `needed` is the time for which it has to be whole."""

    def __init__(self, session: Session, needed: Period) -> None:
        self.needed = needed
        self._periods: dict[str, list[Period]] = {}
        self._exempted: dict[str, set[str]] = {}
        for subject, since, until in session.execute(select(Coverage.subject, Coverage.since, Coverage.until)):
            self._periods.setdefault(subject, []).append((since, until))
            if subject.startswith(EXEMPTED) and overlap((since, until), needed):
                kind, name, member = subject.removeprefix(EXEMPTED).split("/", 2)
                self._exempted.setdefault(f"{kind}/{name}", set()).add(member)

    def is_whole(self, subject: str, periods: Iterable[Period] | None = None) -> bool:
        """Whether there is evidence for all of the needed time, or for what the periods have of it."""
        wanted = [self.needed] if periods is None else [overlap(item, self.needed) for item in periods]
        known = self._periods.get(subject, [])
        return all(cover(known, item) for item in wanted if item is not None)

    def exempted(self, level: str) -> set[str]:
        """Members who were exempted from Data Access logs of a level, or no longer, at a moment of the needed time."""
        return self._exempted.get(level, set())

    def happened(self, subject: str) -> bool:
        """Whether anything was noted about a subject in the needed time."""
        return any(overlap(item, self.needed) for item in self._periods.get(subject, []))
