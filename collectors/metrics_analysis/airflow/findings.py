"""Findings about an Airflow that is watched from outside, and their recoveries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shared import local_time
from shared.identity.fingerprint import fingerprint
from shared.model import Finding, IncidentKind, NextStep, Recovery, Severity
from shared.next_steps import next_step
from shared.records import IncidentView
from shared.texts import Text
from shared.texts.airflow import watched as texts
from shared.texts.recorded import translations

UNREACHABLE, UNHEALTHY, IMPORT_ERROR = "airflow/unreachable", "airflow/unhealthy", "airflow/import_error"
WAITING, RUNNING, NOT_SCHEDULED = "airflow/waiting_long", "airflow/running_long", "airflow/not_scheduled"
PAUSED, ZOMBIE, FAILING = "airflow/paused", "airflow/zombie", "airflow/failing_often"
WITH_RECOVERY = (UNREACHABLE, UNHEALTHY, IMPORT_ERROR, WAITING, RUNNING, NOT_SCHEDULED, PAUSED, FAILING)
SERVICE = "composer"  # that of all incidents about Airflow
QUIET_SECONDS = 2 * 86_400  # of a connection that no longer exists nothing else would close the incident
RULES = (*WITH_RECOVERY, ZOMBIE)
JOBS = (IMPORT_ERROR, NOT_SCHEDULED, PAUSED, FAILING)


@dataclass(frozen=True, slots=True)
class AirflowProblem:
    """A problem with a part of an Airflow: a component, a file, a DAG; `subject` is empty for the whole Airflow."""

    rule: str
    title: Text
    summary: Text
    severity: Severity
    subject: str = ""
    since: datetime | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, Any] = field(default_factory=dict)


def finding(environment: str, seen: AirflowProblem, time: datetime) -> Finding:
    """The finding. Each tick that sees the problem is an occurrence of the same incident."""
    key = fingerprint(seen.rule, environment, seen.subject)
    return Finding(
        rule=seen.rule,
        title=seen.title.en,
        kind=kind_of(seen.rule),
        severity=seen.severity,
        service=SERVICE,
        resource="/".join(filter(None, (environment, seen.subject.rpartition("/")[2] or seen.subject))),
        principal="",
        summary=seen.summary.en,
        fingerprint=key,
        time=time,
        since=min(seen.since, time) if seen.since else None,
        event_key=f"{seen.rule}|{key}|{int(time.timestamp())}",
        quiet_seconds=QUIET_SECONDS,
        fields=dict(seen.fields),
        labels={"environment": environment, **seen.labels},
        translations=translations(title=seen.title, summary=seen.summary),
        next_steps=_steps(seen),
    )


def kind_of(rule: str) -> IncidentKind:
    """The kind of the incidents of one of these rules."""
    return IncidentKind.JOB_FAILURE if rule in JOBS else IncidentKind.LOAD_ISSUE


def recovery(incident: IncidentView, time: datetime) -> Recovery:
    """The recovery of an unresolved incident."""
    text, key = texts.OVER[incident.rule], incident.fingerprint
    event = f"{incident.rule}|{key}|over|{int(time.timestamp())}"
    return Recovery(incident.rule, key, time, event, text.en, translations(summary=text))


def moment(time: datetime | None) -> Text | str:
    """Formats a time for a summary."""
    return local_time.minute(time) if time else texts.NEVER


def _steps(seen: AirflowProblem) -> tuple[NextStep, ...]:
    dag = seen.labels.get("dag_id", "")
    late = next_step(texts.SEE_LATE, ("hinomi", "jobs", "gaps", "--service", "airflow"))
    runs = next_step(texts.SEE_RUNS, ("hinomi", "jobs", "show"), dag)
    steps: Mapping[str, Sequence[NextStep]] = {
        UNREACHABLE: (next_step(texts.SEE_SERVER), late),
        UNHEALTHY: (next_step(texts.SEE_COMPONENT), late),
        IMPORT_ERROR: (next_step(texts.SEE_IMPORT, ("airflow", "dags", "list-import-errors")),),
        WAITING: (next_step(texts.SEE_POOLS, ("airflow", "pools", "list")), runs),
        RUNNING: (next_step(texts.SEE_TASK), runs),
        NOT_SCHEDULED: (next_step(texts.SEE_COMPONENT), late),
        PAUSED: (next_step(texts.SEE_WHO_PAUSED), runs),
        ZOMBIE: (next_step(texts.SEE_WORKER), runs),
        FAILING: (next_step(texts.SEE_INCIDENTS, ("hinomi", "incidents", "list", "--service=composer", "--since=1d")),),
    }
    return tuple(steps[seen.rule])
