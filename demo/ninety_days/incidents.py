"""The incidents of the ninety days: the findings of the rules in past log entries, recorded at their time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

from cli.entries.analysis import Analysis
from collectors.metrics_analysis.sigma import artifact
from db.error_db.runs import claims, planning, results
from db.error_db.store import ErrorStore
from demo.entries import (
    HINOMI,
    PROJECT,
    REGION,
    airflow_task,
    bucket_policy,
    denied_call,
    vertex_pipeline,
    vm_event,
)
from demo.ninety_days.times import DAYS
from demo.world import DAG
from shared.config import Settings
from shared.history import JobRunRow
from shared.model import Finding, JobState, Mode, Trigger
from shared.records import IncidentChange, IncidentView
from shared.texts import Text, actions
from shared.texts.recorded import TRANSLATIONS

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
WORKER = "past"
DELIVERED_AFTER = timedelta(seconds=4)
FIRST, LAST = 88, 3  # days ago
Entry = dict[str, Any]
Made = Callable[[datetime], Entry]


@dataclass(frozen=True, slots=True)
class PastRepair:
    """A repair by a handler rule: its action, the target, and the result."""

    handler_rule: str
    action: str
    target: str
    result: Text


@dataclass(frozen=True, slots=True)
class PastFault:
    """A fault with the entries of its beginning and its end, and its repair.

    Its owner, if it has one, acknowledges it, and resolves it if no entry reports a recovery.
    """

    fails: Entry
    recovers: Entry | None
    begin: datetime
    end: datetime
    fixed_by: PastRepair | None = None
    owner: str = ""
    resolution: str = ""


@dataclass(frozen=True, slots=True)
class RandomFault:
    """A fault that returned `times` times and lasted `minutes` minutes."""

    times: int
    minutes: tuple[int, int]
    fails: Made
    recovers: Made | None = None
    fixed_by: PastRepair | None = None
    owner: str = ""
    resolution: str = ""


def _task(state: str) -> Made:
    return lambda time: airflow_task(
        time, DAG, "extract", f"scheduled__{time:%Y-%m-%dT%H}:00:00+00:00", state, attempt=3
    )


def _denied(time: datetime) -> Entry:
    return denied_call(
        time, "secretmanager", "google.cloud.secretmanager.v1.SecretManagerService.AccessSecretVersion",
        f"projects/{PROJECT}/secrets/crm-token", "secretmanager.versions.access", "dave@example.com",
    )  # fmt: skip


def _bucket(action: str, person: str) -> Made:
    delta = {"action": action, "role": "roles/storage.objectViewer", "member": "allUsers"}
    return lambda time: bucket_policy(time, "example-landing", [delta], person)


CLEARED = PastRepair(
    "rerun-airflow-task",
    "clear_airflow_task",
    "etl/load_mart/merge_daily",
    actions.CLEARED(task="load_mart.merge_daily", attempt=1, most=2),
)
CLOSED = PastRepair(
    "close-public-bucket",
    "remove_iam_member",
    "example-landing",
    actions.REMOVED(
        grants=actions.GRANT(member="allUsers", role="roles/storage.objectViewer"), resource="bucket example-landing"
    ),
)
RANDOM = {
    "load_mart": RandomFault(9, (2, 9), _task("FAILED"), _task("SUCCESS"), CLEARED),
    "machine": RandomFault(
        5,
        (1, 3),
        lambda time: vm_event(time, "etl-worker-2", "hostError"),
        lambda time: vm_event(time, "etl-worker-2", "automaticRestart"),
    ),
    "public": RandomFault(2, (1, 2), _bucket("ADD", "carol@example.com"), _bucket("REMOVE", HINOMI), CLOSED),
    "denied": RandomFault(
        4, (90, 400), _denied, None, None, "carol@example.com", "Dave has a new task, and access for it"
    ),
}
OWNERS = {
    "export_partners.extract": "alice@example.com",
    "ingest_orders.load_raw": "",
    f"{REGION}/pipeline:demand-forecast": "frank@example.com",
}


def write_incidents(store: ErrorStore, rules: Path, now: datetime, jobs: Iterable[JobRunRow], days: int = DAYS) -> int:
    """Records the incidents of failed runs among `jobs` and of other faults of the last `days`, oldest first.

    Returns their number.
    """
    analysis = Analysis(artifact.load(rules), Settings(project=PROJECT, projects=(PROJECT,)), now)
    others = (fault for fault in by_chance(now) if fault.begin >= now - days * DAY)
    faults = sorted((*_of_jobs(jobs), *others), key=lambda fault: fault.begin)
    for line, fault in enumerate(faults):
        _record(store, analysis, line, fault)
    return len(faults)


def _of_jobs(jobs: Iterable[JobRunRow]) -> Iterator[PastFault]:
    """The failed runs that a later run of the same job repaired."""
    runs: defaultdict[str, list[JobRunRow]] = defaultdict(list)
    for run in jobs:
        if run.job_name in OWNERS:
            runs[run.job_name].append(run)
    for name, found in runs.items():
        for failed, following in pairwise(found):
            if failed.state is JobState.FAILED and failed.end_at and following.end_at:
                begin, end = failed.end_at, following.end_at
                repaired = replace(following, parent=failed.parent)  # the same run of the DAG, cleared
                yield PastFault(_end_of(failed, begin), _end_of(repaired, end), begin, end, owner=OWNERS[name])


def _end_of(run: JobRunRow, time: datetime) -> Entry:
    """The entry of the end of a run."""
    is_over = run.state is JobState.SUCCEEDED
    if run.service == "airflow":
        (dag, task), state = run.job_name.split("."), "SUCCESS" if is_over else "FAILED"
        return airflow_task(time, dag, task, run.parent.partition("/")[2], state, attempt=3)
    name = run.job_name.partition(":")[2]
    return vertex_pipeline(time, name, f"{name}-{time:%Y%m%d%H%M%S}", "SUCCEEDED" if is_over else "FAILED", run.error)


def by_chance(now: datetime) -> Iterator[PastFault]:
    """Each fault returns at its own interval, with a random delay."""
    for name, fault in RANDOM.items():
        chance = Random(name)  # noqa: S311 - made-up incidents
        pace = (FIRST - LAST) / fault.times
        for number in range(fault.times):
            begin = now - (LAST + pace * (number + chance.uniform(0.1, 0.9))) * DAY
            begin = begin.replace(minute=5)  # the hourly run that fails is cleared within its hour
            end = begin + chance.uniform(*fault.minutes) * MINUTE
            over = fault.recovers(end) if fault.recovers else None
            yield PastFault(fault.fails(begin), over, begin, end, fault.fixed_by, fault.owner, fault.resolution)


def _record(store: ErrorStore, analysis: Analysis, line: int, fault: PastFault) -> None:
    changes = _take(store, analysis, 2 * line, fault.fails, fault.begin)
    opened = next((each.incident for each in changes if each.trigger is Trigger.OPENED), None)
    if opened is None:
        return
    length = fault.end - fault.begin
    if fault.owner:
        time = fault.begin + length * 0.3
        with store.transaction(time) as transaction:
            transaction.acknowledge(opened.id, by=fault.owner, time=time)
    if fault.fixed_by:
        _repair(store, opened, fault.fixed_by, fault.begin + length * 0.5)
    if fault.recovers:
        _take(store, analysis, 2 * line + 1, fault.recovers, fault.end)
    else:
        with store.transaction(fault.end) as transaction:
            transaction.resolve(opened.id, reason=fault.resolution, time=fault.end)


def _repair(store: ErrorStore, incident: IncidentView, repair: PastRepair, time: datetime) -> None:
    """Records a remediation from its plan to its end, in one transaction: no worker may take it up."""
    run = planning.NewRun(
        incident.id,
        repair.handler_rule,
        Trigger.OPENED,
        f"past|{incident.id}",
        repair.action,
        repair.target,
        {},
        Mode.AUTO,
    )
    with store.transaction(time) as transaction:
        session = transaction.session
        number = planning.add(session, run, now=time)
        if number is not None:
            claims.claim(session, number, owner=WORKER, now=time, lease=MINUTE)
            done = results.FinishedRun(repair.result.en, details={TRANSLATIONS: repair.result.translations})
            results.finish(session, number, done, owner=WORKER, now=time + DELIVERED_AFTER)


def _take(store: ErrorStore, analysis: Analysis, line: int, entry: Entry, time: datetime) -> list[IncidentChange]:
    """Records what the rules find in an entry."""
    changes: list[IncidentChange] = []
    received = time + DELIVERED_AFTER
    with store.transaction(received, f"past-{line}") as transaction:
        for each in (*analysis.take(line, entry), *analysis.finish()):  # no later entry corrects it
            effect = each.effect
            changes += (
                transaction.record(effect, redact=()) if isinstance(effect, Finding) else transaction.recover(effect)
            )
    return changes
