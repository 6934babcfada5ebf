"""The state of Airflow that no log entry of Google Cloud contains.

Tasks that wait or run for too long, DAGs that are not started, paused DAGs, tasks whose process is gone, tasks that
fail more often than usual, components without a heartbeat, DAG files that cannot be imported. Each load-check tick
reads every Airflow that has a URL (shared/connections/airflow.py). An incident resolves when its problem is gone. For
Cloud Composer, components, files and heartbeats are not read, because its logs and metrics say more about them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import sqrt
from urllib.parse import urlsplit

from collectors.metrics_analysis.airflow import findings
from collectors.metrics_analysis.airflow.findings import AirflowProblem
from collectors.metrics_analysis.airflow.reports import AirflowRun, links_of_lost_process
from collectors.metrics_analysis.airflow.server_state import AirflowState, Failures, UnreachableError
from collectors.metrics_analysis.airflow.stuck_tasks import StuckTasks, running_tasks, waiting_tasks
from collectors.metrics_analysis.detectors import DetectorContext, Effect
from collectors.metrics_analysis.detectors.threshold import JOB as TICK
from collectors.metrics_analysis.detectors.threshold import READERS
from collectors.metrics_analysis.evidence import Tick
from shared.calendar.timestamps import time_of
from shared.config import Settings
from shared.connections import airflow
from shared.durations import duration_text
from shared.logs import log
from shared.model import Finding, Severity
from shared.texts import Text
from shared.texts.airflow import watched as texts

EVIDENCE = (Tick,)
PERMISSIONS = ("composer.environments.get", "composer.dags.execute")
NOT_STARTED_AFTER = timedelta(minutes=15)
PAUSED_AFTER, RAN_WITHIN = timedelta(hours=1), timedelta(days=35)
LOST_WITHIN = timedelta(hours=1)
NAMED = 5  # tasks or DAGs that a summary names
LONGEST_ERROR = 200
FEWEST_FAILED, FEWEST_BEFORE, LEAST_SHARE, TIMES_AS_MANY, DEVIATIONS = 5, 50, 0.01, 3, 4
FEWEST_BEFORE_OF_DAG = 30


@dataclass(frozen=True, slots=True)
class _Watched:
    """One Airflow: the name of its environment, and its problems; None if they could not be read."""

    environment: str
    seen: tuple[AirflowProblem, ...]
    lost: tuple[Finding, ...] = ()
    is_read: bool = True


def is_enabled(settings: Settings) -> bool:
    """Whether an Airflow is read with Google's authentication, which needs the permissions."""
    return any(one.url and one.auth == "google" for one in airflow.configured(settings).values())


def detect(evidence: Tick, context: DetectorContext) -> Iterator[Effect]:
    """Findings about current problems, and recoveries of problems that are gone."""
    named = {name: one for name, one in airflow.configured(context.settings).items() if one.url}
    if evidence.job != TICK or not named:
        return
    time = min(evidence.time, context.now)
    with ThreadPoolExecutor(READERS) as pool:
        watched = list(pool.map(lambda name: _watch(context, name, named[name], time), named))
    for each in watched:
        yield from each.lost
        yield from (findings.finding(each.environment, one, time) for one in each.seen)
    yield from _recoveries(context, watched, time)


def _recoveries(context: DetectorContext, watched: Sequence[_Watched], time: datetime) -> Iterator[Effect]:
    """The recoveries of problems that are gone; incidents of an Airflow that could not be read stay unchanged."""
    read = {each.environment for each in watched if each.is_read}
    found = {findings.finding(each.environment, one, time).fingerprint for each in watched for one in each.seen}
    for rule in findings.WITH_RECOVERY:
        for incident in context.unresolved(rule):
            if incident.labels.get("environment") in read and incident.fingerprint not in found:
                yield findings.recovery(incident, time)


