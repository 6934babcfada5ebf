"""Finds the tasks of an Airflow that wait or run much longer than usual; without enough runs, longer than a fixed limit.

The past runs of a DAG are read when one of its tasks has waited or run for ten minutes, and kept for an hour, so that a
tick needs few requests.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from collectors.metrics_analysis.airflow.server_state import AirflowState, PastTask, UnfinishedTask

LOOKED_AFTER = timedelta(minutes=10)  # nothing is stuck before
KEPT_FOR = timedelta(hours=1)
MOST_DAGS, MOST_KEPT = 20, 500  # DAGs whose past one tick reads, and of which it is kept
_kept: dict[tuple[str, str], tuple[datetime, dict[str, PastTask]]] = {}  # by server and DAG


@dataclass(frozen=True, slots=True)
class StuckTasks:
    """The stuck tasks of one DAG: since when the first of them waits or runs, and when it became stuck.

    `usual` is the usual time of that task, `limit` the time after which it is stuck; `usual` is None for the fixed limit.
    """

    dag: str
    since: datetime
    stuck_at: datetime
    tasks: tuple[str, ...]
    limit: timedelta
    usual: timedelta | None


def waiting_tasks(state: AirflowState, now: datetime, fixed: timedelta) -> list[StuckTasks]:
    """The tasks that wait for a start for too long, by DAG."""
    return _stuck(state, state.waiting(now - min(LOOKED_AFTER, fixed)), now, fixed, waits=True)


def running_tasks(state: AirflowState, now: datetime, fixed: timedelta) -> list[StuckTasks]:
    """The tasks that run for too long, by DAG."""
    return _stuck(state, state.running(now - min(LOOKED_AFTER, fixed)), now, fixed, waits=False)


def _stuck(
    state: AirflowState, tasks: Sequence[UnfinishedTask], now: datetime, fixed: timedelta, *, waits: bool
) -> list[StuckTasks]:
    past = _past(state, tasks, now)
    found: dict[str, list[tuple[datetime, UnfinishedTask, timedelta, timedelta | None]]] = {}
    for each in tasks:
        seen = past.get(each.dag, {}).get(each.task)
        limit, usual = _limit((seen.waits if waits else seen.runs) if seen else (), fixed)
        if now - each.since > limit:
            found.setdefault(each.dag, []).append((each.since + limit, each, limit, usual))
    return [_of_dag(dag, stuck) for dag, stuck in sorted(found.items())]


def _of_dag(dag: str, stuck: Sequence[tuple[datetime, UnfinishedTask, timedelta, timedelta | None]]) -> StuckTasks:
    stuck_at, first, limit, usual = min(stuck, key=_stuck_at)
    return StuckTasks(dag, first.since, stuck_at, tuple(sorted({each.task for _, each, _, _ in stuck})), limit, usual)


def _stuck_at(stuck: tuple[datetime, UnfinishedTask, timedelta, timedelta | None]) -> tuple[datetime, str]:
    return stuck[0], stuck[1].task


def _limit(seconds: Sequence[float], fixed: timedelta) -> tuple[timedelta, timedelta | None]:
    """The limit of a task and its usual time, both learned as for long jobs; otherwise the fixed limit and None."""
    from insights.jobs.usual import LEAST_LONGER, running_limit, usual_seconds  # noqa: PLC0415 - loads SQLAlchemy

    usual, limit = usual_seconds(seconds), running_limit(seconds)
    if usual is None or limit is None:
        return fixed, None
    return timedelta(seconds=max(limit, usual + LEAST_LONGER)), timedelta(seconds=usual)


def _past(state: AirflowState, tasks: Iterable[UnfinishedTask], now: datetime) -> dict[str, dict[str, PastTask]]:
    """The past runs of the DAGs of these tasks, those waiting or running longest first; read at most once an hour."""
    oldest_first = sorted(tasks, key=_since)
    past: dict[str, dict[str, PastTask]] = {}
    read = 0
    for dag in dict.fromkeys(each.dag for each in oldest_first):
        read_at, known = _kept.get((state.address, dag), (None, {}))
        if read_at is None or not now - KEPT_FOR < read_at <= now:
            if read == MOST_DAGS:
                continue
            read += 1
            known = state.past_tasks(dag, now)
            while len(_kept) >= MOST_KEPT:
                _kept.pop(next(iter(_kept)), None)
            _kept[state.address, dag] = now, known
        past[dag] = known
    return past


def _since(task: UnfinishedTask) -> datetime:
    return task.since
