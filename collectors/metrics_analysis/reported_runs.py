"""The runs in reports: a job outside Google Cloud started, succeeded or failed, and its expected interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from collectors.metrics_analysis import reporters
from collectors.metrics_analysis.evidence import Report, bounded_key
from collectors.metrics_analysis.report_model import every_of, finish_by_of, is_check
from collectors.metrics_analysis.sigma.template import exact, show
from shared.identity.late_jobs import LATE, late_key
from shared.identity.reported_run import SERVICE, ReportedRun
from shared.model import IncidentKind, JobState, Recovery
from shared.texts import late_jobs
from shared.texts.recorded import translations

STATES = {"started": JobState.RUNNING, "ok": JobState.SUCCEEDED, "failed": JobState.FAILED}


def run_of(report: Report, declared: Sequence[Mapping[str, Any]]) -> ReportedRun | None:
    """The run in a report; None for a report that is not about a job.

    The detector has already checked the fields.
    """
    data = report.data
    if is_check(data):
        return None
    kinds = reporters.find(declared, report.source)["kind"]
    kind = data.get("kind") or (kinds[0] if len(kinds) == 1 else IncidentKind.JOB_FAILURE)
    if kind != IncidentKind.JOB_FAILURE or data["state"] not in STATES or _is_airflow_task(data):
        return None
    named, run = exact(data["job"]), exact(data.get("id")) if data.get("id") is not None else ""
    return ReportedRun(
        reporter=report.source,
        job=show(data["job"]),
        run=run,
        state=STATES[data["state"]],
        time=report.time,
        event_key=bounded_key("report", report.source, named, report.message_id or run, report.time.isoformat()),
        summary=show(data.get("summary")),
        every=every_of(data.get("every")),
        finish_by=finish_by_of(data.get("finish_by")),
    )


def _is_airflow_task(data: Mapping[str, Any]) -> bool:
    """Whether a report is about a task of Airflow: its DAG run is the run of a job, which is reported too."""
    labels = data.get("labels")
    return isinstance(labels, Mapping) and bool(labels.get("dag_id")) and bool(labels.get("task_id"))


def on_time(run: ReportedRun) -> Recovery:
    """The recovery of the incident about lateness, for the successful run of a job."""
    key, summary = late_key(SERVICE, run.reporter, run.job), late_jobs.REPORTED
    event = f"{LATE}|{key}|reported|{run.event_key}"[:300]
    return Recovery(LATE, key, run.time, event, summary.en, translations(summary=summary))
