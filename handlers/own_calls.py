"""Determines which changes in the audit log are the work of an action run; no other change of ours is."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from db.error_db import runs
from handlers import registry
from shared.config import Settings
from shared.records import RunView

# The time of an entry is the start or end of the call, by another clock than that of the run.
SLACK = timedelta(minutes=15)
_WORD = re.compile(r"[^/.:]+")
_KINDS = frozenset({"projects", "buckets", "datasets", "_", "gs"})


def explains(entry: dict[str, Any], time: datetime, session: Session, settings: Settings) -> bool:
    """Whether an action run made this change: it calls this method, on this resource, and ran at that time."""
    payload = entry["protoPayload"]
    if _is_history_copy(payload, settings.bigquery_history):
        return True
    call = str(payload.get("serviceName", "")), str(payload.get("methodName", ""))
    callers = [name for name in sorted(registry.remediations()) if call in _calls(name)]
    started = runs.started_since(session, time - timedelta(days=1), actions=callers) if callers else []
    return any(_covers(run, time) and _same(run.target, str(payload.get("resourceName", ""))) for run in started)


def _calls(name: str) -> tuple[tuple[str, str], ...]:
    calls: tuple[tuple[str, str], ...] = getattr(registry.find(name), "CALLS", ())
    return calls


def _covers(run: RunView, time: datetime) -> bool:
    if run.started_at is None or time < run.started_at - SLACK:
        return False
    return run.finished_at is None or time <= run.finished_at + SLACK


def _same(target: str, resource: str) -> bool:
    """Whether a resource is the target of a run, which may be written as `projects/p/datasets/d`, `p:d` or `gs://b`."""
    aimed, changed = _words(target), _words(resource)
    return bool(aimed) and aimed[-1:] == changed[-1:] and set(aimed) <= set(changed)


def _words(name: str) -> list[str]:
    return [word for word in _WORD.findall(name) if word not in _KINDS]


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
