"""Faults with a cause of each kind, faults without a cause, and simultaneous changes that are not the cause."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from benchmarks.cause_faults.platform import (
    DAY,
    END,
    ENVIRONMENT,
    HOUR,
    MINUTE,
    PROJECT,
    PlatformHistory,
    SimulatedJob,
    incident_of,
    incident_view,
    size_row,
)  # fmt: skip
from insights.causes.model import ChangeKind
from shared.history import BindingChangeRow, GroupRow, JobRunRow, MetricPoint, Row, UserActionRow
from shared.identity.iam_names import MANAGER
from shared.model import ErrorClass, IncidentKind, JobState
from shared.records import IncidentView

PEOPLE = ("carol@example.com", "dave@example.com", "erin@example.com")
CI = "deploy@example-project.iam.gserviceaccount.com"
VIEWER, EDITOR, JOB_USER = "roles/bigquery.dataViewer", "roles/bigquery.dataEditor", "roles/bigquery.jobUser"
MESSAGES: Mapping[ErrorClass, str] = {
    ErrorClass.PERMISSION: "Access Denied: {table}: User does not have permission to query table",
    ErrorClass.QUOTA: "Quota exceeded: Your project exceeded quota for concurrent queries",
    ErrorClass.NOT_FOUND: "Not found: {table} was not found in location EU",
    ErrorClass.SYNTAX: "Unrecognized name: amount at [3:7]",
    ErrorClass.TIMEOUT: "Operation timed out after 6.0 hours",
    ErrorClass.MEMORY: "Resources exceeded during query execution: out of memory",
    ErrorClass.DATA: "Error while reading data: Could not parse 'abc' as INT64",
    ErrorClass.UPSTREAM: "upstream data is not available",
    ErrorClass.NETWORK: "connection reset by peer",
    ErrorClass.UNKNOWN: "",
}


@dataclass(slots=True)
class InjectedFault:
    """An incident, the rows of its cause and of other changes, and the expected cause; None if it has no cause."""

    incident: IncidentView
    kind: str
    rows: list[Row] = field(default_factory=list)
    expected: tuple[frozenset[ChangeKind], str] | None = None
    removed: list[tuple[str, datetime]] = field(default_factory=list)  # jobs whose runs since then do not exist
    job: SimulatedJob | None = None
    start: datetime = END


@dataclass(slots=True)
class Injector:
    """Injects faults into a platform."""

    platform: PlatformHistory
    rng: random.Random
    number: int = 0

    def victim(self, *, reads: bool = False, kinds: Sequence[str] = ()) -> tuple[SimulatedJob, datetime, datetime]:
        """A job, the start of the failing run, and the start of the run before it."""
        while True:
            job = self.rng.choice(self.platform.jobs)
            if (reads and not job.reads) or (kinds and job.kind not in kinds):
                continue
            starts = list(job.starts(END - 4 * DAY, END - HOUR))
            at = self.rng.randrange(1, len(starts))
            return job, starts[at], starts[at - 1]

    def fault(self, kind: str, job: SimulatedJob, start: datetime, errors: Sequence[ErrorClass]) -> InjectedFault:
        """The failure of a run, with an error of one of these classes; one error in five does not show its class."""
        error = self.rng.choice(errors) if self.rng.random() > 0.2 else ErrorClass.UNKNOWN
        table = job.reads[0] if job.reads else job.writes
        shown = "Table " + table.replace(".", ":", 1)
        message = MESSAGES[error].format(table=shown if self.rng.random() < 0.6 else "Resource")
        seconds = job.seconds * self.rng.uniform(0.2, 0.9)
        at = start + timedelta(seconds=seconds + 5)
        fault = InjectedFault(
            incident_of(job, at, error, message), kind, removed=[(job.history_name, start)], job=job, start=start
        )
        if job.kind == "airflow":
            fault.removed.append((f"{job.name}.build", start))
        if self.rng.random() < 0.6:  # the collector has read the failed run already
            fault.rows += job.run(start, JobState.FAILED, seconds=seconds, error=message)
        return fault

    def between(self, before: datetime, start: datetime, job: SimulatedJob) -> datetime:
        """A time after the last success and its propagation, and before the failure."""
        first = before + timedelta(seconds=job.seconds * 1.4 + 60)
        return first + self.rng.uniform(0.02, 0.97) * (start - first)

    def call(self, time: datetime, service: str, method: str, resource: str, who: str = "") -> UserActionRow:
        """A writing call."""
        hour = time.replace(minute=0, second=0, microsecond=0)
        who = who or self.rng.choice((*PEOPLE, CI))
        return UserActionRow(hour, PROJECT, who, service, method, resource, 1, 0, time, time)

    def binding(self, time: datetime, action: str, resource: str, role: str, member: str) -> BindingChangeRow:
        """A change of a policy."""
        self.number += 1
        who = self.rng.choice(PEOPLE)
        return BindingChangeRow(f"e{self.number}-{time.isoformat()}", time, resource, action, role, member, who)


def dataset(table: str) -> str:
    """The full name of the dataset of a table."""
    project, name, _ = table.split(".")
    return f"//bigquery.googleapis.com/projects/{project}/datasets/{name}"


def table_name(table: str) -> str:
    """The full name of a table."""
    return f"{dataset(table)}/tables/{table.rpartition('.')[2]}"


def account(job: SimulatedJob) -> str:
    """The account of a job as a member."""
    return f"serviceAccount:{job.account}"


def expects(*kinds: ChangeKind, word: str = "") -> tuple[frozenset[ChangeKind], str]:
    """The accepted kinds, and a word in the sentence."""
    return frozenset(kinds), word


def role_on_dataset(injector: Injector) -> InjectedFault:
    """The account of a job lost its role on a dataset that the job reads."""
    job, start, before = injector.victim(reads=True)
    fault = injector.fault("role on a dataset", job, start, [ErrorClass.PERMISSION])
    time = min(injector.between(before, start, job), start - MINUTE)
    fault.rows.append(injector.binding(time, "REMOVE", dataset(job.reads[0]), VIEWER, account(job)))
    fault.expected = expects(ChangeKind.REVOKED, word=dataset(job.reads[0]))
    fault.removed += _of_account(injector, job, time, job.reads[0])
    return fault


def role_on_project(injector: Injector) -> InjectedFault:
    """The account of a job may no longer create jobs, so that no other job of the account succeeds."""
    job, start, before = injector.victim()
    fault = injector.fault("role on the project", job, start, [ErrorClass.PERMISSION])
    time = injector.between(before, start, job)
    resource = f"{MANAGER}projects/{PROJECT}"
    fault.rows.append(injector.binding(time, "REMOVE", resource, JOB_USER, account(job)))
    fault.expected = expects(ChangeKind.REVOKED, word=JOB_USER)
    fault.removed += _of_account(injector, job, time)
    return fault


def role_of_group(injector: Injector) -> InjectedFault:
    """The group of the account lost its role."""
    job, start, before = injector.victim(reads=True)
    fault = injector.fault("role of a group", job, start, [ErrorClass.PERMISSION])
    time = injector.between(before, start, job)
    fault.rows.append(GroupRow("robots@example.com", (account(job),), END - 13 * DAY))
    fault.rows.append(injector.binding(time, "REMOVE", dataset(job.reads[0]), VIEWER, "group:robots@example.com"))
    fault.expected = expects(ChangeKind.REVOKED, word="group:robots@example.com")
    fault.removed += _of_account(injector, job, time, job.reads[0])
    return fault


def _of_account(injector: Injector, job: SimulatedJob, time: datetime, table: str = "") -> list[tuple[str, datetime]]:
    """All jobs of the account, or those that read a dataset, have failed since a time."""
    name = table.rpartition(".")[0]
    return [
        (each.history_name, time)
        for each in injector.platform.jobs
        if each.account == job.account and (not name or any(read.startswith(name + ".") for read in (*each.reads, each.writes)))
    ]  # fmt: skip


def columns(injector: Injector) -> InjectedFault:
    """A table read by a job has had other columns since the day of the failure."""
    job, start, _ = injector.victim(reads=True)
    table, ago = injector.rng.choice(job.reads), (END.date() - start.date()).days
    fault = injector.fault("columns", job, start, [ErrorClass.DATA, ErrorClass.SYNTAX])
    fault.rows += [size_row(table, each, 1_000_000 + (14 - each), "other") for each in range(ago, -1, -1)]
    fault.expected = expects(ChangeKind.SCHEMA, word=table)
    return fault


def statement(injector: Injector) -> InjectedFault:
    """Somebody dropped or changed a table read by a job, with a statement or over the API."""
    job, start, before = injector.victim(reads=True)
    table, rng = injector.rng.choice(job.reads), injector.rng
    time = injector.between(before, start, job)
    dropped = rng.random() < 0.5
    errors = [ErrorClass.NOT_FOUND] if dropped else [ErrorClass.SYNTAX, ErrorClass.DATA]
    fault = injector.fault("statement", job, start, errors)
    if rng.random() < 0.5:
        kind, who = "DROP_TABLE" if dropped else "ALTER_TABLE", rng.choice(PEOPLE)
        fault.rows.append(
            JobRunRow("bigquery", PROJECT, f"ddl-{time}", f"{who} {kind}", JobState.SUCCEEDED, "", time, time, time + MINUTE,
                      principal=who, statement_type=kind, destination=table)
        )  # fmt: skip
    else:
        method = "TableService.DeleteTable" if dropped else "TableService.PatchTable"
        fault.rows.append(
            injector.call(time, "bigquery.googleapis.com", f"google.cloud.bigquery.v2.{method}", table_name(table))
        )
    fault.removed += [(each.history_name, time) for each in injector.platform.jobs if dropped and table in each.reads]
    fault.expected = expects(ChangeKind.SCHEMA, word=table.rpartition(".")[2])
    return fault


def definition(injector: Injector) -> InjectedFault:
    """Somebody deployed another version of the job."""
    job, start, before = injector.victim()
    service, method, resource = job.definition
    errors = [ErrorClass.SYNTAX, ErrorClass.MEMORY, ErrorClass.TIMEOUT, ErrorClass.UNKNOWN]
    fault = injector.fault("definition", job, start, errors)
    fault.rows.append(injector.call(injector.between(before, start, job), service, method, resource))
    fault.expected = expects(ChangeKind.DEPLOYMENT, word=resource)
    return fault


def environment(injector: Injector) -> InjectedFault:
    """Somebody changed the environment, and all its jobs have failed since."""
    job, start, before = injector.victim(kinds=["airflow"])
    fault = injector.fault("environment", job, start, [ErrorClass.SYNTAX, ErrorClass.NETWORK, ErrorClass.MEMORY])
    resource = f"//composer.googleapis.com/projects/{PROJECT}/locations/eu/environments/{ENVIRONMENT}"
    time = injector.between(before, start, job)
    fault.rows.append(injector.call(time, "composer.googleapis.com", "Environments.UpdateEnvironment", resource))
    fault.expected = expects(ChangeKind.DEPLOYMENT, word=resource)
    fault.removed += [(f"{each.name}.build", time) for each in injector.platform.jobs if each.kind == "airflow"]
    return fault


def quota(injector: Injector) -> InjectedFault:
    """Somebody lowered a quota."""
    job, start, before = injector.victim(kinds=["airflow", "scheduled"])
    fault = injector.fault("quota", job, start, [ErrorClass.QUOTA])
    resource = f"projects/{PROJECT}/locations/global/quotaPreferences/bigquery.googleapis.com-concurrent"
    time = injector.between(before, start, job)
    fault.rows.append(injector.call(time, "cloudquotas.googleapis.com", "CloudQuotas.UpdateQuotaPreference", resource))
    fault.expected = expects(ChangeKind.QUOTA)
    return fault


def _producer(injector: Injector, table: str) -> SimulatedJob:
    return next(each for each in injector.platform.jobs if each.writes == table)


def upstream_failed(injector: Injector) -> InjectedFault:
    """The job that writes a table failed, and then the job that reads it; in half of the cases over two steps."""
    job, start, before = injector.victim(reads=True)
    root = _producer(injector, injector.rng.choice(job.reads))
    chain = [root]
    if root.reads and injector.rng.random() < 0.5:
        chain.append(_producer(injector, injector.rng.choice(root.reads)))
    fault = injector.fault("upstream failed", job, start, [ErrorClass.NOT_FOUND, ErrorClass.DATA, ErrorClass.UPSTREAM])
    time = injector.between(before, start, job)
    for step, each in enumerate(chain):
        begin = min(time, start - 10 * MINUTE * (step + 1)) - step * 5 * MINUTE
        fault.rows += each.run(begin, JobState.FAILED, error="Error while reading data", seconds=40)
        fault.removed += [(each.history_name, begin), (f"{each.name}.build", begin)]
    fault.expected = expects(ChangeKind.FAILED_JOB, word=chain[-1].history_name)
    return fault


def upstream_late(injector: Injector) -> InjectedFault:
    """The job that writes a table has not run for two of its intervals."""
    job, start, _ = injector.victim(reads=True)
    root = _producer(injector, injector.rng.choice(job.reads))
    fault = injector.fault("upstream late", job, start, [ErrorClass.NOT_FOUND, ErrorClass.UPSTREAM, ErrorClass.DATA])
    since = start - 2 * root.every
    fault.removed += [(root.history_name, since), (f"{root.name}.build", since)]
    fault.expected = expects(ChangeKind.LATE_JOB, word=root.history_name)
    return fault


def upstream_slow(injector: Injector) -> InjectedFault:
    """The job that writes a table is still running after ten times its usual duration."""
    job, start, _ = injector.victim(reads=True)
    root = _producer(injector, injector.rng.choice(job.reads))
    fault = injector.fault("upstream slow", job, start, [ErrorClass.NOT_FOUND, ErrorClass.TIMEOUT])
    seconds = max(10 * root.seconds, 1500)
    begin = start - timedelta(seconds=0.6 * seconds)
    fault.rows += root.run(begin, JobState.RUNNING, seconds=seconds, end_at=None)[:1]
    fault.removed += [(root.history_name, begin - 5 * MINUTE), (f"{root.name}.build", begin - 5 * MINUTE)]
    fault.expected = expects(ChangeKind.SLOW_JOB, word=root.history_name)
    return fault


def slots_taken(injector: Injector) -> InjectedFault:
    """Another query took the slots."""
    job, start, _ = injector.victim(kinds=["airflow", "scheduled"])
    who = injector.rng.choice(PEOPLE)
    fault = injector.fault("slots taken", job, start, [ErrorClass.QUOTA, ErrorClass.TIMEOUT])
    time = start - injector.rng.uniform(5, 90) * MINUTE
    fault.rows.append(
        JobRunRow("bigquery", PROJECT, f"heavy-{time}", f"{who} SELECT", JobState.SUCCEEDED, "", time, time, start + HOUR,
                  principal=who, statement_type="SELECT", slot_ms=10**10)
    )  # fmt: skip
    fault.expected = expects(ChangeKind.LOAD, word=f"{who} SELECT")
    return fault


def metric_high(injector: Injector) -> InjectedFault:
    """The queue of the environment, or the CPU of the cluster, is far above its past."""
    job, start, _ = injector.victim(kinds=["airflow", "cluster"])
    name, value = (ENVIRONMENT, 90.0) if job.kind == "airflow" else (job.cluster, 0.99)
    fault = injector.fault("metric high", job, start, [ErrorClass.TIMEOUT, ErrorClass.MEMORY])
    key = next(key for key in injector.platform.series() if key.resource == name)
    fault.rows += [MetricPoint(key, start - step * 7 * MINUTE, value) for step in range(8)]
    fault.expected = expects(ChangeKind.LOAD, word=name)
    return fault


def platform_event(injector: Injector) -> InjectedFault:
    """A host of the cluster failed, or Google restarted the environment's database."""
    job, start, before = injector.victim(kinds=["cluster", "airflow"])
    errors = [ErrorClass.NETWORK, ErrorClass.UPSTREAM, ErrorClass.TIMEOUT]
    fault = injector.fault("platform event", job, start, errors)
    time = max(injector.between(before, start, job), start - injector.rng.uniform(1, 40) * MINUTE)
    if job.kind == "cluster":
        target = f"zones/eu-b/instances/{job.cluster}-w-0"
        fault.rows.append(host_error(time, target))
        fault.expected = expects(ChangeKind.PLATFORM, word=target)
    else:
        resource = f"//composer.googleapis.com/projects/{PROJECT}/locations/eu/environments/{ENVIRONMENT}"
        fault.rows.append(
            injector.call(
                time, "composer.googleapis.com", "Environments.RestartWebServer", resource, "system@google.com"
            )
        )
        fault.expected = expects(ChangeKind.PLATFORM, word=resource)
        fault.removed += [(f"{each.name}.build", time) for each in injector.platform.jobs if each.kind == "airflow"]
    return fault