def _watch(context: DetectorContext, name: str, connection: airflow.AirflowConnection, time: datetime) -> _Watched:
    environment = (connection.environment or name).rpartition("/")[2]
    try:
        state = AirflowState(airflow.server(context.clients, name))
        is_composer = (urlsplit(connection.url).hostname or "").endswith(airflow.COMPOSER_HOSTS)
        seen = list(_seen(state, environment, context, time))
        lost: list[Finding] = []
        if not is_composer:
            seen += _own_troubles(state, environment)
            lost = list(_lost(state, environment, time))
    except UnreachableError as error:
        log("WARNING", "an Airflow was not read", airflow=name, error=str(error))
        text = texts.UNREACHABLE_SUMMARY(environment=environment, error=str(error))
        unreachable = AirflowProblem(findings.UNREACHABLE, texts.UNREACHABLE, text, Severity.HIGH)
        return _Watched(environment, (unreachable,), is_read=False)
    return _Watched(environment, tuple(seen), tuple(lost))


def _seen(state: AirflowState, environment: str, context: DetectorContext, time: datetime) -> Iterator[AirflowProblem]:
    """The problems of the work in an Airflow: its tasks and DAGs."""
    dags = state.dags()
    if overdue := state.overdue(dags, time - NOT_STARTED_AFTER):
        yield _not_scheduled(environment, overdue)
    for paused in state.paused(dags, time - PAUSED_AFTER, time - RAN_WITHIN):
        values = {"dag": paused.dag, "next": findings.moment(paused.next_run), "last": findings.moment(paused.last_run)}
        text = texts.PAUSED_SUMMARY(environment=environment, **values)
        yield _about_dag(findings.PAUSED, texts.PAUSED, text, Severity.LOW, paused.dag, paused.next_run)
    yield from _stuck(state, environment, context.settings, time)
    counts = state.failures(time)
    if is_unusual(counts):
        yield _failing(environment, counts)
        return
    for dag, of_dag in state.failing_dags(time, FEWEST_FAILED).items() if counts.failed >= FEWEST_FAILED else ():
        if is_unusual(of_dag, FEWEST_BEFORE_OF_DAG):
            yield _failing(environment, of_dag, dag)


def _stuck(state: AirflowState, environment: str, settings: Settings, time: datetime) -> Iterator[AirflowProblem]:
    """The tasks that wait or run much longer than usual, or than the settings allow if their past is unknown."""
    if minutes := settings.airflow_waiting_minutes:
        for each in waiting_tasks(state, time, timedelta(minutes=minutes)):
            text = texts.WAITING_SUMMARY(count=len(each.tasks), **_values(environment, each))
            yield _stuck_tasks(findings.WAITING, texts.WAITING, text, each)
    if hours := settings.airflow_running_hours:
        for each in running_tasks(state, time, timedelta(hours=hours)):
            text = texts.RUNNING_SUMMARY(count=len(each.tasks), **_values(environment, each))
            yield _stuck_tasks(findings.RUNNING, texts.RUNNING, text, each)


def _stuck_tasks(rule: str, title: Text, summary: Text, stuck: StuckTasks) -> AirflowProblem:
    facts: dict[str, float] = {"limit_seconds": round(stuck.limit.total_seconds())}
    if stuck.usual is not None:
        usual = duration_text(stuck.usual, units=1)
        limit = duration_text(stuck.limit, units=1)
        summary = texts.LEARNED_LIMIT(summary=summary, usual=usual, limit=limit)
        facts["usual_seconds"] = round(stuck.usual.total_seconds())
    problem = _about_dag(rule, title, summary, Severity.MEDIUM, stuck.dag, stuck.stuck_at)
    return replace(problem, fields=facts)


def _own_troubles(state: AirflowState, environment: str) -> Iterator[AirflowProblem]:
    """The problems of an Airflow itself: its components and DAG files."""
    for component, heartbeat in state.unhealthy().items():
        last = time_of(heartbeat)
        text = texts.UNHEALTHY_SUMMARY(component=component, environment=environment, heartbeat=findings.moment(last))
        severity = Severity.HIGH if component in ("scheduler", "metadatabase") else Severity.MEDIUM
        yield AirflowProblem(
            findings.UNHEALTHY, texts.UNHEALTHY, text, severity, component, last, {"component": component}
        )
    for file, error in state.import_errors().items():
        trace = str(error.get("stack_trace") or "").strip()
        text = texts.IMPORT_ERROR_SUMMARY(
            file=file, environment=environment, error=trace.rpartition("\n")[2][:LONGEST_ERROR]
        )
        yield AirflowProblem(
            findings.IMPORT_ERROR,
            texts.IMPORT_ERROR,
            text,
            Severity.MEDIUM,
            file,
            time_of(error.get("timestamp")),
            {"file": file},
        )


