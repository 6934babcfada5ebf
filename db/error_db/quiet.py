"""Determines how long after the last failure an incident is closed: longer than the usual interval of its job."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from statistics import median_high

from sqlalchemy import ColumnElement, and_, exists, false, or_, select
from sqlalchemy.orm import Session

from db.error_db.models import UNRESOLVED, FingerprintState, Incident, Occurrence, RecoveryRow
from db.error_db.periods import QUIET
from db.intervals import LONGEST, longest_usual_interval
from shared.identity.run_names import named_interval
from shared.identity.run_windows import interval_between
from shared.model import IncidentKind, Status
from shared.texts import Text, findings
from shared.texts.locale import duration

MARGIN = 1.5  # quiet period of a job, in its usual intervals
_OF_RUNS = 86_400  # the least quiet period, in seconds, of a rule about runs
_OF_SCHEDULES = 7 * _OF_RUNS  # the least quiet period, in seconds, of a rule about jobs that may be scheduled
_ENOUGH_DAYS = 3  # with failures only; on fewer, the later ones may be retries of the first
_A_DAY = timedelta(days=1)
_LEARNED = 40  # latest failures, and recoveries, from which the interval of a job is learned


def candidates(session: Session, now: datetime, limit: int) -> list[Incident]:
    """Unresolved incidents whose quiet period has ended, by fingerprint, which is the order of their locks."""
    waiting = Incident.quiet_seconds.is_not(None), UNRESOLVED
    # There are few different periods, and SQLite and PostgreSQL have no date arithmetic in common.
    times = session.scalars(select(Incident.quiet_seconds).where(*waiting).distinct()).all()
    over = [
        and_(Incident.quiet_seconds == seconds, Incident.last_seen_at < now - timedelta(seconds=seconds))
        for seconds in times
        if seconds is not None
    ]
    query = select(Incident).where(*waiting, or_(false(), *over)).order_by(Incident.fingerprint).limit(limit)
    return list(session.scalars(query))


def is_over(session: Session, incident: Incident, time: datetime, usual: timedelta | None = None) -> bool:
    """Whether the quiet period of an incident ended before `time`.

    `usual` is the interval of its job in the history. The period is longer than that of the rule if the interval of the job
    is longer, as the history, its failures and recoveries, or the names of the job and its runs show. A job whose interval
    is unknown may run once a month.
    """
    seconds = rule_seconds(incident)
    if (
        incident.status == Status.RESOLVED
        or seconds is None
        or time <= incident.last_seen_at + timedelta(seconds=seconds)
    ):
        return False
    if usual is not None:
        incident.usual_seconds = int(usual.total_seconds())
    incident.quiet_seconds = length(session, incident, seconds, time)
    return time > incident.last_seen_at + timedelta(seconds=incident.quiet_seconds)


def rule_seconds(incident: Incident) -> int | None:
    """The quiet period of an incident's rule; for an incident of an earlier version, the measured period."""
    return incident.quiet_seconds if incident.rule_quiet_seconds is None else incident.rule_quiet_seconds


def length(
    session: Session,
    incident: Incident,
    seconds: int,
    before: datetime,
    *,
    failed: Collection[datetime] = (),
) -> int:
    """The quiet period of an incident in seconds, from the `seconds` of its rule and the events before a time.

    `failed` are times of failures that are not recorded yet.
    """
    if incident.kind == IncidentKind.IRREGULAR_ACCESS:
        return seconds
    known = sorted([*_failures(session, incident, before), *(time for time in failed if time < before)])[-_LEARNED:]
    good = _successes(session, incident, seconds, before)
    usual = timedelta(seconds=incident.usual_seconds) if incident.usual_seconds else None
    learned, named = longest_usual_interval([*known, *good]), _named(session, incident, seconds, before)
    longest = max(filter(None, (usual, learned, named)), default=timedelta())
    longer = max(seconds, int(longest.total_seconds() * MARGIN))
    is_learned = learned is not None and (good or len({time.date() for time in known}) >= _ENOUGH_DAYS)
    if incident.kind == IncidentKind.JOB_FAILURE and seconds >= _OF_SCHEDULES and not (usual or named or is_learned):
        return max(longer, int(LONGEST.total_seconds()))
    return longer


