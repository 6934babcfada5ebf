"""After the policies were read: grants that break what the platform's map intends become incidents.

Only grants that began after the first snapshot count: what was there before is for `hinomi access drift`, not for an
alarm. An incident resolves when its grant is gone, or when the map explains it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.error_db.models import Incident
from db.error_db.store import ErrorStore
from db.schema_db.access_model import Grant
from db.schema_db.drift import Judged, judge
from db.schema_db.intervals import POLICY_COLLECTOR
from db.schema_db.models import Snapshot
from db.schema_db.places import chain
from db.schema_db.store import SchemaStore
from shared.config import Settings
from shared.errors import InputError
from shared.iam_names import BIGQUERY, EVERYBODY, MANAGER, STORAGE, project_of, short_name
from shared.logs import log
from shared.model import Finding, Kind, Recovery, Severity, Status
from shared.platform_map import PlatformMap, read
from shared.records import Change
from shared.role_levels import Level, level_of

RULE = "platform/unintended_access"
SERVICES = {BIGQUERY: "bigquery", STORAGE: "storage", MANAGER: "iam", "//pubsub.googleapis.com/": "pubsub"}
Plan = Callable[[list[Change], Any, datetime], None]


@dataclass(frozen=True, slots=True)
class Intent:
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
            intended = read(Path(self.settings.platform_file))
        except InputError as error:
            log("ERROR", "the platform map cannot be used", error=str(error))
            return 0
        with self.schema.reading() as session:
            found = {finding.fingerprint: finding for finding in findings(session, intended, now)}
        return self._record(found, now)

    def _record(self, found: dict[str, Finding], now: datetime) -> int:
        store = self.errors()
        with store.reading() as session:
            unresolved = select(Incident.fingerprint).where(Incident.rule == RULE, Incident.status != Status.RESOLVED)
            over = sorted(set(session.scalars(unresolved)) - found.keys())
        if not (found or over):
            return 0
        with store.transaction(now) as transaction:
            changes: list[Change] = []
            for _, finding in sorted(found.items()):
                change = transaction.record(finding, redact=self.settings.redact)
                changes += [change] if change else []
            for fingerprint in over:
                changes += transaction.recover(_recovery(fingerprint, now))
            self.plan(changes, transaction, now)
        return len(changes)


def findings(session: Session, intended: PlatformMap, now: datetime) -> Iterator[Finding]:
    """One finding for each grant that began after the first snapshot and that no persona explains."""
    first = _first_looks(session)
    for judged in judge(session, intended, now):
        grant = judged.access.grant
        if not judged.persona and grant.valid_from > _first_look(session, first, grant.resource, now):
            yield _finding(judged)


def _first_looks(session: Session) -> dict[str, datetime]:
    """When each scope was seen whole for the first time."""
    query = select(Snapshot.scope, func.min(Snapshot.window_end)).where(
        Snapshot.collector == POLICY_COLLECTOR, Snapshot.state == "done"
    )
    return {scope: time for scope, time in session.execute(query.group_by(Snapshot.scope)) if time}


def _first_look(session: Session, first: dict[str, datetime], resource: str, now: datetime) -> datetime:
    """When the scope that a resource is in was first seen; the end of time while it was not."""
    scopes = {name.removeprefix(MANAGER) for name in chain(session, resource, now)}
    times = [time for scope, time in first.items() if scope in scopes]
    return min(times, default=datetime.max.replace(tzinfo=UTC))


def _finding(judged: Judged) -> Finding:
    grant = judged.access.grant
    where = f" in layer {', '.join(judged.layers)}" if judged.layers else ""
    fingerprint = _fingerprint(grant)
    delta: dict[str, Any] = {"action": "ADD", "role": grant.role, "member": grant.member}
    if grant.condition:
        delta["condition"] = grant.condition
    return Finding(
        rule=RULE,
        title="Access that nobody is meant to have",
        kind=Kind.IRREGULAR_ACCESS,
        severity=_severity(grant),
        service=next((name for prefix, name in SERVICES.items() if grant.resource.startswith(prefix)), "iam"),
        resource=short_name(grant.resource).removeprefix("gs://"),
        principal=grant.granted_by or "",
        summary=f"{grant.member} has {grant.role} on {short_name(grant.resource)}{where}: no persona explains it",
        fingerprint=fingerprint,
        time=grant.valid_from,
        event_key=f"{RULE}|{fingerprint}|{grant.valid_from.isoformat()}",
        project=project_of(grant.resource),
        fields={"role": grant.role, "member": grant.member, "exact_time": grant.exact_from},
        elements={"bindingDeltas": [delta]},
        labels={"member": grant.member, "role": grant.role},
    )


def _severity(grant: Grant) -> Severity:
    grave = grant.member in EVERYBODY or level_of(grant.role) is Level.ADMIN
    return Severity.HIGH if grave else Severity.MEDIUM


def _fingerprint(grant: Grant) -> str:
    return hashlib.sha256(json.dumps([RULE, *grant.key]).encode()).hexdigest()[:32]


def _recovery(fingerprint: str, now: datetime) -> Recovery:
    summary = "the grant is gone, or the map explains it now"
    return Recovery(RULE, fingerprint, now, f"{RULE}|{fingerprint}|over|{now.isoformat()}", summary)
