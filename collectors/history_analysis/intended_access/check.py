"""Opens and resolves incidents for changes that violate the access intended by the platform map.

An unintended grant opens an incident if it began after the first snapshot and no rule on log entries has reported it.
Expected access that was revoked or expired opens an incident if the map expected it before. Older differences are
reported by `hinomi access drift` only. An incident resolves when the grant ends, when the access is granted again, or
when the map changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from collectors.history_analysis.incident_changes import IncidentCheck, write
from collectors.history_analysis.intended_access.already_reported import is_reported
from collectors.history_analysis.intended_access.findings import LOST, UNINTENDED, FindingWriter
from db.error_db.models import Incident
from db.schema_db.selection import NEVER
from insights.access.compiled_map import load
from insights.access.drift.assessment import AssessedGrant, assess
from insights.access.drift.layer_scope import LayerScope
from insights.access.drift.revoked_access import RevokedAccess, record_expectations, revoked_access
from insights.access.hierarchy import Hierarchy
from insights.access.membership import Memberships
from insights.access.observations import first_observations
from insights.access.platform_map import PlatformMap
from insights.access.roles import Roles
from shared.errors import InputError
from shared.identity.fingerprint import fingerprint
from shared.identity.iam_names import MANAGER
from shared.logs import log
from shared.model import Finding, Status


@dataclass(frozen=True, slots=True)
class IntendedAccessCheck(IncidentCheck):
    """Opens and closes incidents about access that the platform map does not intend."""

    def check(self, now: datetime) -> int:
        """Compares access with the map of HINOMI_PLATFORM_FILE; returns the number of changed incidents.

        An invalid map is logged. Raises TransientError if a database is unavailable.
        """
        if not self.settings.platform_file:
            return 0
        try:
            platform_map = load(Path(self.settings.platform_file))
        except InputError as error:
            log("ERROR", "the platform map cannot be used", error=str(error))
            return 0
        unresolved = self._unresolved()
        findings = self._findings(platform_map, unresolved, now)
        # Access that is still revoked is not reported again, even if the audit log later gives the exact time.
        new = [item for key, item in sorted(findings.items()) if item.rule != LOST or key not in unresolved]
        return self._record(new, sorted(unresolved.keys() - findings.keys()), unresolved, now)

    def _unresolved(self) -> dict[str, str]:
        """The rule of each unresolved incident of this check, by its fingerprint."""
        of_check = select(Incident.fingerprint, Incident.rule).where(
            Incident.rule.in_([UNINTENDED, LOST]), Incident.status != Status.RESOLVED
        )
        with self.errors().reading() as session:
            return {row.fingerprint: row.rule for row in session.execute(of_check)}

    def _findings(self, platform_map: PlatformMap, unresolved: Mapping[str, str], now: datetime) -> dict[str, Finding]:
        writer = FindingWriter(self.settings.redact)
        revoked_before = {key for key, rule in unresolved.items() if rule == LOST}

        def was_reported(revoked: RevokedAccess) -> bool:
            return fingerprint(LOST, *revoked.identity) in revoked_before

        with self.schema.transaction() as session:
            since = record_expectations(session, platform_map, now)
        with self.schema.reading() as session:
            new = self._unreported(unintended(session, platform_map, now), unresolved)
            findings = [writer.unintended(item) for item in new]
            revoked = revoked_access(session, platform_map, since, now, was_reported if revoked_before else None)
            findings += [writer.revoked(item, now) for item in revoked]
        return {finding.fingerprint: finding for finding in findings}

    def _unreported(self, grants: Iterator[AssessedGrant], unresolved: Mapping[str, str]) -> Iterator[AssessedGrant]:
        """The grants that no rule on log entries has reported; a grant that this check reported first stays."""
        with self.errors().reading() as session:
            for item in grants:
                grant = item.access.grant
                is_own = fingerprint(UNINTENDED, *grant.key) in unresolved
                if is_own or not is_reported(session, grant, (UNINTENDED, LOST)):
                    yield item

    def _record(self, new: list[Finding], over: list[str], rules: Mapping[str, str], now: datetime) -> int:
        if not (new or over):
            return 0
        writer = FindingWriter(self.settings.redact)
        ended = [writer.over(rules[key], key, now) for key in over]
        return write(self.errors(), self.plan, (new, ended), self.settings.redact, now)


def unintended(session: Session, platform_map: PlatformMap, now: datetime) -> Iterator[AssessedGrant]:
    """The unintended grants that began after the first snapshot of their scope."""
    window, first = (now, now), first_observations(session)
    hierarchy = Hierarchy(session, window)
    roles, memberships = Roles(session, window), Memberships(session, window, read_all=True)
    for item in assess(session, LayerScope(platform_map, hierarchy), roles, memberships, now):
        grant = item.access.grant
        if item.is_unintended:
            scopes = (name.removeprefix(MANAGER) for name in hierarchy.chain(grant.resource))
            if grant.valid_from > min((first[scope] for scope in scopes if scope in first), default=NEVER):
                yield item
