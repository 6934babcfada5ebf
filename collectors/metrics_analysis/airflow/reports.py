"""Reports about tasks and DAG runs of Airflow, which clients/hinomi_airflow publishes.

Their findings use the same names as the rules for Composer's logs (rules/composer), so that a report and a log line
about one failure are one incident, and the success of the task resolves it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from collectors.metrics_analysis.evidence import Report, bounded_key
from collectors.metrics_analysis.sigma.finding import links_of
from collectors.metrics_analysis.sigma.template import Scope, exact, show
from shared.identity import error_classes
from shared.identity.fingerprint import fingerprint
from shared.model import Finding, IncidentKind, JobLinks, NextStep, Recovery, Severity
from shared.next_steps import next_step
from shared.texts import Template, Text, as_text
from shared.texts import airflow as texts
from shared.texts.recorded import translations

SERVICES = ("composer", "airflow")
FAILED, RETRYING, LATE, OK, STARTED = "failed", "retrying", "late", "ok", "started"
STATES = (STARTED, RETRYING, LATE, OK, FAILED)
TASK_FAULT, RUN_FAULT = "composer/task_failed", "composer/dag_run_failed"
CLOSED_AFTER = 8 * 86_400  # seconds without a success that is reported, as rules of lines without one
_PLACE = "{labels.environment}"
_RUN = f"{_PLACE} {{labels.run_id}}"
_DAG = {
    "group": "airflow {labels.dag_id:label}",
    "separate_by": {"environment": f"{{project}} {{location}} {_PLACE}", "environment_name": _PLACE},
    "also": False,
    "when": "",
}
_TASK = "task {labels.task_id:label}"
_MAPPED = f"mapped {{labels.task_id}} {{project}} {{location}} {_RUN}"
# The links of the rules task_failed, dag_run_failed, task_error and zombie_task.
TASK_LINKS = (
    {
        **_DAG,
        "shared_names": [_TASK],
        "own": [f"{_TASK} in {_PLACE}", f"{_TASK} {_RUN}", f"{_TASK} {_RUN} {{labels.map_index}}"],
        "part_of": [f"run {_RUN}"],
    },
    {**_DAG, "also": True, "when": "{mapped}", "own": [_MAPPED], "part_of": [_MAPPED], "separate_by": {}},
)
RUN_LINKS = ({**_DAG, "shared_names": ["dag"], "own": [f"dag in {_PLACE}", f"run {_RUN}"], "part_of": []},)
REASON_LINKS = ({**_DAG, "own": [f"{_TASK} {_RUN} {{labels.map_index}}"], "part_of": []},)
RUN_REASON_LINKS = ({**_DAG, "own": [f"run {_RUN}"], "part_of": []},)
LATE_LINKS = ({**_DAG, "own": [], "part_of": [f"{_TASK} {_RUN}", f"run {_RUN}"]},)


@dataclass(frozen=True, slots=True)
class AirflowRun:
    """A task instance or, without `task`, a DAG run, from the labels of a report.

    An Airflow outside Google Cloud has neither `project` nor `location`.
    """

    project: str
    location: str
    environment: str
    dag: str
    run: str
    task: str = ""
    map_index: str = ""
    try_number: str = ""

    @property
    def job(self) -> str:
        """The name of the job."""
        return "/".join(filter(None, (self.environment, self.dag, self.task)))


def run_of(data: Mapping[str, Any], service: str) -> AirflowRun | None:
    """The task instance or DAG run in a report, from its labels; None if the report is not about Airflow.

    The declaration of a reporter limits the jobs that it may name, so labels that name another job are ignored.
    """
    labels = data.get("labels")
    if service not in SERVICES or not isinstance(labels, Mapping):
        return None
    names = ("location", "environment", "dag_id", "run_id", "task_id", "map_index", "try_number")
    run = AirflowRun(exact(data.get("project")), *(exact(labels.get(name)) for name in names))
    is_whole = run.environment and run.dag and run.run
    return run if is_whole and run.job == exact(data.get("job")) else None


def effects(report: Report, run: AirflowRun, base: Finding) -> Iterator[Finding | Recovery]:
    """The findings and recoveries of a report; `base` is the finding for any report of a failure."""
    state, scope = report.data["state"], _scope(report.data, run)
    error = show(report.data.get("summary"))
    event = bounded_key(
        "airflow", report.source, run.job, run.run, run.map_index, state, run.try_number or report.time.isoformat()
    )
    base = replace(base, event_key=event, fingerprint=_fingerprint(run), run=run.run, next_steps=_next_steps(run))
    if state == OK:
        summary = _summary(texts.TASK_OK if run.task else texts.RUN_OK, run)
        links = links_of({"links": TASK_LINKS if run.task else RUN_LINKS}, scope)
        yield Recovery(
            base.rule, base.fingerprint, base.time, event, summary.en, translations(summary=summary), run.run, links
        )
    elif state == LATE:
        yield _late(base, run, scope, error)
    elif state == FAILED:
        yield _failed(base, run, scope)
    if state in (FAILED, RETRYING) and error:
        yield _reason(base, run, scope, error)


def links_of_lost_process(run: AirflowRun) -> JobLinks:
    """The links of a task whose process is gone: to the failure of the task and to its DAG run."""
    labels = {"environment": run.environment, "dag_id": run.dag, "run_id": run.run, "task_id": run.task}
    return links_of({"links": LATE_LINKS}, _scope({"labels": labels}, run), joins=True)


def _failed(base: Finding, run: AirflowRun, scope: Scope) -> Finding:
    title, text = (texts.TASK_TITLE, texts.TASK_FAILED) if run.task else (texts.RUN_TITLE, texts.RUN_FAILED)
    summary = _summary(text, run)
    return replace(
        base,
        title=title.en,
        summary=summary.en,
        translations=translations(title=title, summary=summary),
        links=links_of({"links": TASK_LINKS if run.task else RUN_LINKS}, scope, joins=True),
    )


def _reason(base: Finding, run: AirflowRun, scope: Scope, error: str) -> Finding:
    """The finding with the line that says why the run failed; it opens no incident and is shown on that of the run."""
    return replace(
        base,
        title=texts.REASON_TITLE.en,
        severity=Severity.MEDIUM,
        summary=error,
        translations=translations(title=texts.REASON_TITLE, summary=as_text(error)),
        explains=True,
        error=error_classes.of_texts([error]),
        links=links_of({"links": REASON_LINKS if run.task else RUN_REASON_LINKS}, scope, joins=True),
    )


def _late(base: Finding, run: AirflowRun, scope: Scope, deadline: str) -> Finding:
    summary = _summary(texts.TASK_LATE if run.task else texts.RUN_LATE, run)
    if deadline:
        summary = texts.WITH_REASON(summary=summary, reason=deadline)
    return replace(
        base,
        title=texts.LATE_TITLE.en,
        kind=IncidentKind.JOB_FAILURE,
        summary=summary.en,
        translations=translations(title=texts.LATE_TITLE, summary=summary),
        fingerprint=fingerprint(base.rule, LATE, run.project, run.location, run.environment, run.dag, run.task),
        quiet_seconds=CLOSED_AFTER,
        links=links_of({"links": LATE_LINKS}, scope, joins=True),
    )


def _fingerprint(run: AirflowRun) -> str:
    """The fingerprint that the rules for Composer's logs give to the same fault."""
    place = run.project, run.location, run.environment, run.dag
    return fingerprint(TASK_FAULT, *place, run.task, run.map_index) if run.task else fingerprint(RUN_FAULT, *place)


def _scope(data: Mapping[str, Any], run: AirflowRun) -> Scope:
    """The values for the links; an instance of a task that is not mapped has the index -1."""
    mapped = run.map_index if run.map_index not in ("", "-1") else ""
    place = {"project": run.project or "-", "location": run.location or "-"}
    return Scope({"labels": data["labels"], "mapped": mapped, **place})


def _summary(text: Template, run: AirflowRun) -> Text:
    values = {"dag": run.dag, "task": run.task, "run": run.run, "environment": run.environment}
    mapped = f" [{run.map_index}]" if run.map_index not in ("", "-1") else ""
    return text(**values, tries=run.try_number or "?", mapped=mapped)


def _next_steps(run: AirflowRun) -> tuple[NextStep, ...]:
    job = f"airflow:{run.dag}.{run.task}" if run.task else f"airflow:{run.dag}"
    return (
        next_step(texts.SEE_LOG),
        next_step(texts.SEE_RUNS, ("hinomi", "jobs", "show"), job),
        next_step(texts.CLEAR, ("airflow", "tasks", "states-for-dag-run"), run.dag, run.run),
    )
