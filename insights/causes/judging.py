"""Judges changes: how well each explains the error, which evidence contradicts it, and which one is most likely.

The score is the product of three factors from 0 to 1: how often a change of this kind causes such an error, how close
its connection is, and how soon the failure followed. Counter-evidence excludes a change: it came after the first
failure, the job succeeded after it, other dependent jobs have succeeded since, or it had ended. A change with a score
below CUT is not a likely cause.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.schema_db.models import JobRun
from insights.causes.affected import Affected
from insights.causes.change import CandidateChange
from insights.causes.model import Cause, CauseReport, ChangeKind, RuledOut, Statement
from shared.lazy.dataclass import dataclass
from shared.model import ErrorClass, JobState
from shared.texts import Text
from shared.texts import causes as texts
from shared.texts.terms import term

CUT = 0.4
NEAR = 0.45  # a change that shares so little is not listed among those ruled out
SEEN_AFTER = timedelta(hours=6)
MOST_OTHERS = 2_000
OTHERS = {ChangeKind.REVOKED: 0.2, ChangeKind.SCHEMA: 0.35, ChangeKind.DEPLOYMENT: 0.35, ChangeKind.PLATFORM: 0.35}
# A changed column breaks only the jobs that use it: that others still read the table says little.
OF_COLUMNS = 0.6
RARELY = 0.1

_D, _G, _R, _S, _Q, _F, _L, _SL, _V, _LO, _P = (
    ChangeKind.DEPLOYMENT, ChangeKind.GRANT, ChangeKind.REVOKED, ChangeKind.SCHEMA, ChangeKind.QUOTA,
    ChangeKind.FAILED_JOB, ChangeKind.LATE_JOB, ChangeKind.SLOW_JOB, ChangeKind.VOLUME, ChangeKind.LOAD, ChangeKind.PLATFORM,
)  # fmt: skip
# How often a change of a kind is what leads to an error of a class, in relation to the most frequent one.
PRIOR: Mapping[str, Mapping[ChangeKind, float]] = {
    ErrorClass.PERMISSION: {_R: 1.0, _D: 0.6},
    ErrorClass.QUOTA: {_Q: 1.0, _LO: 0.85, _V: 0.6, _D: 0.5, _SL: 0.2},
    ErrorClass.NOT_FOUND: {_S: 1.0, _F: 0.9, _L: 0.85, _D: 0.6, _SL: 0.6, _R: 0.4},
    ErrorClass.SYNTAX: {_D: 1.0, _S: 0.95},
    ErrorClass.TIMEOUT: {_LO: 0.9, _V: 0.9, _P: 0.75, _D: 0.7, _SL: 0.7, _L: 0.6, _F: 0.5, _Q: 0.3},
    ErrorClass.MEMORY: {_V: 0.95, _LO: 0.8, _D: 0.8, _P: 0.3, _S: 0.2},
    ErrorClass.DATA: {_S: 1.0, _F: 0.8, _V: 0.75, _D: 0.65, _L: 0.6},
    ErrorClass.UPSTREAM: {_F: 1.0, _P: 0.85, _L: 0.8, _D: 0.65, _SL: 0.6, _LO: 0.55, _S: 0.3},
    ErrorClass.NETWORK: {_P: 0.95, _D: 0.85, _LO: 0.55, _F: 0.3},
    ErrorClass.UNKNOWN: {_D: 0.85, _P: 0.85, _F: 0.85, _S: 0.8, _R: 0.8, _L: 0.65, _LO: 0.7, _V: 0.65, _Q: 0.5, _SL: 0.5},
    "late": {_F: 1.0, _L: 0.95, _SL: 0.95, _P: 0.85, _LO: 0.85, _D: 0.75, _V: 0.7, _R: 0.3},
    "load": {_LO: 0.95, _D: 0.95, _P: 0.85, _V: 0.85, _SL: 0.5, _F: 0.5, _Q: 0.4},
    "access": {_G: 1.0, _R: 0.85, _D: 0.7},
}  # fmt: skip
_MINUTES_AND_HOURS = 120


@dataclass(frozen=True, slots=True)
class _Judged:
    cause: Cause
    against: Statement | None
    is_close: bool


def judge(session: Session, affected: Affected, changes: Iterable[CandidateChange], hours: int) -> CauseReport:
    """The likely causes, the most likely first, and the excluded changes, the closest first."""
    candidates = list(changes)
    others = _others(session, affected, candidates)
    judged = [_judged(affected, change, others, hours) for change in candidates]
    likely = sorted((each.cause for each in judged if each.against is None), key=_order)
    out = [RuledOut(each.cause, each.against) for each in judged if each.against is not None and each.is_close]
    return CauseReport(likely, sorted(out, key=lambda each: _order(each.cause)))


def _judged(affected: Affected, change: CandidateChange, others: Sequence[JobRun], hours: int) -> _Judged:
    prior = PRIOR[affected.symptom].get(change.kind, RARELY)
    score = prior * change.shared.closeness * _timing(affected, change, hours)
    against, evidence = _counter_evidence(affected, change), list(change.evidence)
    fine = _fine_since(change, others) if against is None else []
    if fine:
        score *= _remaining(affected, change)
        evidence.append(_others_fine(fine))
    if against is None and score < CUT:
        against = evidence.pop() if fine else _too_weak(affected, prior, change)
    reasons = (_when(affected, change), change.shared.why, *evidence)
    score = round(min(score, 1.0), 3)
    cause = Cause(change.kind, change.time, change.what, change.who, score, reasons, change.days)
    return _Judged(cause, against, change.shared.closeness >= NEAR)


def _remaining(affected: Affected, change: CandidateChange) -> float:
    """The part of the score that remains although other jobs that depend on the changed resource have succeeded since."""
    if change.kind is ChangeKind.SCHEMA and affected.symptom in (ErrorClass.SYNTAX, ErrorClass.DATA):
        return OF_COLUMNS
    return OTHERS.get(change.kind, 0.5)


def _timing(affected: Affected, change: CandidateChange, hours: int) -> float:
    """A factor near 1 for a change between the last success and the first failure.

    Without a known success it falls with the time between change and failure.
    """
    gap = max(affected.failed_at - change.time, timedelta(0))
    if affected.succeeded_at is not None:
        window = max(affected.failed_at - affected.succeeded_at, timedelta(hours=1))
        return 1 - 0.15 * min(1.0, gap / window)
    return 1 - 0.5 * min(1.0, gap / timedelta(hours=hours))


def _counter_evidence(affected: Affected, change: CandidateChange) -> Statement | None:
    if change.time > affected.failed_at:
        return Statement(texts.CAME_AFTER, {"count": _minutes(change.time - affected.failed_at)})
    if change.ended is not None:
        return change.ended
    done = affected.succeeded_at
    if done is not None and change.is_success_evidence and done > change.time + change.delay:
        if change.days:
            return Statement(texts.SUCCEEDED_AFTER_DAY, {"day": str(change.days[1])})
        return Statement(texts.SUCCEEDED_AFTER, {"count": _minutes(done - change.time)})
    return None


def _too_weak(affected: Affected, prior: float, change: CandidateChange) -> Statement:
    if prior <= RARELY:
        return Statement(_does_not_explain(affected))
    return Statement(texts.TOO_LITTLE if change.shared.closeness < 0.6 else texts.TOO_UNLIKELY)


def _does_not_explain(affected: Affected) -> Text:
    if affected.symptom in list(ErrorClass):
        return texts.NO_EXPLANATION(error=term(ErrorClass(affected.symptom)))
    return texts.NO_EXPLANATION_OF[affected.symptom]


def _others(session: Session, affected: Affected, changes: Sequence[CandidateChange]) -> list[JobRun]:
    """The runs of other jobs that succeeded since the first change, if any change concerns other jobs too."""
    times = [change.time for change in changes if change.others is not None]
    if not times:
        return []
    query = (
        select(JobRun)
        .where(
            JobRun.start_at > min(times), JobRun.start_at <= affected.failed_at + SEEN_AFTER,
            JobRun.state == JobState.SUCCEEDED,
        )
        .order_by(JobRun.start_at.desc())
        .limit(MOST_OTHERS)
    )  # fmt: skip
    return [run for run in session.scalars(query) if run.job_name not in affected.jobs]


def _fine_since(change: CandidateChange, runs: Sequence[JobRun]) -> list[str]:
    """The names of other jobs that a change should have broken but that succeeded after it."""
    if change.others is None:
        return []
    since: datetime = change.time + change.delay
    return sorted({run.job_name for run in runs if run.start_at and run.start_at > since and change.others(run)})


def _others_fine(fine: Sequence[str]) -> Statement:
    values = {"job_name": fine[0], "count": str(len(fine))}
    return Statement(texts.OTHERS_SUCCEED.form(len(fine)), values)


def _when(affected: Affected, change: CandidateChange) -> Statement:
    if change.days:
        before, day = change.days
        return Statement(texts.BETWEEN_DAYS, {"before": str(before), "day": str(day)})
    gap = affected.failed_at - change.time
    if gap < timedelta(0):
        return Statement(texts.MINUTES_AFTER, {"count": _minutes(-gap)})
    minutes = int(gap.total_seconds() // 60)
    if minutes < _MINUTES_AND_HOURS:
        return Statement(texts.MINUTES_BEFORE, {"count": str(minutes)})
    return Statement(texts.HOURS_BEFORE, {"count": str(minutes // 60)})


def _minutes(length: timedelta) -> str:
    return str(max(1, int(length.total_seconds() // 60)))


def _order(cause: Cause) -> tuple[float, float, str]:
    return -cause.score, -cause.time.timestamp(), cause.what.text.en
