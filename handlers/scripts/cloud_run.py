"""Runs a script as a Cloud Run job: one call starts it, later calls follow it, and its output is read from the log.

The starting call cannot be repeated safely. Therefore each run puts a key into the environment of its execution, by
which an attempt whose response was lost finds the execution. API: docs.cloud.google.com/run/docs/reference/rest/v2.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from handlers.context import ActionContext
from handlers.errors import check, translated
from handlers.remediations.model import Call, Outcome, Verdict
from handlers.scripts.command import ScriptCall
from handlers.scripts.local import exit_text
from shared.config import Settings
from shared.errors import ActionError, InputError
from shared.own_incidents import JOB_PREFIX
from shared.redaction import setting_values as forms
from shared.setting import Setting
from shared.texts import Text, scripts
from shared.texts.recorded import OUTPUT

_PLACE = re.compile(r"projects/[a-z][a-z0-9.:-]{4,60}/locations/[a-z]+-[a-z]+[0-9]+", re.ASCII)


def _check_location(value: str) -> None:
    if value and not _PLACE.fullmatch(value):
        raise InputError(scripts.LOCATION_FORM(value=forms.shown_invalid(value)))


LOCATION = Setting(
    "HINOMI_SCRIPT_LOCATION",
    "Where the Cloud Run jobs of scripts are, `projects/PROJECT/locations/REGION`; empty: scripts run as processes of the machine.",
    example="projects/my-monitoring/locations/asia-northeast1",
    check=_check_location,
    form=forms.RUN_LOCATION,
)
PERMISSIONS = ("logging.logEntries.list", "run.executions.list", "run.jobs.run", "run.jobs.runWithOverrides")
KEY = "HINOMI_SCRIPT_KEY"  # a variable of the execution that identifies the run
MARGIN_SECONDS = 60  # the container starts, and ends the script itself
LOOK_AGAIN_SECONDS = 20.0
LOG_DELAY = timedelta(seconds=60)  # until the log of an execution that has ended is complete
RECENT = 100  # executions of a job that are searched


def job_of(settings: Settings, script: str, *, worker: str = "") -> str:
    """The full name of the job of a script; empty if scripts run as processes or on a worker. Raises InputError."""
    location = LOCATION.text(settings.environment)
    _check_location(location)
    return f"{location}/jobs/{JOB_PREFIX}{script.replace('_', '-')}" if location and not worker else ""


def start_call(context: ActionContext, made: ScriptCall, job: str, shows: Mapping[str, Any]) -> Call:
    """The call that starts the execution, with the values of this run."""
    variables = {
        KEY: context.run_key(made.script.name),
        "HINOMI_RUN_ID": str(context.run_id),
        "HINOMI_INCIDENT_ID": str(context.incident.id),
        **made.variables,
    }
    env = [{"name": name, "value": value} for name, value in variables.items()]
    timeout = f"{made.script.time_limit + MARGIN_SECONDS}s"
    return Call(
        scripts.RUN_JOB(job=job.rpartition("/")[2]),
        "POST",
        f"{context.clients.run_url}/v2/{job}:run",
        body={"overrides": {"containerOverrides": [{"env": env}], "taskCount": 1, "timeout": timeout}},
        shows=shows,
        conflicts=(),
    )


def find_execution(context: ActionContext, job: str, key: str) -> dict[str, Any] | None:
    """The execution of a run among the latest ones of its job; None if there is none."""
    session = context.clients.http()
    url = f"{context.clients.run_url}/v2/{job}/executions"
    listed = check(session.get(url, params={"pageSize": RECENT}), scripts.LIST_EXECUTIONS(job=job.rpartition("/")[2]))
    return next((each for each in listed.json().get("executions", ()) if _has_key(each, key)), None)


def verdict(context: ActionContext, job: str, script: str) -> Verdict:
    """The state of the execution as a verdict.

    A success does not show that the fault is fixed; the success of the job does.
    """
    key = context.run_key(script)
    execution = find_execution(context, job, key)
    if execution is None:
        raise ActionError(scripts.NO_EXECUTION(job=job.rpartition("/")[2]), permanent=False)
    facts = {"execution": str(execution.get("name", "")).rpartition("/")[2], "log": execution.get("logUri", "")}
    completed = _completed(execution)
    if completed is None:
        return Verdict(Outcome.NOT_YET, scripts.STILL_RUNNING, facts, look_again_seconds=LOOK_AGAIN_SECONDS)
    report = _report(context, job, key)
    if report is None and _ended_within(execution, context.now, LOG_DELAY):
        return Verdict(Outcome.NOT_YET, scripts.WAITS_FOR_LOG, facts, look_again_seconds=LOOK_AGAIN_SECONDS)
    if report:
        facts |= {OUTPUT: str(report.get(OUTPUT, "")), "exit": int(report.get("exit", -1))}
    if completed:
        return Verdict(Outcome.BY_EVENT, scripts.JOB_SUCCEEDED, facts)
    return Verdict(Outcome.NOT_FIXED, scripts.JOB_FAILED(ending=_ending(execution, report)), facts)


def _has_key(execution: Mapping[str, Any], key: str) -> bool:
    containers = execution.get("template", {}).get("containers", ())
    return any(
        each.get("name") == KEY and each.get("value") == key for one in containers for each in one.get("env", ())
    )


def _completed(execution: Mapping[str, Any]) -> bool | None:
    """Whether the execution succeeded; None while it runs."""
    if not execution.get("completionTime"):
        return None
    states = {each.get("type"): each.get("state") for each in execution.get("conditions", ())}
    return states.get("Completed") == "CONDITION_SUCCEEDED"


def _ended_within(execution: Mapping[str, Any], now: datetime, delay: timedelta) -> bool:
    ended = datetime.fromisoformat(str(execution["completionTime"]))
    return now - ended < delay


def _ending(execution: Mapping[str, Any], report: Mapping[str, Any] | None) -> Text:
    """How the script ended, in the words of its report; otherwise in those of Cloud Run."""
    if report and report.get("timed_out"):
        return scripts.AT_TIME_LIMIT
    if report and "exit" in report:
        return exit_text(int(report["exit"]))
    messages = [each.get("message", "") for each in execution.get("conditions", ()) if each.get("type") == "Completed"]
    return Text.verbatim(" ".join(str(messages[0] if messages else "").split())[:300] or "failed")


def _report(context: ActionContext, job: str, key: str) -> dict[str, Any] | None:
    """The report of handlers/scripts/job.py in the log of the execution; None if it is not there, or may not be read."""
    project = "/".join(job.split("/")[:2])
    since = (context.now - timedelta(days=2)).isoformat()
    parts = ('log_id("run.googleapis.com/stdout")', f'timestamp>="{since}"', f'jsonPayload.hinomi_script_key="{key}"')
    request = {"resource_names": [project], "filter": " AND ".join(parts), "page_size": 10}
    try:
        with translated("read the log"):
            entries = list(context.clients.logging().list_log_entries(request=request, timeout=20.0))
    except ActionError:
        return None
    payloads = [dict(entry.json_payload) for entry in entries if entry.json_payload]
    return next((each for each in payloads if each.get("hinomi_script_key") == key), None)
