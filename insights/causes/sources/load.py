"""Load before an incident: metrics of its resources far above their past values, and jobs that used up the slots."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.schema_db.models import FinePoint, HourlyPoint, JobRun, StoredSeries
from insights.causes import names
from insights.causes.affected import Affected
from insights.causes.change import CandidateChange, Shared
from insights.causes.model import ChangeKind, Statement
from insights.performance.series import MeasuredSeries
from shared.model import ErrorClass, IncidentKind
from shared.texts import causes as texts
from shared.units import PART, human

BEFORE = timedelta(hours=2)
PAST = timedelta(days=14)
LEAST_HOURS = 48
# What a metric of load says in its name; others, such as traffic, rise without harm.
LOAD = (
    "utilization", "usage_time", "queue", "pending", "backlog", "undelivered", "unacked", "lag", "unfinished", "latenc",
    "slots", "connections", "in_flight", "memory", "cpu", "disk", "byte_cost", "received_bytes", "request_count",
)  # fmt: skip
ABOVE = 1.3  # times the highest value of the past
NEAR_FULL = 0.9
MOST_SERIES = 200
SLOTS = frozenset({ErrorClass.QUOTA, ErrorClass.TIMEOUT, ErrorClass.MEMORY, "late", "load", ErrorClass.UNKNOWN})
RISEN = 3.0  # times the usual slot time of a period in which the job runs
LEAST_SHARE = 0.4
DAYS = 8


def load(session: Session, affected: Affected, since: datetime) -> Iterator[CandidateChange]:
    """Series of the resources of a job that rose before the failure; for a load incident they are the incident itself."""
    if affected.incident.kind is IncidentKind.LOAD_ISSUE:
        return
    for series in _series(session, affected):
        if (change := _risen(session, affected, series, since)) is not None:
            yield change


def slots(session: Session, affected: Affected, since: datetime) -> Iterator[CandidateChange]:
    """BigQuery jobs that used far more slots than usual in the hours before, if the incident uses the same slots."""
    shared = _same_slots(affected)
    if shared is None or affected.symptom not in SLOTS:
        return
    until = affected.failed_at
    start = max(since, until - BEFORE)
    used = func.sum(JobRun.slot_ms)
    inside = JobRun.service == "bigquery", JobRun.project == affected.incident.project
    reservations = {run.reservation_id for run in affected.runs if run.service == "bigquery"}
    recent = select(JobRun.job_name, JobRun.principal, used, func.min(JobRun.start_at), JobRun.reservation_id).where(
        *inside, JobRun.start_at >= start, JobRun.start_at <= until
    )
    rows = session.execute(recent.group_by(JobRun.job_name, JobRun.principal, JobRun.reservation_id)).all()
    rows = [row for row in rows if not reservations or row[4] in reservations]
    total = sum(row[2] or 0 for row in rows)
    past = select(JobRun.job_name, JobRun.start_at, JobRun.slot_ms).where(
        *inside, JobRun.start_at >= start - timedelta(days=DAYS), JobRun.start_at < start
    )
    named = [row[0] for row in rows if total and row[2] and row[2] / total >= LEAST_SHARE]
    earlier = _amounts((row for row in session.execute(past.where(JobRun.job_name.in_(named)))), start)
    for name, principal, amount, first, _ in rows:
        if name in named and name not in affected.jobs and first is not None:
            amounts = earlier.get(name, [])
            expected = median(amounts) if amounts else 0
            if amount > max(RISEN * expected, ABOVE * max(amounts, default=0)):
                values = {"job_name": name, "share": f"{100 * amount / total:.0f}"}
                what = Statement(texts.USED_SLOTS, values)
                rise = Statement(texts.USUAL_SLOTS, {"factor": f"{amount / expected:.0f}"}) if expected else None
                yield CandidateChange(
                    ChangeKind.LOAD, first, what, principal, shared, (rise,) if rise else (), is_success_evidence=False
                )


def _amounts(runs: Iterable[Any], start: datetime) -> dict[str, list[int]]:
    """The slot time of each job in the earlier periods of the same length in which it ran.

    A query that runs once a day uses as much as every day: an average over all hours would call that a rise.
    """
    used: defaultdict[str, Counter[int]] = defaultdict(Counter)
    for name, started, amount in runs:
        used[name][(start - started) // BEFORE] += amount or 0
    return {name: list(periods.values()) for name, periods in used.items()}


def _same_slots(affected: Affected) -> Shared | None:
    incident = affected.incident
    is_query = incident.service == "bigquery" or any(run.service == "bigquery" for run in affected.runs)
    if not is_query:
        return None
    return Shared(0.9, Statement(texts.SAME_SLOTS, {"resource": incident.project}))


def _series(session: Session, affected: Affected) -> Iterator[MeasuredSeries]:
    """The series of load whose resource the incident touches."""
    project = affected.incident.project
    query = select(*(getattr(StoredSeries, each.name) for each in fields(MeasuredSeries)))
    if project:
        query = query.where(StoredSeries.project == project)
    kinds = [name for _, name in affected.own | affected.around]
    query = query.where(StoredSeries.resource.in_(sorted({*kinds, *affected.words, *_shown(affected)})))
    for row in session.execute(query.limit(MOST_SERIES)):
        series = MeasuredSeries(*row)
        if any(word in series.metric.lower() for word in LOAD):
            yield series


def _shown(affected: Affected) -> set[str]:
    """The names of series as people see them, with the zone or the project."""
    return {f"{affected.incident.project}/{name}" for _, name in affected.own | affected.around}


def _risen(session: Session, affected: Affected, series: MeasuredSeries, since: datetime) -> CandidateChange | None:
    until = affected.failed_at
    recent = session.execute(
        select(FinePoint.time, FinePoint.value)
        .where(FinePoint.series_id == series.id, FinePoint.time >= max(since, until - BEFORE), FinePoint.time <= until)
        .order_by(FinePoint.time)
    ).all()
    past = session.execute(
        select(HourlyPoint.time, HourlyPoint.max).where(
            HourlyPoint.series_id == series.id, HourlyPoint.time >= until - PAST, HourlyPoint.time < until - BEFORE
        )
    ).all()
    if not recent or len(past) < LEAST_HOURS:
        return None
    highs = sorted(value for _, value in past)
    usual, highest = highs[len(highs) // 2], highs[int(0.995 * (len(highs) - 1))]
    limit = (
        max(highest * ABOVE, usual * ABOVE)
        if series.unit != PART
        else max(min(NEAR_FULL, highest * ABOVE), usual * ABOVE)
    )
    over = [(time, value) for time, value in recent if value > limit and value > highest]
    if not over:
        return None
    peak = max(value for _, value in over)
    values = {
        "resource": series.resource,
        "metric": series.metric.partition("/")[2] or series.metric,
        "value": human(float(f"{peak:.3g}"), series.unit),
        "past": human(float(f"{usual:.3g}"), series.unit),
    }
    return CandidateChange(
        kind=ChangeKind.LOAD,
        time=over[0][0],
        what=Statement(texts.LOADED, values),
        who="",
        shared=Shared(_nearness(affected, series), Statement(texts.SAME_RESOURCE)),
        is_success_evidence=False,
    )


def _nearness(affected: Affected, series: MeasuredSeries) -> float:
    found = set(names.of_labels({k: str(v) for k, v in series.labels.items()}, series.service, series.project))
    return 1.0 if found & affected.own or series.resource in affected.words else 0.8


def by_resource(found: Sequence[CandidateChange]) -> list[CandidateChange]:
    """One change per resource: the earliest rise of its series."""
    first: defaultdict[str, list[CandidateChange]] = defaultdict(list)
    for change in found:
        first[change.what.values.get("resource", change.what.values.get("job_name", ""))].append(change)
    return [min(changes, key=lambda change: change.time) for changes in first.values()]
