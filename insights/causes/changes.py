"""Changes before an incident, most likely cause first: grants, schemas, deployments, late and failed jobs.

A change is a cause only if it shares something with the incident: the resource, its container, a name, the person, or
the account that lost or received a role. The score is the closeness in time (a cause comes shortly before its effect)
times the closeness of what is shared times a prior for changes of that kind. The ranking is a hint for a person, so
every line states the evidence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Date, bindparam, select, text
from sqlalchemy.orm import Session

from db.schema_db.models import Binding, BindingChange, UserAction
from insights.access import earlier_policy
from insights.access.grants import COLUMNS, grant_of
from insights.access.model import AccessGrant
from insights.access.observations import HistoryBeginnings
from insights.causes.model import Cause, ChangeKind, Statement, redacted
from insights.causes.subject import IncidentSubject, identifying_words, is_own, subject_of
from insights.jobs import trends
from shared.model import IncidentKind
from shared.records import IncidentView
from shared.texts import causes as texts

HOURS = 24
MOST = 10
LEAST = 0.05
PAST_DAYS = 30
MOST_NEAR = 50  # jobs that are compared with their past


PRIOR = {
    ChangeKind.DEPLOYMENT: 1.0,
    ChangeKind.SCHEMA: 0.9,
    ChangeKind.FAILED_JOB: 0.9,
    ChangeKind.GRANT: 0.7,
    ChangeKind.SLOW_JOB: 0.6,
}
# Incidents about access are most often caused by grants.
ACCESS_PRIOR = PRIOR | {ChangeKind.GRANT: 1.2}

# Writes to these services change how the platform runs; reads and single jobs do not.
_DEPLOYED = (
    *("aiplatform", "bigquery", "bigquerydatatransfer", "cloudbuild", "cloudfunctions", "cloudscheduler", "cloudsql"),
    *("composer", "compute", "container", "dataflow", "dataform", "pubsub", "run", "serviceusage", "workflows"),
)
_WRITES = re.compile(
    r"^(create|update|patch|replace|deploy|delete|insert|import|enable|disable|resize|setmetadata|set)"
)
_NO_DEPLOYMENT = re.compile(r"(job|iampolicy|session|operation)s?$")
# The days on which the schema of a table differs from its last known schema. Days on which the schema could
# not be read are skipped: they do not prove a change.
_SCHEMA_CHANGES = """
SELECT day, resource, before_day FROM (
    SELECT day, resource, schema_key,
        lag(schema_key) OVER (PARTITION BY resource ORDER BY day) AS before_key,
        lag(day) OVER (PARTITION BY resource ORDER BY day) AS before_day
    FROM table_sizes WHERE schema_key <> '' AND day >= :known AND day <= :last
) AS keyed WHERE day >= :first AND before_key IS NOT NULL AND before_key <> schema_key
"""


@dataclass(frozen=True, slots=True)
class _Change:
    kind: ChangeKind
    time: datetime
    what: Statement
    who: str
    location: str
    member: str = ""  # the address of a grant's member
    evidence: Statement | None = None


def before(
    session: Session, incident: IncidentView, *, redact: Sequence[str], hours: int = HOURS, limit: int = MOST
) -> list[Cause]:
    """Changes in the hours before the incident, most likely cause first; empty if no change is close.

    `redact` are the patterns of HINOMI_REDACT, which apply to every cause.
    """
    subject = subject_of(incident)
    since = subject.time - timedelta(hours=hours)
    changes = [
        *_grants(session, since, subject.time),
        *_unseen_grants(session, subject, since),
        *_deployments(session, since, subject.time),
        *_schemas(session, since, subject.time),
        *_jobs(session, subject, hours),
    ]
    causes = [_scored(subject, change, hours) for change in changes]
    likely = [cause for cause in causes if cause.score >= LEAST]
    earlier = list(_older_grants(session, incident, since))
    return redacted([*earlier, *sorted(likely, key=_order)][:limit], redact)


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


def _order(cause: Cause) -> tuple[float, datetime, str]:
    return -cause.score, cause.time, cause.what.text.en


def _scored(subject: IncidentSubject, change: _Change, hours: int) -> Cause:
    gap = subject.time - change.time
    nearness = max(0.0, 1 - gap / timedelta(hours=hours))
    closeness, why = _closeness(subject, change)
    prior = (ACCESS_PRIOR if subject.kind is IncidentKind.IRREGULAR_ACCESS else PRIOR)[change.kind]
    evidence = tuple(statement for statement in (_ago(gap), why, change.evidence) if statement is not None)
    return Cause(change.kind, change.time, change.what, change.who, nearness * closeness * prior, evidence)


def _closeness(subject: IncidentSubject, change: _Change) -> tuple[float, Statement | None]:
    """The closeness of what the change shares with the incident, from 0 (nothing) to 1, and a statement that explains it."""
    shared = sorted(subject.words & identifying_words(change.location), key=len, reverse=True)
    if subject.resource and subject.resource in (change.location, change.location.rpartition("/")[2]):
        return 1.0, Statement(texts.SAME_RESOURCE)
    if subject.principal and subject.principal == change.member:
        return 0.95, Statement(texts.SAME_MEMBER, {"member": change.member})
    if shared:
        return min(0.95, 0.6 + 0.15 * len(shared)), _same_name(change, ", ".join(shared[:3]))
    if subject.principal and (subject.principal == change.who or subject.principal in change.location):
        return 0.6, Statement(texts.SAME_PRINCIPAL, {"principal": subject.principal})
    return 0.0, None


def _same_name(change: _Change, names: str) -> Statement:
    if change.kind in (ChangeKind.FAILED_JOB, ChangeKind.SLOW_JOB):
        return Statement(texts.SAME_JOB_NAME, {"job_name": names})
    return Statement(texts.SAME_NAME, {"resource": names})


def _grants(session: Session, since: datetime, until: datetime) -> Iterator[_Change]:
    query = select(BindingChange).where(BindingChange.time >= since, BindingChange.time <= until)
    for row in session.scalars(query):
        what = _grant(row, given=row.action == "ADD")
        evidence = Statement(texts.AUDIT_LOG)
        yield _of_grant(row, row.time, what, row.principal, evidence)


def _grant(row: AccessGrant | BindingChange, *, given: bool) -> Statement:
    values = {"role": row.role, "member": row.member, "resource": row.resource}
    return Statement(texts.GRANTED if given else texts.REVOKED, values)


def _unseen_grants(session: Session, subject: IncidentSubject, since: datetime) -> Iterator[_Change]:
    """Bindings near the incident that began or ended between two snapshots without an audit log entry."""
    until = subject.time
    began = select(*COLUMNS).where(Binding.valid_from >= since, Binding.valid_from <= until, ~Binding.exact_from)
    ended = select(*COLUMNS).where(Binding.valid_to >= since, Binding.valid_to <= until, ~Binding.exact_to)
    seen = [
        (grant, change)
        for grant in map(grant_of, _maybe_close(subject, session.execute(began)))
        if _closeness(subject, change := _begun(grant))[0]
    ]
    beginnings = HistoryBeginnings(session, (grant for grant, _ in seen))
    # Bindings in the first snapshot of a scope are older than the history.
    yield from (change for grant, change in seen if not beginnings.is_older(grant))
    for grant in map(grant_of, session.execute(ended)):
        what, evidence = _grant(grant, given=False), Statement(texts.NO_LONGER_SEEN)
        yield _of_grant(grant, grant.valid_to or until, what, "", evidence)


def _maybe_close(subject: IncidentSubject, rows: Iterable[Any]) -> Iterator[Any]:
    """The bindings that may have something in common with the incident: most have nothing, and are looked at no further."""
    for row in rows:
        place = row.resource.lower()
        if (
            any(word in place for word in subject.words)
            or (subject.resource and row.resource.endswith(subject.resource))
            or (subject.principal and (subject.principal in row.resource or row.member.endswith(subject.principal)))
        ):
            yield row


def _begun(grant: AccessGrant) -> _Change:
    return _of_grant(grant, grant.valid_from, _grant(grant, given=True), "", Statement(texts.FIRST_SEEN))


def _of_grant(
    row: AccessGrant | BindingChange, time: datetime, what: Statement, who: str, evidence: Statement
) -> _Change:
    member = row.member.rpartition(":")[2]
    return _Change(ChangeKind.GRANT, time, what, who, row.resource, member, evidence)


def _deployments(session: Session, since: datetime, until: datetime) -> Iterator[_Change]:
    query = select(UserAction).where(
        UserAction.hour >= since - timedelta(hours=1),
        UserAction.first_at <= until,
        UserAction.last_at >= since,
        UserAction.count > UserAction.denied,
        UserAction.service.in_([f"{name}.googleapis.com" for name in _DEPLOYED]),
    )
    for row in session.scalars(query):
        verb = row.method.rpartition(".")[2].lower()
        if not _WRITES.match(verb) or _NO_DEPLOYMENT.search(verb):
            continue
        what = Statement(texts.DEPLOYED, {"method": row.method.rpartition(".")[2], "resource": row.resource})
        times = Statement(texts.CALLS.form(row.count), {"count": str(row.count)}) if row.count > 1 else None
        time = min(row.last_at, until) if row.last_at <= until else row.first_at
        yield _Change(ChangeKind.DEPLOYMENT, time, what, row.principal, row.resource, evidence=times)


def _schemas(session: Session, since: datetime, until: datetime) -> Iterator[_Change]:
    """Tables whose columns changed since the previous day with known columns; the time of day is unknown."""
    statement = text(_SCHEMA_CHANGES).bindparams(
        *(bindparam(name, type_=Date()) for name in ("known", "first", "last"))
    )
    days = {"known": (since - timedelta(days=PAST_DAYS)).date(), "first": since.date(), "last": until.date()}
    for day, resource, before in session.execute(statement.columns(day=Date(), before_day=Date()), days):
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        time = min(max(noon, since), until)
        what = Statement(texts.COLUMNS_CHANGED, {"resource": resource})
        when = Statement(texts.BETWEEN_DAYS, {"before": str(before), "day": str(day)})
        yield _Change(ChangeKind.SCHEMA, time, what, "", resource, evidence=when)


def _jobs(session: Session, subject: IncidentSubject, hours: int) -> Iterator[_Change]:
    until, days = subject.time, hours / 24
    for failed in trends.failing(session, now=until, days=days, limit=200):
        if failed.failed_at is not None and failed.failed_at <= until and not is_own(subject, failed, failed.failed_at):
            yield _job(ChangeKind.FAILED_JOB, failed.failed_at, _failed(failed), failed)
    near = [job for job in trends.succeeded(session, now=until, days=days) if _is_near(subject, job[2])][:MOST_NEAR]
    compared = trends.Comparison(days, past=PAST_DAYS / days, least_runs=1, jobs=near)
    for slow in trends.slow(session, compared, now=until, limit=200):
        seconds = {"seconds": f"{slow.median:.0f}", "past": f"{slow.past_median:.0f}"}
        what = Statement(texts.JOB_SLOW, {"job_name": slow.job_name, **seconds})
        runs = {"count": str(slow.runs), "past": str(slow.past_runs), "days": str(PAST_DAYS)}
        time = until - timedelta(hours=hours) / 4  # limited to the hours before, because a job may have many runs
        yield _job(ChangeKind.SLOW_JOB, time, what, slow, Statement(texts.RUNS.form(slow.runs), runs))


def _is_near(subject: IncidentSubject, job_name: str) -> bool:
    """Whether a job shares something with the incident: comparing all jobs with their past would take too long."""
    change = _Change(ChangeKind.SLOW_JOB, subject.time, Statement(texts.JOB_SLOW), "", job_name)
    return _closeness(subject, change)[0] > 0


def _job(
    kind: ChangeKind,
    time: datetime,
    what: Statement,
    job: trends.FailingJob | trends.SlowJob,
    evidence: Statement | None = None,
) -> _Change:
    return _Change(kind, time, what, "", job.job_name, evidence=evidence)


def _failed(job: trends.FailingJob) -> Statement:
    values = {"job_name": job.job_name, "failed": str(job.failed), "runs": str(job.runs)}
    return (
        Statement(texts.JOB_FAILED, {**values, "error": job.error})
        if job.error
        else Statement(texts.JOB_FAILED_WITHOUT_ERROR, values)
    )


def _ago(gap: timedelta) -> Statement:
    minutes = int(gap.total_seconds() // 60)
    if minutes < 120:
        return Statement(texts.MINUTES_BEFORE, {"count": str(minutes)})
    return Statement(texts.HOURS_BEFORE, {"count": str(minutes // 60)})