def host_error(time: datetime, target: str) -> JobRunRow:
    """The failure of the host of a machine."""
    return JobRunRow("compute", PROJECT, f"host-{target}-{time}", "instances.hostError", JobState.SUCCEEDED, "", time, time,
                     time, principal="system", statement_type="compute.instances.hostError", destination=target)  # fmt: skip


def volume(injector: Injector) -> InjectedFault:
    """A table that the job reads is several times as large as the day before."""
    job, start, _ = injector.victim(reads=True)
    table, ago = injector.rng.choice(job.reads), (END.date() - start.date()).days
    fault = injector.fault("volume", job, start, [ErrorClass.MEMORY, ErrorClass.TIMEOUT])
    fault.rows.append(size_row(table, ago, 40_000_000, "columns"))
    fault.expected = expects(ChangeKind.VOLUME, word=table)
    return fault


def made_public(injector: Injector) -> InjectedFault:
    """A person who got a role on a bucket made it public."""
    rng = injector.rng
    at = END - rng.uniform(1, 60) * HOUR
    bucket, who = f"exports-{rng.randrange(9)}", rng.choice(PEOPLE)
    incident = incident_view(
        rule="storage/bucket_made_public", service="storage", kind=IncidentKind.IRREGULAR_ACCESS, resource=bucket,
        principal=who, labels={"bucket": bucket, "member": "allUsers", "role": "roles/storage.objectViewer"}, opened_at=at,
        summary=f"{who} made {bucket} public",
    )  # fmt: skip
    name = f"//storage.googleapis.com/{bucket}"
    time = at - rng.uniform(3, 600) * MINUTE
    row = injector.binding(time, "ADD", name, "roles/storage.admin", f"user:{who}")
    return InjectedFault(incident, "made public", [row], expects(ChangeKind.GRANT, word="roles/storage.admin"))


