"""Decides which changes in the audit log were made by an action run; other changes by Hinomi's accounts are suspicious."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any

from sqlalchemy.orm import Session

from db.error_db import runs
from handlers import registry
from shared.config import Settings
from shared.identity.iam_names import caller_name, member_name
from shared.records import RunView

# The time of an entry is the start or end of the call, by another clock than that of the run. A run that is attempted
# again starts from the beginning, and the entry of the first attempt may arrive later.
BEFORE = timedelta(minutes=15)
AFTER = timedelta(minutes=2)
_JOBS = re.compile(r"/(projects/[^/]+/jobs)(?:/|$)")
_JOB = re.compile(r"projects/[^/]+/jobs/[^/]+")
_SERVICE = re.compile(r"//[^/]+/")
_DATAFLOW = "dataflow.googleapis.com"
_WORD = re.compile(r"[^/.:]+")
_KINDS = frozenset({"projects", "buckets", "datasets", "_", "gs"})
# The objects of an audit entry that contain what a call granted and revoked.
_POLICIES = ("policyDelta", "datasetChange", "datasetCreation")


def explains(entry: dict[str, Any], time: datetime, session: Session, settings: Settings) -> bool:
    """Whether a change by one of Hinomi's accounts is the work of an action run, or of the copy of the history.

    A change is that of an action run if the account is that of the function that runs actions, the action declares the
    method, a run of it was changing this resource at that time, and the call granted nothing beyond the plan of the run. A
    BigQuery job may end long after the run that started it; it is recognized by its id in the plan.
    """
    payload, accounts = entry["protoPayload"], settings.service_accounts
    email = caller_name(payload["authenticationInfo"])
    if email in (accounts[1:] or accounts) and _is_history_copy(payload, settings.bigquery_history):
        return True
    call = str(payload.get("serviceName", "")), str(payload.get("methodName", ""))
    callers = [name for name in sorted(registry.remediations()) if call in _calls(name)]
    granted = _granted(payload)
    if email != accounts[0] or not callers or granted is None:
        return False
    started = runs.started_since(session, time - timedelta(days=1), actions=callers)
    covering = (run for run in started if _covers(run, time))
    if any(_is_on(run, payload) and granted <= _restored(run) for run in covering):
        return True
    jobs = _jobs(payload)
    later = (_is_source(payload, run) or _is_in_target(payload, run) for run in started)
    return not granted and (any(jobs & _planned_jobs(run) for run in started) or any(later))


def _calls(name: str) -> tuple[tuple[str, str], ...]:
    calls: tuple[tuple[str, str], ...] = getattr(registry.find(name), "CALLS", ())
    return calls


def _jobs(payload: dict[str, Any]) -> set[str]:
    """The BigQuery jobs that an entry is about, or that made its change, as `projects/PROJECT/jobs/JOB`."""
    metadata = payload.get("metadata")
    changes = metadata.values() if isinstance(metadata, dict) else ()
    names = [change.get("jobName") for change in changes if isinstance(change, dict)]
    return {str(name) for name in (payload.get("resourceName"), *names) if _JOB.fullmatch(str(name))}


def _planned_jobs(run: RunView) -> set[str]:
    """The BigQuery jobs that the calls of a run start or cancel."""
    planned = run.plan_made["calls"] if run.plan_made else ()
    found = [(_JOBS.search(call["url"]), call["body"].get("jobId")) for call in planned]
    return {f"{path[1]}/{job}" for path, job in found if path and job}


def _is_source(payload: dict[str, Any], run: RunView) -> bool:
    """Whether an entry is about an object that a load of the run reads, or about the list of the objects of its bucket."""
    bucket, _, name = str(payload.get("resourceName", "")).removeprefix("projects/_/buckets/").partition("/objects/")
    bodies = [call["body"] for call in run.plan_made["calls"]] if run.plan_made else ()
    sources = [uri for body in bodies for uri in body.get("configuration", {}).get("load", {}).get("sourceUris", ())]
    return any(
        fnmatchcase(f"gs://{bucket}/{name}", uri) if name else uri.startswith(f"gs://{bucket}/") for uri in sources
    )


def _granted(payload: dict[str, Any]) -> set[tuple[str, str]] | None:
    """The roles that the call granted, with their members; None if the entry does not show the change."""
    blocks = (payload.get("serviceData"), payload.get("metadata"))
    changes = [block.get(name) for block in blocks if isinstance(block, dict) for name in _POLICIES]
    found = [change.get("bindingDeltas") for change in changes if isinstance(change, dict)]
    deltas = [delta for some in found if isinstance(some, list) for delta in some]
    if not all(isinstance(delta, dict) and delta.get("action") in ("ADD", "REMOVE") for delta in deltas):
        return None
    return {_role(delta) for delta in deltas if delta["action"] == "ADD"}


def _restored(run: RunView) -> set[tuple[str, str]]:
    """The roles that the plan of a run grants, with their members: for an undo of a removal, or a restored role."""
    if run.plan_made is None:
        return set()
    grants = (grant for call in run.plan_made["calls"] for grant in call["body"].get("add", ()))
    return {_role(grant) for grant in grants}


def _role(grant: dict[str, Any]) -> tuple[str, str]:
    return str(grant.get("role", "")), member_name(str(grant.get("member", "")))


def _covers(run: RunView, time: datetime) -> bool:
    if run.started_at is None or time < run.started_at - BEFORE:
        return False
    return run.finished_at is None or time <= run.finished_at + AFTER


def _is_on(run: RunView, payload: dict[str, Any]) -> bool:
    """Whether the call is on the target of a run, or on a resource that its plan names."""
    return any(_same(target, name) for target in _aimed(run) for name in _names(payload))


def _aimed(run: RunView) -> tuple[str, ...]:
    """The target of a run, and the other resources in its plan."""
    details = (run.plan_made or {}).get("details") or {}
    return (run.target, str(details.get("resource", "")), *map(str, details.get("resources", ())))


def _is_in_target(payload: dict[str, Any], run: RunView) -> bool:
    """Whether the call is on the target of a run or in it, for an action whose calls go on after the run (JOB_PERMISSIONS)."""
    if not getattr(registry.find(run.action), "JOB_PERMISSIONS", ()):
        return False
    name = _words(str(payload.get("resourceName", "")))
    aimed = [_words(target) for target in _aimed(run)]
    return any(bool(words) and name[: len(words)] == words for words in aimed)


def _names(payload: dict[str, Any]) -> Iterator[str]:
    """The names of the resource of a call.

    IAM names an account by its number, and the request by its address. Dataflow names a job in the request alone.
    """
    yield str(payload.get("resourceName", ""))
    service, request = payload.get("serviceName"), payload.get("request")
    if service == _DATAFLOW and isinstance(request, dict):
        yield f"{_DATAFLOW}/jobs/{request.get('job_name', request.get('jobName', ''))}"
    if service == "iam.googleapis.com" and isinstance(request, dict):
        for asked in (str(request.get("name", "")), str(request.get("resource", ""))):
            yield asked
            yield asked.partition("/serviceAccounts/")[2]


def _same(target: str, resource: str) -> bool:
    """Whether a resource is the target of a run. The notations may differ: `projects/p/datasets/d`, `p:d`, `gs://b`."""
    aimed = _words(target)
    return bool(aimed) and aimed == _words(resource)


def _words(name: str) -> list[str]:
    return [word for word in _WORD.findall(_SERVICE.sub("", name, count=1)) if word not in _KINDS]


def _is_history_copy(payload: dict[str, Any], dataset: str) -> bool:
    """Whether the change is one by the history function in the dataset of HINOMI_BIGQUERY_HISTORY."""
    project, _, name = dataset.partition(".")
    home = f"projects/{project}/datasets/{name}"
    resource = str(payload.get("resourceName", ""))
    is_own_dataset = bool(dataset) and (resource == home or resource.startswith(f"{home}/"))
    return is_own_dataset and payload.get("serviceName") == "bigquery.googleapis.com" and not _changes_access(payload)


def _changes_access(payload: dict[str, Any]) -> bool:
    metadata = payload.get("metadata")
    change = metadata.get("datasetChange") if isinstance(metadata, dict) else None
    return isinstance(change, dict) and "bindingDeltas" in change
