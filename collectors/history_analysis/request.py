"""Handles one HTTP call of the function history_analysis.

The body may be `{"collectors": ["bigquery", "iam.policies"]}`; without it every due collector runs. Cloud Scheduler
sends the scheduled time in X-CloudScheduler-ScheduleTime (RFC 3339), which identifies the slot also on retries; the
header may be missing (docs.cloud.google.com/scheduler/docs/reference/rest/v1/projects.locations.jobs).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from collectors.history_analysis import snapshot
from collectors.history_analysis.results import SnapshotOutcome, SnapshotResult
from collectors.history_analysis.snapshot import HistoryDependencies
from shared.errors import InputError
from shared.logs import log

# A schedule time further from this clock cannot be that of a retry.
MAX_OFF = timedelta(days=1)
OWN = ("hinomi.", "reports.", "kafka.")  # maintenance steps, and what reporters and probes published


def answer(outside: HistoryDependencies, body: bytes, schedule_time: str | None, now: datetime) -> tuple[str, int]:
    """JSON and HTTP status: 400 for an unreadable body, 500 if collectors ran and all failed.

    The alert "no snapshot for a day" counts responses with 200, so 200 means that the call made a snapshot. The response
    and the log list the failed collectors. Raises TransientError if the Schema DB is unavailable.
    """
    try:
        results = snapshot.run(
            outside,
            slot_time(schedule_time, now),
            only=_only(body),
            budget_seconds=outside.settings.history_budget_seconds,
        )
    except InputError as error:
        log("ERROR", "history run refused", error=str(error))
        return json.dumps({"error": str(error)}), 400
    for result in results:
        if result.error:
            log("ERROR", "snapshot failed", **_failure(result))
    counts = Counter(result.outcome.value for result in results)
    log("INFO", "history run", **counts)
    summary = {"outcomes": dict(counts), "failures": [_failure(result) for result in results if result.error]}
    return json.dumps(summary), 500 if all_failed(results) else 200


def slot_time(schedule_time: str | None, now: datetime) -> datetime:
    """The time that selects the slot: the time in the header if it is plausible, otherwise `now`."""
    if not schedule_time:
        return now
    try:
        time = datetime.fromisoformat(schedule_time)
    except ValueError:
        log("WARNING", "schedule time cannot be read", header=schedule_time[:100])
        return now
    time = time.replace(tzinfo=time.tzinfo or UTC)
    return time if abs(time - now) <= MAX_OFF else now


def all_failed(results: Sequence[SnapshotResult]) -> bool:
    """Whether every collector failed. Collectors that read Hinomi's own databases always run and do not count."""
    outcomes = {result.outcome for result in results if not result.collector.startswith(OWN)}
    return outcomes == {SnapshotOutcome.FAILED}


def _only(body: bytes) -> Sequence[str]:
    try:
        request: Any = json.loads(body) if body.strip() else {}
    except (ValueError, RecursionError) as error:
        raise InputError('the body is not JSON: send {"collectors": ["bigquery"]} or nothing') from error
    names = request.get("collectors", []) if isinstance(request, dict) else None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise InputError('the body must be {"collectors": ["bigquery"]} or nothing')
    return names


def _failure(result: SnapshotResult) -> dict[str, Any]:
    return {
        "collector": result.collector,
        "scope": result.scope,
        "error": result.error,
        "transient": result.transient,
    }
