"""Findings about late jobs, and their recoveries."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from insights.jobs.deadlines.usual_end import UsualEnd
from insights.jobs.due_run import DueRun
from insights.jobs.figures import ShownRun
from insights.jobs.late_job import LateJob
from insights.jobs.starts import Job
from shared import local_time
from shared.durations import duration_text
from shared.identity.fingerprint import fingerprint
from shared.identity.late_jobs import LATE, MANY_LATE, late_key
from shared.identity.service_names import service_name
from shared.model import Finding, IncidentKind, NextStep, Recovery, Severity
from shared.next_steps import next_step
from shared.texts import Text, as_text
from shared.texts import late_jobs as texts
from shared.texts.recorded import translations

INCIDENT_SERVICES = {"airflow": "composer"}
NAMED = 5  # jobs that a summary names


def late(found: LateJob, waiting: Sequence[LateJob] = ()) -> Finding:
    """The finding about a late job. Each due run and each long run is an occurrence. `waiting` are the jobs it delays."""
    summary, key = _with_path(_summary(found), found, waiting), key_of(found.job)
    event = _event(found) + ("|holds up" if waiting else "")
    service, project, name = found.job
    return Finding(
        rule=LATE,
        title=texts.LATE_TITLE.en,
        kind=IncidentKind.JOB_FAILURE,
        severity=Severity.MEDIUM,
        service=INCIDENT_SERVICES.get(service, service),
        resource=name,
        project=project,
        principal=found.run.principal if found.run else "",
        summary=summary.en,
        fingerprint=key,
        time=found.seen_at,
        since=found.since,
        event_key=f"{LATE}|{key}|{event}",
        fields=_facts(found),
        labels={"job": name, **({"run": found.run.run_id} if found.run else {})},
        elements=_elements(found, waiting),
        translations=translations(title=texts.LATE_TITLE, summary=summary),
        next_steps=_next_steps(found, waiting),
    )


def _next_steps(found: LateJob, waiting: Sequence[LateJob]) -> tuple[NextStep, ...]:
    runs = next_step(texts.SEE_RUNS, ("hinomi", "jobs", "show"), found.job[2])
    if found.path:
        return next_step(texts.SEE_BLOCKING, ("hinomi", "jobs", "show"), found.path[0].job[2]), runs
    if waiting:
        return runs, next_step(texts.SEE_DEADLINES, ("hinomi", "jobs", "late"))
    return runs, next_step(texts.SEE_UPSTREAM, ("hinomi", "jobs", "list", "--state", "failing", "--state", "missing"))


def _elements(found: LateJob, waiting: Sequence[LateJob]) -> dict[str, list[dict[str, Any]]]:
    """The upstream runs that delay the job, the first of the chain first, and the jobs that it delays."""
    path = [{"job": each.job[2], "state": each.state, "expected_end": _iso(each.expected_end)} for each in found.path]
    held = [
        {
            "job": each.job[2],
            "expected_end": _iso(each.expected_end),
            "usual_end": _iso(each.usual_end.usual if each.usual_end else None),
        }
        for each in waiting
    ]
    return {name: values for name, values in (("held_up_by", path), ("holds_up", held)) if values}


def _iso(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""


def _event(found: LateJob) -> str:
    """The text that identifies an occurrence: the deadline, the run, or the due runs."""
    if found.deadline:
        return f"deadline|{found.deadline.isoformat()}"
    if found.is_predicted and found.usual_end:
        return f"end|{found.usual_end.due.due_at.isoformat()}"
    return found.run.run_id if found.run else f"{found.missed}|{found.since.isoformat()}"


def many(found: Sequence[LateJob], expected: int) -> Finding:
    """The finding about many jobs of one service and project that have not started."""
    service, project, _ = found[0].job
    key = key_of_many(service, project)
    since = min(each.since for each in found)
    names = [each.job[2] for each in found]
    listed = as_text(", ".join(names[:NAMED]))
    if len(names) > NAMED:
        listed = texts.AND_MORE(jobs=listed, count=len(names) - NAMED)
    summary = texts.MANY(
        count=len(names),
        expected=expected,
        service=service_name(service),
        project=project,
        since=local_time.minute(since),
        jobs=listed,
    )
    return Finding(
        rule=MANY_LATE,
        title=texts.MANY_TITLE.en,
        kind=IncidentKind.JOB_FAILURE,
        severity=Severity.HIGH,
        service=INCIDENT_SERVICES.get(service, service),
        resource=project,
        project=project,
        principal="",
        summary=summary.en,
        fingerprint=key,
        time=max(each.seen_at for each in found),
        since=since,
        event_key=f"{MANY_LATE}|{key}|{since.isoformat()}",
        fields={"late": len(names), "expected": expected},
        elements={"jobs": [{"job": name} for name in names]},
        translations=translations(title=texts.MANY_TITLE, summary=summary),
        next_steps=(
            next_step(
                texts.SEE_PLATFORM,
                ("hinomi", "incidents", "list", f"--service={INCIDENT_SERVICES.get(service, service)}"),
            ),
            next_step(texts.SEE_MISSING, ("hinomi", "jobs", "gaps", "--service", service)),
        ),
    )


def over(rule: str, key: str, run: ShownRun | None, now: datetime) -> Recovery:
    """The recovery of an incident of either rule; `run` is the latest run of the job."""
    summary = texts.MANY_OVER if rule == MANY_LATE else _end(run)
    return Recovery(rule, key, now, f"{rule}|{key}|over|{now.isoformat()}", summary.en, translations(summary=summary))


def _end(run: ShownRun | None) -> Text:
    if run is None:
        return texts.NO_LONGER_DUE
    state = texts.STATES.get(run.state) or as_text(run.state)
    return texts.ENDED(start=local_time.minute(run.start_at), state=state)


def _summary(found: LateJob) -> Text:
    name = found.job[2]
    if found.deadline is not None:
        return _about_deadline(found, found.deadline)
    if found.run is None or (found.is_predicted and found.usual_end):
        return _will_end_late(found, found.usual_end) if found.is_predicted and found.usual_end else _not_started(found)
    if found.due is not None:
        return _started_late(found, found.run, found.due)
    lasts, usual = duration_text(found.seen_at - found.run.start_at), duration_text(found.usual or 0)
    if found.expected_end is None:
        return texts.RUNS_LONG(job=name, lasts=lasts, usual=usual)
    return texts.RUNS_LONG_UNTIL(job=name, lasts=lasts, usual=usual, end=local_time.minute(found.expected_end))


def _started_late(found: LateJob, run: ShownRun, due: DueRun) -> Text:
    values = {"job": found.job[2], "start": local_time.minute(run.start_at), "due": local_time.minute(due.due_at)}
    if found.expected_end is None:
        return texts.STARTED_LATE(**values)
    return texts.STARTED_LATE_UNTIL(**values, end=local_time.minute(found.expected_end))


def _will_end_late(found: LateJob, usual: UsualEnd) -> Text:
    words = texts.WILL_END_LATE if found.run else texts.WILL_END_LATE_NOT_STARTED
    return words(
        job=found.job[2],
        end=local_time.minute(found.expected_end or usual.latest),
        chance=f"{100 * (found.chance or 0.0):.0f} %",
        usual=local_time.minute(usual.usual),
        latest=local_time.minute(usual.latest),
    )


def _with_path(summary: Text, found: LateJob, waiting: Sequence[LateJob]) -> Text:
    """The summary, with the upstream run that delays the job and the jobs that wait for it."""
    if found.path:
        first = found.path[0]
        summary = texts.HELD_UP_BY(summary=summary, job=first.job[2], state=texts.UPSTREAM_STATES[first.state])
    if waiting:
        names = [each.job[2] for each in waiting]
        listed = as_text(", ".join(names[:NAMED]))
        if len(names) > NAMED:
            listed = texts.AND_MORE(jobs=listed, count=len(names) - NAMED)
        summary = texts.HOLDS_UP(summary=summary, count=len(names), jobs=listed)
    return summary


def _not_started(found: LateJob) -> Text:
    name, due = found.job[2], local_time.minute(found.since)
    one, many = texts.NOT_STARTED, texts.SEVERAL_NOT_STARTED
    if found.is_expected:
        one, many = texts.NOT_STARTED_AS_EXPECTED, texts.SEVERAL_NOT_STARTED_AS_EXPECTED
    elif found.due and found.due.is_declared:
        one, many = texts.NOT_STARTED_AS_SCHEDULED, texts.SEVERAL_NOT_STARTED_AS_SCHEDULED
    return many(job=name, count=found.missed, due=due) if found.missed > 1 else one(job=name, due=due)


def _about_deadline(found: LateJob, at: datetime) -> Text:
    name, deadline = found.job[2], local_time.minute(at)
    if found.seen_at > at or found.expected_end is None:
        return texts.MISSED_DEADLINE(job=name, deadline=deadline)
    if found.run is None:
        usual = duration_text(found.usual or 0)
        return texts.MISSES_DEADLINE_NOT_STARTED(job=name, usual=usual, deadline=deadline)
    return texts.WILL_MISS_DEADLINE(job=name, end=local_time.minute(found.expected_end), deadline=deadline)


def key_of(job: Job) -> str:
    """The fingerprint of a late job."""
    return late_key(*job)


def job_of(service: str, project: str, resource: str) -> Job:
    """The job of an incident in the history of jobs."""
    names = {incident: history for history, incident in INCIDENT_SERVICES.items()}
    return (names.get(service, service), project, resource)


def key_of_many(service: str, project: str) -> str:
    """The fingerprint of many late jobs of one service and project."""
    return fingerprint(MANY_LATE, service, project)


def _facts(found: LateJob) -> dict[str, Any]:
    facts: dict[str, Any] = {"last_start": found.last_start.isoformat()}
    if found.due:
        facts |= {
            "due_at": found.due.due_at.isoformat(),
            "late_at": found.due.late_at.isoformat(),
            "missed": found.missed,
        }
    if found.deadline:
        facts["deadline"] = found.deadline.isoformat()
    if found.usual_end:
        facts |= {
            "usual_end": found.usual_end.usual.isoformat(),
            "latest_usual_end": found.usual_end.latest.isoformat(),
            "compared_runs": found.usual_end.runs,
        }
    if found.chance is not None:
        facts["chance_of_late"] = round(found.chance, 2)
    if found.expected_end:
        facts["expected_end"] = found.expected_end.isoformat()
    if found.run:
        facts |= {"started_at": found.run.start_at.isoformat(), "usual_seconds": round(found.usual or 0)}
    return facts
