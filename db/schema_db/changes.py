"""What changed before an incident: grants, schemas, deployments, jobs that ran late or failed, most likely cause first.

The ranking is closeness: in time (a cause comes before its effect, and soon), and in place (the same thing, its
container, the same person, service, project), times how often changes of that kind are to blame. It is a hint for a
person, so every line says what speaks for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from sqlalchemy import Date, bindparam, select, text
from sqlalchemy.orm import Session

from db.schema_db import jobs
from db.schema_db.models import Binding, BindingChange, UserAction
from shared.model import Kind
from shared.records import IncidentView

HOURS = 24
MOST = 10
LEAST = 0.05
PAST_DAYS = 30


class ChangeKind(StrEnum):
    """What kind of change."""

    DEPLOYMENT = "deployment"
    GRANT = "grant"
    SCHEMA = "schema"
    FAILED_JOB = "failed job"
    SLOW_JOB = "slow job"


PRIOR = {
    ChangeKind.DEPLOYMENT: 1.0,
    ChangeKind.SCHEMA: 0.9,
    ChangeKind.FAILED_JOB: 0.9,
    ChangeKind.GRANT: 0.7,
    ChangeKind.SLOW_JOB: 0.6,
}
# An incident about access is about a grant first.
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
_WORD = re.compile(r"[^\s/.:@\[\]]+")
# Words of resource names that say nothing of the place.
_COMMON = frozenset(
    [
        "projects",
        "datasets",
        "tables",
        "buckets",
        "objects",
        "instances",
        "zones",
        "regions",
        "locations",
        "topics",
        "subscriptions",
        "jobs",
        "services",
        "functions",
        "environments",
        "storage",
        "googleapis",
        "com",
        "bigquery",
        "compute",
        "cloudresourcemanager",
        "airflow",
        "merge",
        "select",
        "insert",
        "b",
        "_",
        "the",
        "of",
        "serviceaccount",
        "user",
        "group",
        "gserviceaccount",
        "iam",
    ]
)


@dataclass(frozen=True, slots=True)
class Subject:
    """What went wrong: since when, and where."""

    time: datetime
    kind: Kind
    service: str
    project: str
    resource: str
    principal: str
    words: frozenset[str]


@dataclass(frozen=True, slots=True)
class Cause:
    """A change that came before. `evidence` says what speaks for it; `score` only orders."""

    kind: ChangeKind
    time: datetime
    what: str
    who: str
    score: float
    evidence: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Change:
    kind: ChangeKind
    time: datetime
    what: str
    who: str
    place: str
    project: str = ""
    service: str = ""
    evidence: str = ""


def before(session: Session, incident: IncidentView, *, hours: int = HOURS, limit: int = MOST) -> list[Cause]:
    """What changed in the hours before the incident, most likely cause first; empty when nothing comes close."""
    subject = subject_of(incident)
    since = subject.time - timedelta(hours=hours)
    found = [
        *_grants(session, since, subject.time),
        *_unseen_grants(session, since, subject.time),
        *_deployments(session, since, subject.time),
        *_schemas(session, since, subject.time),
        *_jobs(session, subject.time, hours),
    ]
    causes = [_judged(subject, change, hours) for change in found]
    likely = [cause for cause in causes if cause.score >= LEAST]
    return sorted(likely, key=lambda cause: (-cause.score, cause.time, cause.what))[:limit]


def subject_of(incident: IncidentView) -> Subject:
    """The incident as far as closeness goes."""
    words = _words(incident.resource, *incident.labels.values()) - _words(incident.project)
    return Subject(
        incident.opened_at,
        incident.kind,
        incident.service,
        incident.project,
        incident.resource,
        incident.principal,
        words,
    )


def _judged(subject: Subject, change: _Change, hours: int) -> Cause:
    gap = subject.time - change.time
    nearness = max(0.0, 1 - gap / timedelta(hours=hours))
    place, why = _closeness(subject, change)
    prior = (ACCESS_PRIOR if subject.kind is Kind.IRREGULAR_ACCESS else PRIOR)[change.kind]
    evidence = [f"{_ago(gap)} before", *([why] if why else []), *([change.evidence] if change.evidence else [])]
    return Cause(change.kind, change.time, change.what, change.who, nearness * place * prior, evidence)


def _closeness(subject: Subject, change: _Change) -> tuple[float, str]:
    """From 0 to 1, and in words."""
    shared = sorted(subject.words & _words(change.place), key=len, reverse=True)
    if subject.resource and subject.resource in (change.place, change.place.rpartition("/")[2]):
        return 1.0, "the same resource"
    if shared:
        return min(0.95, 0.6 + 0.15 * len(shared)), f"same name: {', '.join(shared[:3])}"
    if subject.principal and subject.principal == change.who:
        return 0.6, f"same principal: {change.who}"
    if change.project and change.project == subject.project:
        return (0.4, "same service and project") if change.service == subject.service else (0.2, "same project")
    return 0.05, ""


def _grants(session: Session, since: datetime, until: datetime) -> Iterator[_Change]:
    query = select(BindingChange).where(BindingChange.time >= since, BindingChange.time <= until)
    for row in session.scalars(query):
        verb = "granted to" if row.action == "ADD" else "taken from"
        what = f"{row.role} {verb} {row.member} on {row.resource}"
        yield _Change(ChangeKind.GRANT, row.time, what, row.principal, row.resource, evidence="audit log")


def _unseen_grants(session: Session, since: datetime, until: datetime) -> Iterator[_Change]:
    """Bindings that began or ended between two snapshots, without an entry of the audit log."""
    began = select(Binding).where(Binding.valid_from >= since, Binding.valid_from <= until, ~Binding.exact_from)
    ended = select(Binding).where(Binding.valid_to >= since, Binding.valid_to <= until, ~Binding.exact_to)
    for row in session.scalars(began):
        what = f"{row.role} granted to {row.member} on {row.resource}"
        yield _Change(ChangeKind.GRANT, row.valid_from, what, "", row.resource, evidence="first seen by a snapshot")
    for row in session.scalars(ended):
        what = f"{row.role} taken from {row.member} on {row.resource}"
        yield _Change(
            ChangeKind.GRANT, row.valid_to or until, what, "", row.resource, evidence="no longer seen by a snapshot"
        )


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
        service = row.service.partition(".")[0]
        what = f"{row.method.rpartition('.')[2]} on {row.resource}"
        times = f"{row.count} calls" if row.count > 1 else ""
        time = min(row.last_at, until) if row.last_at <= until else row.first_at
        yield _Change(
            ChangeKind.DEPLOYMENT, time, what, row.principal, row.resource, row.project, service, evidence=times
        )


def _schemas(session: Session, since: datetime, until: datetime) -> Iterator[_Change]:
    """Tables whose columns are other ones than the day before; when on that day is not known."""
    statement = text(
        "SELECT day, resource, project FROM v_table_growth WHERE schema_changed AND day >= :first AND day <= :last"
    ).bindparams(bindparam("first", type_=Date()), bindparam("last", type_=Date()))
    found = session.execute(statement.columns(day=Date()), {"first": since.date(), "last": until.date()})
    for day, resource, project in found:
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        time = min(max(noon, since), until)
        what, when = f"columns of {resource} changed", f"between the snapshots of {day - timedelta(days=1)} and {day}"
        yield _Change(ChangeKind.SCHEMA, time, what, "", resource, project, "bigquery", evidence=when)


def _jobs(session: Session, until: datetime, hours: int) -> Iterator[_Change]:
    days = hours / 24
    for failed in jobs.failing(session, now=until, days=days, limit=200):
        if failed.failed_at is not None and failed.failed_at <= until:
            what = (
                f"{failed.job_name} failed {failed.failed} of {failed.runs} times: {failed.error or 'no reason given'}"
            )
            yield _Change(
                ChangeKind.FAILED_JOB, failed.failed_at, what, "", failed.job_name, failed.project, failed.service
            )
    compared = jobs.Compared(days, past=PAST_DAYS / days, least_runs=1)
    for slow in jobs.slow(session, compared, now=until, limit=200):
        what = f"{slow.job_name} took {slow.median:.0f} s instead of {slow.past_median:.0f} s"
        sample = f"{slow.runs} run{'s' if slow.runs > 1 else ''} against {slow.past_runs} in {PAST_DAYS} days"
        time = until - timedelta(hours=hours) / 4  # somewhere in the hours before: its runs are many
        yield _Change(ChangeKind.SLOW_JOB, time, what, "", slow.job_name, slow.project, slow.service, evidence=sample)


def _words(*names: str) -> frozenset[str]:
    """The telling parts of names: a table, a bucket, a DAG, a person."""
    return frozenset(word for name in names for word in _parts(name.lower()) if word not in _COMMON and len(word) > 2)


def _parts(name: str) -> Sequence[str]:
    return _WORD.findall(name)


def _ago(gap: timedelta) -> str:
    minutes = int(gap.total_seconds() // 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"


def lines(causes: Iterable[Cause]) -> list[str]:
    """The causes as text, one line each."""
    return [
        f"{cause.kind}: {cause.what}{f' by {cause.who}' if cause.who else ''} ({'; '.join(cause.evidence)})"
        for cause in causes
    ]
