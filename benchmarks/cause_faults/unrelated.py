"""Changes at the time of a fault that are not its cause: of other resources, or with counter-evidence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from benchmarks.cause_faults.faults import (
    EDITOR,
    PEOPLE,
    VIEWER,
    InjectedFault,
    Injector,
    account,
    dataset,
    host_error,
    table_name,
)  # fmt: skip
from benchmarks.cause_faults.platform import (
    CPU,
    DAY,
    END,
    ENVIRONMENT,
    HOUR,
    MACHINES,
    MINUTE,
    PROJECT,
    SimulatedJob,
    size_row,
)  # fmt: skip
from shared.history import MetricPoint, Row
from shared.identity.iam_names import MANAGER
from shared.model import JobState

Changes = Callable[[Injector, InjectedFault], list[Row]]


def _time(injector: Injector, fault: InjectedFault) -> datetime:
    """A moment in the day before the incident, mostly shortly before it."""
    back = injector.rng.choice((2 * HOUR, 6 * HOUR, DAY))
    return fault.incident.opened_at - injector.rng.random() * back - MINUTE


def _other(injector: Injector, fault: InjectedFault) -> SimulatedJob:
    """A job that shares no table and no name with that of the fault."""
    job = fault.job
    while True:
        other = injector.rng.choice(injector.platform.jobs)
        if job is None or (
            other is not job
            and other.account != job.account
            and not {other.writes, *other.reads} & {job.writes, *job.reads}
        ):
            return other


def role_of_another(injector: Injector, fault: InjectedFault) -> list[Row]:
    """Another account or a person got or lost a role on a dataset, possibly a dataset of the job."""
    other = _other(injector, fault)
    member = injector.rng.choice([account(other), *(f"user:{each}" for each in PEOPLE)])
    table = injector.rng.choice([other.writes, *(fault.job.reads if fault.job else ())])
    action = injector.rng.choice(("ADD", "REMOVE"))
    return [injector.binding(_time(injector, fault), action, dataset(table), EDITOR, member)]


def role_elsewhere(injector: Injector, fault: InjectedFault) -> list[Row]:
    """The account of the job lost a role on a dataset that the job does not use."""
    if fault.job is None:
        return []
    name = f"//bigquery.googleapis.com/projects/{PROJECT}/datasets/archive"
    return [injector.binding(_time(injector, fault), "REMOVE", name, VIEWER, account(fault.job))]


def role_given_back(injector: Injector, fault: InjectedFault) -> list[Row]:
    """The account lost a required role and got it back before the failure."""
    if fault.job is None or not fault.job.reads:
        return []
    time = fault.incident.opened_at - injector.rng.uniform(20, 200) * MINUTE
    name, member = dataset(fault.job.reads[0]), account(fault.job)
    return [
        injector.binding(time, "REMOVE", name, EDITOR, member),
        injector.binding(time + 5 * MINUTE, "ADD", name, EDITOR, member),
    ]


def role_before_success(injector: Injector, fault: InjectedFault) -> list[Row]:
    """The account lost a role two intervals ago, and the job has succeeded since."""
    job = fault.job
    if job is None or not job.reads:
        return []
    time = fault.start - 1.6 * job.every
    return [injector.binding(time, "REMOVE", dataset(job.reads[-1]), EDITOR, account(job))]


def definition_of_another(injector: Injector, fault: InjectedFault) -> list[Row]:
    """Another job was deployed."""
    other = _other(injector, fault)
    if other.kind == "airflow":
        return []
    service, method, resource = other.definition
    return [injector.call(_time(injector, fault), service, method, resource)]


def definition_before_success(injector: Injector, fault: InjectedFault) -> list[Row]:
    """The job itself was deployed, and has succeeded since."""
    job = fault.job
    if job is None:
        return []
    return [injector.call(fault.start - 1.5 * job.every, *job.definition)]


def columns_elsewhere(injector: Injector, fault: InjectedFault) -> list[Row]:
    """A table that the job does not use has other columns, and another such table has other rows."""
    other = _other(injector, fault)
    if fault.job and other.writes in (fault.job.writes, *fault.job.reads):
        return []
    ago = (END.date() - fault.incident.opened_at.date()).days
    return [size_row(other.writes, ago, 90_000_000, "others")]


def table_changed_elsewhere(injector: Injector, fault: InjectedFault) -> list[Row]:
    """A table that the job does not use was changed over the API."""
    method = "google.cloud.bigquery.v2.TableService.PatchTable"
    name = table_name(_other(injector, fault).writes)
    return [injector.call(_time(injector, fault), "bigquery.googleapis.com", method, name)]


def failure_elsewhere(injector: Injector, fault: InjectedFault) -> list[Row]:
    """An unrelated job failed."""
    other, time = _other(injector, fault), _time(injector, fault)
    if _leads_to(injector, fault.job, other):
        return []
    return list(other.run(time, JobState.FAILED, error="Error while reading data", seconds=30))


def upstream_repaired(injector: Injector, fault: InjectedFault) -> list[Row]:
    """The job that provides a table failed and was repaired before the job started."""
    job = fault.job
    if job is None or not job.reads or fault.kind.startswith("upstream"):
        return []
    producer = next(each for each in injector.platform.jobs if each.writes == job.reads[0])
    time = fault.start - 40 * MINUTE
    return [
        *producer.run(time, JobState.FAILED, error="connection reset", seconds=20),
        *producer.run(time + 10 * MINUTE, seconds=producer.seconds),
    ]


def _leads_to(injector: Injector, job: SimulatedJob | None, other: SimulatedJob) -> bool:
    """Whether a job reads, over several steps, what another one writes."""
    if job is None:
        return False
    reached, wanted = set[str](), set(job.reads)
    while wanted - reached:
        reached |= wanted
        wanted = {read for each in injector.platform.jobs if each.writes in reached for read in each.reads}
    return other.writes in reached


def load_elsewhere(injector: Injector, fault: InjectedFault) -> list[Row]:
    """An unrelated machine is busy."""
    name = injector.rng.choice(MACHINES)
    key = next(key for key in injector.platform.series() if key.resource == name and key.metric == CPU)
    return [MetricPoint(key, fault.incident.opened_at - step * 7 * MINUTE, 0.99) for step in range(6)]


def machine_elsewhere(injector: Injector, fault: InjectedFault) -> list[Row]:
    """The host of an unrelated machine failed."""
    return [host_error(_time(injector, fault), f"zones/eu-b/instances/{injector.rng.choice(MACHINES)}")]


def environment_before(injector: Injector, fault: InjectedFault) -> list[Row]:
    """The environment was changed, and other DAGs have succeeded since."""
    if fault.kind in ("environment", "platform event"):
        return []
    resource = f"//composer.googleapis.com/projects/{PROJECT}/locations/eu/environments/{ENVIRONMENT}"
    time = fault.incident.opened_at - injector.rng.uniform(2.2, 20) * HOUR
    return [injector.call(time, "composer.googleapis.com", "Environments.UpdateEnvironment", resource)]


def quota_elsewhere(injector: Injector, fault: InjectedFault) -> list[Row]:
    """The quota of another service was changed."""
    resource = f"projects/{PROJECT}/locations/global/quotaPreferences/compute.googleapis.com-cpus"
    return [
        injector.call(
            _time(injector, fault), "cloudquotas.googleapis.com", "CloudQuotas.UpdateQuotaPreference", resource
        )
    ]


def role_on_another_project(injector: Injector, fault: InjectedFault) -> list[Row]:
    """The account lost a role on another project."""
    if fault.job is None:
        return []
    resource = f"{MANAGER}projects/other-project"
    return [injector.binding(_time(injector, fault), "REMOVE", resource, VIEWER, account(fault.job))]


ALL: Sequence[Changes] = (
    role_of_another, role_elsewhere, role_given_back, role_before_success, definition_of_another,
    definition_before_success, columns_elsewhere, table_changed_elsewhere, failure_elsewhere, upstream_repaired,
    load_elsewhere, machine_elsewhere, environment_before, quota_elsewhere, role_on_another_project,
)  # fmt: skip
MOST = 6
COINCIDENCES = 0.05


def unrelated(injector: Injector, fault: InjectedFault) -> list[Row]:
    """Two to six changes of different kinds; one fault in twenty coincides with a harmless deployment of its own job."""
    chosen = injector.rng.sample(ALL, k=injector.rng.randint(2, MOST))
    rows = [row for each in chosen for row in each(injector, fault)]
    if fault.job is not None and injector.rng.random() < COINCIDENCES:
        time = fault.start - injector.rng.uniform(0.05, 0.8) * fault.job.every
        rows.append(injector.call(time, *fault.job.definition))
    return rows
