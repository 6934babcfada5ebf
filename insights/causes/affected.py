"""What an incident affects: resources, the tables that its job reads and writes, accounts, and the first failure.

The incident itself names few of them. The runs of its job in the history have the rest: an Airflow task has the tables
and the account of its BigQuery job, and the first failure since the last success may be older than the incident.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import field
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.schema_db.models import GroupMember, JobRun
from db.schema_db.selection import valid_at
from insights.causes import names
from insights.causes.names import Name, Place
from insights.causes.subject import subject_of
from shared.identity.error_classes import of_texts
from shared.identity.iam_names import is_service_account, member_of_principal
from shared.lazy.dataclass import dataclass
from shared.model import ErrorClass, IncidentKind, JobState
from shared.records import IncidentView

PAST = timedelta(days=8)  # a weekly job ran in it
MOST_RUNS = 400
LATER = timedelta(hours=1)  # a run may be stored with a later time than its incident
LATE_RULES = ("jobs/run_late", "jobs/many_late")
# What contains a resource: a change of it may concern others as well.
CONTAINERS = frozenset({"environments", "clusters", "namespaces", "datasets", "connections", "reservations"})
FAMILIES = {"composer": "airflow"}


@dataclass(frozen=True, slots=True)
class Affected:
    """The resources and accounts that an incident affects.

    `failed_at` is the first failure after `succeeded_at`, the start of the last successful run; None if no run is
    known. `own` are the names of the resource, `around` the names of its containers, `words` ids without a collection,
    `named` the words of the message. `symptom` is the class of the error, or `late`, `load`, `access`.
    """

    incident: IncidentView
    symptom: str
    failed_at: datetime
    succeeded_at: datetime | None
    own: frozenset[Name]
    around: frozenset[Name]
    words: frozenset[str]
    named: frozenset[str]
    reads: frozenset[Name]
    writes: frozenset[Name]
    accounts: frozenset[str]
    groups: frozenset[str]
    jobs: frozenset[str]
    runs: Sequence[JobRun] = field(repr=False)

    @property
    def tables(self) -> frozenset[Name]:
        """The tables that the job reads or writes."""
        return self.reads | self.writes

    @property
    def datasets(self) -> frozenset[Name]:
        """The datasets of these tables."""
        return frozenset(map(names.dataset_of, self.tables))

    @property
    def members(self) -> frozenset[str]:
        """The accounts and their groups, as members of policies."""
        return frozenset(map(member_of_principal, self.accounts)) | self.groups

    def touches(self, place: Place) -> bool:
        """Whether the job works on a resource or on something in it, as far as the history and the message say."""
        if place.name is None:
            return False
        known = self.own | self.tables | self.datasets
        return place.name in known or place.name[1] in self.named | self.words


def affected_by(session: Session, incident: IncidentView) -> Affected:
    """What an incident affects, from the incident and the history of its job."""
    jobs = _job_names(incident)
    runs = _runs(session, incident, jobs) if jobs else []
    message = _message(incident, runs)
    failed_at, succeeded_at = _times(incident, runs)
    named_tables = names.tables_in(message, incident.project)
    target = names.place_of(incident.labels.get("target", "")).name
    reads = {name for run in runs for table in run.sources or () if (name := names.table_of(table))}
    writes = {name for run in runs if (name := names.table_of(run.destination or ""))}
    writes |= {target} if target and target[0] == "tables" else set()
    reads |= named_tables - writes
    reads |= _checked(incident) - writes
    own, around = _names(incident)
    accounts = _accounts(incident, runs, message)
    return Affected(
        incident=incident,
        symptom=_symptom(incident, message),
        failed_at=failed_at,
        succeeded_at=succeeded_at,
        own=own,
        around=around,
        words=_words(incident),
        named=names.in_text(message),
        reads=frozenset(reads),
        writes=frozenset(writes),
        accounts=accounts,
        groups=_groups(session, accounts, failed_at),
        jobs=jobs,
        runs=runs,
    )


def _checked(incident: IncidentView) -> set[Name]:
    """The table of a data quality check, because the cause is in what happened to the table and to its writers."""
    label = incident.labels.get
    if not label("check"):
        return set()
    name = names.table_of(label("table", "")) or names.place_of(incident.resource).name
    return {name} if name and name[0] == "tables" else set()


def _job_names(incident: IncidentView) -> frozenset[str]:
    """The names of its job in the history, with the BigQuery job that an Airflow task starts."""
    if incident.kind is not IncidentKind.JOB_FAILURE:
        return frozenset()
    label = incident.labels.get
    found = set(subject_of(incident).own_jobs)
    dag, task = label("dag") or label("dag_id"), label("task") or label("task_id")
    if dag and task:
        found |= {f"{dag}.{task}", f"airflow:{dag}.{task}"} - {""}
        found -= {dag}
    if pipeline := label("pipeline"):
        found.add(f"pipeline:{pipeline}")
    return frozenset(found)


def _runs(session: Session, incident: IncidentView, jobs: Iterable[str]) -> list[JobRun]:
    """The latest runs of its job up to the incident, latest first; of its project, except for those of Airflow."""
    until = incident.opened_at + LATER
    query = (
        select(JobRun)
        .where(
            JobRun.job_name.in_(sorted(jobs)), JobRun.start_at >= incident.opened_at - PAST, JobRun.start_at <= until
        )
        .order_by(JobRun.start_at.desc())
        .limit(MOST_RUNS)
    )
    return [run for run in session.scalars(query) if run.service == "airflow" or incident.project in ("", run.project)]


def _times(incident: IncidentView, runs: Sequence[JobRun]) -> tuple[datetime, datetime | None]:
    """The first failure since the last success before the incident, and the start of that success."""
    family = FAMILIES.get(incident.service, incident.service)
    counted = [run for run in runs if run.service == family] or list(runs)
    at = incident.opened_at
    done = [
        run.start_at
        for run in counted
        if run.state == JobState.SUCCEEDED and run.start_at and (run.end_at or run.start_at) <= at
    ]
    succeeded = max(done, default=None)
    ended = (run.end_at or run.start_at for run in counted if run.state == JobState.FAILED)
    failed = [time for time in ended if time and time <= at and (succeeded is None or time > succeeded)]
    return min([at, *failed]), succeeded


def _message(incident: IncidentView, runs: Sequence[JobRun]) -> str:
    """The known texts of the error: the reason, the summary, and the error of the latest failed run."""
    latest = (run.error for run in runs if run.state == JobState.FAILED and run.error)
    return "\n".join(filter(None, (incident.reason, next(latest, ""), incident.summary)))


def _symptom(incident: IncidentView, message: str) -> str:
    if incident.rule in LATE_RULES:
        return "late"
    if incident.kind is IncidentKind.LOAD_ISSUE:
        return "load"
    if incident.kind is IncidentKind.IRREGULAR_ACCESS:
        return "access"
    known = incident.error if incident.error is not None else ErrorClass.UNKNOWN
    return of_texts([message]) if known is ErrorClass.UNKNOWN else known


def _names(incident: IncidentView) -> tuple[frozenset[Name], frozenset[Name]]:
    """The names of the incident and of its containers.

    An environment is the subject only if the incident is about nothing inside it.
    """
    place = names.place_of(incident.resource)
    found = set(names.of_labels(incident.labels, incident.service, incident.project))
    found |= {name for name in place.names if name[0] not in ("", incident.project)}
    found = {name for name in found if name[1] != incident.project}
    tables = {name for name in found if name[0] == "tables"}
    found |= {names.dataset_of(name) for name in tables}
    own = {name for name in found if name[0] not in CONTAINERS}
    return (frozenset(own), frozenset(found - own)) if own else (frozenset(found), frozenset())


def _words(incident: IncidentView) -> frozenset[str]:
    """The words that people use for the subject: the last part of its resource, and its job."""
    last = incident.resource.rstrip("/").rpartition("/")[2]
    return frozenset(word for word in (last, incident.labels.get("pipeline", "")) if len(word) > 2) - {incident.project}


def _accounts(incident: IncidentView, runs: Sequence[JobRun], message: str) -> frozenset[str]:
    """The accounts that run its job; a service account that the message names is one of them."""
    named = filter(is_service_account, names.addresses_in(message))
    found = {incident.principal, *(run.principal for run in runs), *named}
    return frozenset(each for each in found if "@" in each and not each.startswith("system@"))


def _groups(session: Session, accounts: Iterable[str], at: datetime) -> frozenset[str]:
    """The groups that the accounts are in, directly."""
    members = sorted(map(member_of_principal, accounts))
    if not members:
        return frozenset()
    query = select(GroupMember.group).where(GroupMember.member.in_(members), valid_at(GroupMember, at))
    return frozenset(f"group:{group}" for group in session.scalars(query))


def datasets_of(tables: Iterable[str]) -> Iterator[Name]:
    """The datasets of tables, in the notation of the history."""
    yield from (names.dataset_of(name) for table in tables if (name := names.table_of(table)))