def backlog(injector: Injector) -> InjectedFault:
    """Messages have been waiting since the subscriber service was deployed."""
    rng = injector.rng
    at, name = END - rng.uniform(1, 60) * HOUR, f"orders-{rng.randrange(9)}"
    incident = _backlog_of(name, at)
    resource = f"//run.googleapis.com/projects/{PROJECT}/locations/eu/services/{name}"
    row = injector.call(at - rng.uniform(2, 200) * MINUTE, "run.googleapis.com", "Services.ReplaceService", resource)
    return InjectedFault(incident, "backlog", [row], expects(ChangeKind.DEPLOYMENT, word=resource))


def _backlog_of(name: str, at: datetime) -> IncidentView:
    return incident_view(
        rule="load/pubsub_oldest_message", service="pubsub", kind=IncidentKind.LOAD_ISSUE, resource=f"{PROJECT}/{name}",
        principal="", opened_at=at, summary="The oldest message has waited for 16 min",
        labels={"project_id": PROJECT, "subscription_id": name, "metric": "pubsub_oldest_message"},
    )  # fmt: skip


def without_cause(injector: Injector) -> InjectedFault:
    """A fault without an explanation in the history."""
    if injector.rng.random() < 0.15:
        return InjectedFault(_backlog_of("orders-x", END - injector.rng.uniform(1, 60) * HOUR), "no cause")
    job, start, _ = injector.victim()
    return injector.fault("no cause", job, start, list(ErrorClass))


Make = Callable[[Injector], InjectedFault]
CAUSES: Sequence[Make] = (
    role_on_dataset, role_on_project, role_of_group, columns, statement, definition, environment, quota, upstream_failed,
    upstream_late, upstream_slow, slots_taken, metric_high, platform_event, volume, made_public, backlog,
)  # fmt: skip