def is_unusual(counts: Failures, fewest_before: int = FEWEST_BEFORE) -> bool:
    """Whether far more tasks failed than expected from the week before; False with too little data."""
    if counts.failed < FEWEST_FAILED or counts.ended_before < fewest_before:
        return False
    usual = max(counts.failed_before / counts.ended_before, LEAST_SHARE)
    expected = counts.ended * usual
    return counts.failed >= TIMES_AS_MANY * expected and counts.failed - expected >= DEVIATIONS * sqrt(expected)


def _failing(environment: str, counts: Failures, dag: str = "") -> AirflowProblem:
    """The problem that far more tasks fail than usual, in the whole environment or in one DAG."""
    share = f"{counts.failed_before / counts.ended_before:.1%}"
    numbers: dict[str, str | int] = {"failed": counts.failed, "ended": counts.ended, "share": share}
    text = texts.FAILING_SUMMARY(environment=environment, **numbers)
    if dag:
        text = texts.FAILING_DAG_SUMMARY(environment=environment, dag=dag, **numbers)
    facts = {
        "failed": counts.failed,
        "ended": counts.ended,
        "failed_before": counts.failed_before,
        "ended_before": counts.ended_before,
    }
    labels = {"dag_id": dag} if dag else {}
    return AirflowProblem(findings.FAILING, texts.FAILING, text, Severity.MEDIUM, dag, labels=labels, fields=facts)


def _not_scheduled(environment: str, overdue: Mapping[str, datetime]) -> AirflowProblem:
    since = min(overdue.values())
    text = texts.NOT_SCHEDULED_SUMMARY(
        count=len(overdue), environment=environment, since=findings.moment(since), dags=_named(tuple(overdue))
    )
    facts = {"due": {dag: time.isoformat() for dag, time in overdue.items()}}
    return AirflowProblem(findings.NOT_SCHEDULED, texts.NOT_SCHEDULED, text, Severity.HIGH, since=since, fields=facts)


def _lost(state: AirflowState, environment: str, time: datetime) -> Iterator[Finding]:
    """The tasks whose process is gone; their failure and the success of their run belong to the same fault."""
    for event in state.lost_heartbeats(time - LOST_WITHIN):
        dag, task = str(event["dag_id"]), str(event.get("task_id") or "")
        run = AirflowRun("", "", environment, dag, str(event.get("run_id") or ""), task)
        text = texts.ZOMBIE_SUMMARY(task=task, dag=dag, environment=environment)
        labels = {"dag_id": dag, "task_id": task, "run_id": run.run}
        seen = AirflowProblem(findings.ZOMBIE, texts.ZOMBIE, text, Severity.MEDIUM, f"{dag}.{task}", labels=labels)
        at = time_of(event.get("when")) or time
        found = findings.finding(environment, seen, min(at, time))
        number = f"{findings.ZOMBIE}|{environment}|{event.get('event_log_id')}"
        yield replace(found, event_key=number, run=run.run, links=links_of_lost_process(run))


def _about_dag(rule: str, title: Text, summary: Text, severity: Severity, dag: str, since: datetime) -> AirflowProblem:
    return AirflowProblem(rule, title, summary, severity, dag, since, {"dag_id": dag})


def _values(environment: str, stuck: StuckTasks) -> dict[str, Text | str]:
    since = findings.moment(stuck.since)
    return {"environment": environment, "dag": stuck.dag, "since": since, "tasks": _named(stuck.tasks)}


def _named(names: Sequence[str]) -> str:
    listed = ", ".join(names[:NAMED])
    return f"{listed}, …" if len(names) > NAMED else listed
