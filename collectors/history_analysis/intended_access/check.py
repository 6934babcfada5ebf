"""After the policies were read: changes that break what the platform's map intends become incidents.

A grant that no persona explains, if it began after the first snapshot and no rule on log entries has told of it; and
intended access that was taken away, or whose condition came to an end, if the map asked for it before. What was there, or was lacking, before is for `hinomi access drift`, not for an alarm. An
incident resolves when the grant is gone, when the access is back, or when the map says otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from collectors.history_analysis.intended_access.already_reported import is_told
from collectors.history_analysis.intended_access.findings import LOST, UNINTENDED, FindingWriter
from db.error_db.models import Incident
from db.error_db.store import ErrorStore
from db.schema_db.models import Snapshot
from db.schema_db.snapshots import DONE, POLICY_COLLECTOR
from db.schema_db.store import SchemaStore
from insights.access.drift.assessed_grant import AssessedGrant
from insights.access.drift.assessment import judge
from insights.access.drift.revoked_access import begin, losses
from insights.access.drift.scope import LayerScope
from insights.access.platform_map import PlatformMap, load
from shared.config import Settings
from shared.errors import InputError
from shared.fingerprint import fingerprint
from shared.iam_names import MANAGER
from shared.logs import log
from shared.model import Finding, Status
from shared.records import IncidentChange

Plan = Callable[[list[IncidentChange], Any, datetime], None]


@dataclass(frozen=True, slots=True)
class IntendedAccessCheck:
    """The check with its surroundings. `plan` decides in the same transaction what handlers do."""

    schema: SchemaStore
    errors: Callable[[], ErrorStore]
    settings: Settings
    plan: Plan

    def check(self, now: datetime) -> int:
        """Compares access with the map of HINOMI_PLATFORM_FILE; how many incidents changed. 0 without a map.

        A map that cannot be read is logged. Raises TransientError when a database is away.
        """
        if not self.settings.platform_file:
            return 0
        try:
            intended = load(Path(self.settings.platform_file))
        except InputError as error:
            log("ERROR", "the platform map cannot be used", error=str(error))
            return 0
        unresolved = self._unresolved()
        found = self._found(intended, unresolved, now)
        # That something is still lost is no news, even when the audit log tells later when exactly it was.
        news = [item for key, item in sorted(found.items()) if item.rule != LOST or key not in unresolved]
        return self._record(news, sorted(unresolved.keys() - found.keys()), unresolved, now)

    def _unresolved(self) -> dict[str, str]:
        """The rule of each incident of ours that is not over, by its fingerprint."""
        ours = select(Incident.fingerprint, Incident.rule).where(
            Incident.rule.in_([UNINTENDED, LOST]), Incident.status != Status.RESOLVED
        )
        with self.errors().reading() as session:
            return {row.fingerprint: row.rule for row in session.execute(ours)}

    def _found(self, intended: PlatformMap, unresolved: dict[str, str], now: datetime) -> dict[str, Finding]:
        writer = FindingWriter(self.settings.redact)
        lost = {key for key, rule in unresolved.items() if rule == LOST}
        with self.schema.transaction() as session:
            since = begin(session, intended, now)
        with self.schema.reading() as session:
            found = [
                writer.unintended(judged) for judged in self._untold(unexplained(session, intended, now), unresolved)
            ]
            gone = losses(
                session,
                intended,
                since,
                now,
                (lambda loss: fingerprint(LOST, *loss.identity) in lost) if lost else None,
            )
            found += [writer.lost(loss, now) for loss in gone]
        return {finding.fingerprint: finding for finding in found}

    def _untold(self, wrong: Iterator[AssessedGrant], unresolved: Mapping[str, str]) -> Iterator[AssessedGrant]:
        """Without the grants of which a rule on log entries has told; those that we told of first stay ours."""
        with self.errors().reading() as session:
            for judged in wrong:
                grant = judged.access.grant
                if fingerprint(UNINTENDED, *grant.key) in unresolved or not is_told(session, grant, (UNINTENDED, LOST)):
                    yield judged

    def _record(self, news: list[Finding], over: list[str], rules: dict[str, str], now: datetime) -> int:
        if not (news or over):
            return 0
        writer = FindingWriter(self.settings.redact)
        with self.errors().transaction(now) as transaction:
            changes: list[IncidentChange] = []
            for finding in news:
                changes += transaction.record(finding, redact=self.settings.redact)
            for key in over:
                changes += transaction.recover(writer.over(rules[key], key, now))
            self.plan(changes, transaction, now)
        return len(changes)


def unexplained(session: Session, intended: PlatformMap, now: datetime) -> Iterator[AssessedGrant]:
    """The grants that began after the first snapshot and that no persona explains."""
    first = _first_looks(session)
    reach = LayerScope(session, intended, now)
    for judged in judge(session, intended, now, reach):
        grant = judged.access.grant
        if judged.is_wrong and grant.valid_from > _first_look(first, reach.chain(grant.resource)):
            yield judged


def _first_looks(session: Session) -> dict[str, datetime]:
    """When each scope was seen whole for the first time."""
    query = select(Snapshot.scope, func.min(Snapshot.window_end)).where(
        Snapshot.collector == POLICY_COLLECTOR, Snapshot.state == DONE
    )
    return {scope: time for scope, time in session.execute(query.group_by(Snapshot.scope)) if time}


def _first_look(first: Mapping[str, datetime], places: Sequence[str]) -> datetime:
    """When the scope that a resource is in was first seen; the end of time while it was not."""
    times = [first[scope] for name in places if (scope := name.removeprefix(MANAGER)) in first]
    return min(times, default=datetime.max.replace(tzinfo=UTC))