def closing_text(kind: str, period: timedelta) -> Text:
    """The text about the end of an incident that is closed after a quiet period."""
    template = findings.QUIET_JOB if kind == IncidentKind.JOB_FAILURE else findings.QUIET
    return template(duration=duration(period))


def _named(session: Session, incident: Incident, seconds: int, before: datetime) -> timedelta | None:
    """The interval that the names of the job or the windows of its runs show.

    Not used for a rule with a quiet period of hours, which is about a lasting condition and not about runs.
    """
    if seconds < _OF_RUNS:
        return None
    names = [incident.resource, *map(str, (incident.labels or {}).values())]
    runs = _runs(session, incident, before)
    windows = [length for run, time in runs.items() if (length := interval_between(run, time)) is not None]
    # One run may have another window than its job usually has, such as that of a day which a monthly job repeats: alone
    # it shows that a job runs seldom, and never that it runs often.
    is_shown = len(windows) > 1 or any(length > _A_DAY for length in windows)
    usual = [median_high(windows)] if is_shown else []
    return max(filter(None, [*map(named_interval, names), *usual]), default=None)


def _runs(session: Session, incident: Incident, before: datetime) -> dict[str, datetime]:
    """The latest runs of the job that failed or succeeded before a time, with their time."""
    failed = select(Occurrence.run, Occurrence.time).join(Incident).where(_of_job(incident), Occurrence.run != "")
    failed = failed.where(Occurrence.time < before)
    good = select(RecoveryRow.run, RecoveryRow.time).where(RecoveryRow.fingerprint == incident.fingerprint)
    good = good.where(RecoveryRow.run != "", RecoveryRow.kind != QUIET, RecoveryRow.time < before)
    queries = failed.order_by(Occurrence.time.desc()), good.order_by(RecoveryRow.time.desc())
    known = {run: time for query in queries for run, time in session.execute(query.limit(_LEARNED)).all()}
    unrepaired: dict[str, str] = incident.unrepaired or {}
    return {**known, **{run: datetime.fromisoformat(time) for run, time in unrepaired.items()}}


def _failures(session: Session, incident: Incident, before: datetime) -> list[datetime]:
    """The times of the latest failures of the fingerprint before a time."""
    failed = select(Occurrence.time).join(Incident).where(_of_job(incident), Occurrence.time < before)
    return list(session.scalars(failed.order_by(Occurrence.time.desc()).limit(_LEARNED)))


def _of_job(incident: Incident) -> ColumnElement[bool]:
    """The condition for the failures of the job that opened an incident, also in the incidents of other jobs of its group."""
    same_group = Incident.fault_group == (incident.fault_group or incident.fingerprint)
    in_reach = or_(Incident.fingerprint == incident.fingerprint, same_group)
    return and_(in_reach, Occurrence.fingerprint == incident.fingerprint)


def _successes(session: Session, incident: Incident, seconds: int, before: datetime) -> list[datetime]:
    """The times of the latest recoveries of the fingerprint before a time."""
    of_fingerprint = RecoveryRow.fingerprint == incident.fingerprint, RecoveryRow.kind != QUIET
    good = select(RecoveryRow.time).where(*of_fingerprint, RecoveryRow.time < before)
    latest = session.scalars(good.order_by(RecoveryRow.time.desc()).limit(_LEARNED))
    return [*latest, *_success_before(session, incident, seconds)]


def _success_before(session: Session, incident: Incident, seconds: int) -> list[datetime]:
    """The latest success of the job, which is known for longer than other recoveries: the next run may be a month later."""
    if incident.kind != IncidentKind.JOB_FAILURE or seconds < _OF_RUNS:
        return []
    names = incident.fingerprint, incident.fault_group or incident.fingerprint
    ended = exists(
        select(Incident.id).where(
            Incident.fingerprint == incident.fingerprint,
            Incident.resolved_at == FingerprintState.recovered_at,
            Incident.resolved_by != "recovery",
        )
    )
    query = select(FingerprintState.recovered_at).where(FingerprintState.fingerprint.in_(names), ~ended)
    return [time for time in session.scalars(query) if time is not None and time < incident.opened_at]
