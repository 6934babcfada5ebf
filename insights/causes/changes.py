"""The likely causes of an incident: earlier changes with a connection to it, judged.

The connection is a resource, an account, a job, a table or the flow of data; a shared project is not enough. The
ranking is a hint for a person, so every line states its evidence, and excluded changes are listed with the reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.schema_db.models import Snapshot
from db.schema_db.snapshots import DONE
from insights.access import earlier_policy
from insights.causes.affected import PAST, Affected, affected_by
from insights.causes.change import CandidateChange
from insights.causes.judging import judge
from insights.causes.model import Cause, CauseReport, ChangeKind, Statement, redacted
from insights.causes.sources import access, calls, connectors, load, platform, tables, upstream
from shared.records import IncidentView
from shared.texts import causes as texts

HOURS = 24
MOST = 10


def before(
    session: Session, incident: IncidentView, *, redact: Sequence[str], hours: int = HOURS, limit: int = MOST
) -> CauseReport:
    """The likely causes of an incident and the excluded changes, since the last success of its job.

    The search covers at least the last `hours` before the first failure, and at most eight days. `redact` are the
    patterns of HINOMI_REDACT, which apply to every text.
    """
    affected = affected_by(session, incident)
    since = affected.failed_at - timedelta(hours=hours)
    if affected.succeeded_at is not None:
        since = max(min(since, affected.succeeded_at), affected.failed_at - PAST)
    candidates = judge(session, affected, _changes(session, affected, since), hours)
    earlier = list(_older_grants(session, incident, since))
    report = CauseReport([*earlier, *candidates.causes], candidates.ruled_out, _has_history(session))
    return redacted(report.shortened(limit), redact)


def _has_history(session: Session) -> bool:
    return session.scalar(select(Snapshot.id).where(Snapshot.state == DONE).limit(1)) is not None


def _changes(session: Session, affected: Affected, since: datetime) -> Iterator[CandidateChange]:
    yield from access.revoked(session, affected, since)
    yield from access.given(session, affected, since)
    yield from calls.calls(session, affected, since)
    yield from connectors.settings(session, affected, since)
    yield from tables.schemas(session, affected, since)
    yield from tables.volumes(session, affected, since)
    yield from tables.statements(session, affected, since)
    jobs = list(upstream.upstream(session, affected, since))
    yield from jobs
    # The slots that an upstream job uses while it is slow are the same fact as its slowness.
    reported = {change.what.values["job_name"] for change in jobs if change.ended is None}
    loads = load.by_resource([*load.load(session, affected, since), *load.slots(session, affected, since)])
    yield from (change for change in loads if change.what.values.get("job_name") not in reported)
    yield from platform.events(session, affected, since)


def _older_grants(session: Session, incident: IncidentView, since: datetime) -> Iterator[Cause]:
    """Bindings of the policy that the incident shows which are older than `since`, with who granted them.

    An entry that shows a whole policy does not say which of its bindings are new.
    """
    grants = earlier_policy.public_grants(incident.evidence.get("elements", {}))
    name = incident.resource.rstrip("/").rpartition("/")[2]
    for row in earlier_policy.older_grants(session, grants, incident.opened_at, since) if name else ():
        if row.resource.rpartition("/")[2] == name:
            values = {"role": row.role, "member": row.member, "resource": row.resource}
            what = Statement(texts.HELD, {**values, "day": f"{row.valid_from:%Y-%m-%d}"})
            evidence = Statement(texts.AUDIT_LOG if row.exact_from else texts.FIRST_SEEN)
            yield Cause(ChangeKind.GRANT, row.valid_from, what, row.granted_by or "", 1.0, (evidence,))
