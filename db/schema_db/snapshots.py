"""Snapshots: who reads which scope for which slot, how far it came, and what came of it.

A run is claimed by a lease. Whoever holds it writes each batch together with its checkpoint in one transaction, which
begins by asking for the lease: a process that lost it writes nothing any more. A unique index allows one lease for
each collector and scope.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from db.sanitize import clean
from db.schema_db.models import Snapshot
from db.schema_db.write.facts import table_of
from db.schema_db.write.upsert import changed, insert
from shared.errors import TransientError

RUNNING, DONE, FAILED = "running", "done", "failed"
POLICY_COLLECTOR = "iam.bindings"  # reads the IAM policies of a scope; its snapshots are the observations of bindings
# A run that was taken up so often without writing anything is begun anew: its checkpoint may be the reason.
MAX_STALLS = 5
TABLE = table_of(Snapshot)
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class Refusal(StrEnum):
    """Why a run was not claimed."""

    CURRENT = "current"  # this slot, or a later one, is done
    BUSY = "busy"  # another process has it


@dataclass(frozen=True, slots=True)
class SlotRequest:
    """A slot of one collector and scope, and how its window comes about.

    The window ends `lag` before the slot, and begins where the last done one ended, `overlap` earlier, but at most
    `reach` before its end; the first one begins `first` before its end.
    """

    collector: str
    scope: str
    slot: datetime
    lag: timedelta
    overlap: timedelta
    reach: timedelta
    first: timedelta


@dataclass(frozen=True, slots=True)
class Claim:
    """A run that is ours until somebody else may take it: the slot may be an earlier one that was interrupted."""

    id: int
    owner: str
    slot: datetime
    window_start: datetime
    window_end: datetime
    checkpoint: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class BatchCost:
    """What a batch cost."""

    api_calls: int = 0
    bytes_billed: int = 0


@dataclass(frozen=True, slots=True)
class LastRun:
    """When something was last taken up, whatever came of it, and the last slot that is done."""

    taken: datetime = NEVER
    done: datetime | None = None


class LeaseLostError(TransientError):
    """Another process has taken the run up; what this one read is not written."""


def claim(session: Session, wanted: SlotRequest, owner: str, now: datetime, lease: timedelta) -> Claim | Refusal:
    """Takes the run of a slot, or the interrupted run of an earlier one, which has to be finished first."""
    if _is_done(session, wanted):
        return Refusal.CURRENT
    _end_leases(session, wanted, now)
    _give_up(session, wanted, now)
    try:
        with session.begin_nested():
            run_id = _interrupted(session, wanted) or _own(session, wanted, now)
            taken = _take(session, run_id, owner, now, lease)
    except IntegrityError:  # another run of this collector and scope has the lease
        return Refusal.BUSY
    return _claimed(session, run_id, owner) if taken else Refusal.BUSY


def _take(session: Session, run_id: int, owner: str, now: datetime, lease: timedelta) -> bool:
    free = update(TABLE).where(TABLE.c.id == run_id, TABLE.c.state != DONE, TABLE.c.lease_owner.is_(None))
    values = {
        "lease_owner": owner,
        "lease_until": now + lease,
        "taken_at": now,
        "attempts": TABLE.c.attempts + 1,
        "stalls": TABLE.c.stalls + 1,
        "state": RUNNING,
        "error": None,
        "finished_at": None,
    }
    return changed(session, free.values(values)) == 1


def hold(
    session: Session, claim: Claim, until: datetime, checkpoint: Mapping[str, Any] | None, spent: BatchCost
) -> None:
    """Begins the transaction of a batch. Raises LeaseLostError when the run is not ours any more."""
    values: dict[str, Any] = {
        "lease_until": until,
        "stalls": 0,
        "api_calls": TABLE.c.api_calls + spent.api_calls,
        "bytes_billed": TABLE.c.bytes_billed + spent.bytes_billed,
    }
    if checkpoint is not None:
        values["checkpoint"] = dict(checkpoint)
    _ours(session, claim, values)


def wrote(session: Session, claim: Claim, rows: int) -> None:
    """Counts the rows of a batch, in its transaction."""
    _ours(session, claim, {"row_count": TABLE.c.row_count + rows})


def finish(session: Session, claim: Claim, now: datetime, spent: BatchCost) -> None:
    """The run is done. Raises LeaseLostError."""
    _end(session, claim, spent, {"state": DONE, "finished_at": now, "checkpoint": None, "stalls": 0})


def fail(session: Session, claim: Claim, now: datetime, spent: BatchCost, error: str) -> None:
    """The run failed; it goes on from its checkpoint, if it has one. Raises LeaseLostError."""
    _end(session, claim, spent, {"state": FAILED, "finished_at": now, "error": clean(error)})


def pause(session: Session, claim: Claim, spent: BatchCost) -> None:
    """The run has to stop here and goes on from its checkpoint. Raises LeaseLostError."""
    _end(session, claim, spent, {})


def turns(session: Session) -> dict[tuple[str, str], LastRun]:
    """The latest turn of each collector and scope."""
    done = case((TABLE.c.state == DONE, TABLE.c.slot))
    columns = (TABLE.c.collector, TABLE.c.scope, func.max(TABLE.c.taken_at), func.max(done))
    rows = session.execute(select(*columns).group_by(TABLE.c.collector, TABLE.c.scope))
    return {(collector, scope): LastRun(taken or NEVER, slot) for collector, scope, taken, slot in rows}


def _same(wanted: SlotRequest) -> ColumnElement[bool]:
    return and_(TABLE.c.collector == wanted.collector, TABLE.c.scope == wanted.scope)


def _is_done(session: Session, wanted: SlotRequest) -> bool:
    done = select(TABLE.c.id).where(_same(wanted), TABLE.c.state == DONE, TABLE.c.slot >= wanted.slot).limit(1)
    return session.scalar(done) is not None


def _end_leases(session: Session, wanted: SlotRequest, now: datetime) -> None:
    over = or_(TABLE.c.lease_until.is_(None), TABLE.c.lease_until < now)
    session.execute(
        update(TABLE)
        .where(_same(wanted), TABLE.c.lease_owner.is_not(None), over)
        .values(lease_owner=None, lease_until=None)
    )


def _give_up(session: Session, wanted: SlotRequest, now: datetime) -> None:
    """Forgets checkpoints that lead nowhere, and closes earlier runs that wrote nothing: this slot covers their window."""
    ours = and_(_same(wanted), TABLE.c.state != DONE, TABLE.c.lease_owner.is_(None))
    session.execute(
        update(TABLE)
        .where(ours, TABLE.c.stalls >= MAX_STALLS)
        .values(checkpoint=None, stalls=0, state=FAILED, finished_at=func.coalesce(TABLE.c.finished_at, now))
    )
    session.execute(
        update(TABLE)
        .where(ours, TABLE.c.state == RUNNING, TABLE.c.slot < wanted.slot, TABLE.c.checkpoint.is_(None))
        .values(state=FAILED, finished_at=now, error="it ended before it wrote anything; a later slot has its window")
    )


def _interrupted(session: Session, wanted: SlotRequest) -> int | None:
    return session.scalar(
        select(TABLE.c.id)
        .where(_same(wanted), TABLE.c.state != DONE, TABLE.c.slot < wanted.slot, TABLE.c.checkpoint.is_not(None))
        .order_by(TABLE.c.slot)
        .limit(1)
    )


def _own(session: Session, wanted: SlotRequest, now: datetime) -> int:
    """The number of the row of this slot, made when it is not there; its window stays once something is written."""
    slot = {"collector": wanted.collector, "scope": wanted.scope, "slot": wanted.slot}
    new = insert(session, TABLE).values({**slot, "state": RUNNING, "started_at": now, "taken_at": now})
    session.execute(new.on_conflict_do_nothing(index_elements=list(slot)))
    ours = and_(_same(wanted), TABLE.c.slot == wanted.slot)
    start, end = _window(session, wanted)
    # It may have been finished a moment ago: then its window is what was read.
    unread = and_(TABLE.c.state != DONE, TABLE.c.checkpoint.is_(None), TABLE.c.lease_owner.is_(None))
    session.execute(update(TABLE).where(ours, unread).values(window_start=start, window_end=end))
    return int(session.execute(select(TABLE.c.id).where(ours)).scalar_one())


def _window(session: Session, wanted: SlotRequest) -> tuple[datetime, datetime]:
    """It depends on slots alone, not on the clock: a repeat reads the same window."""
    end = wanted.slot - wanted.lag
    last = session.scalar(select(func.max(TABLE.c.window_end)).where(_same(wanted), TABLE.c.state == DONE))
    start = end - wanted.first if last is None else max(last - wanted.overlap, end - wanted.reach)
    return min(start, end), end


def _claimed(session: Session, run_id: int, owner: str) -> Claim:
    columns = (TABLE.c.slot, TABLE.c.window_start, TABLE.c.window_end, TABLE.c.checkpoint)
    slot, start, end, checkpoint = session.execute(select(*columns).where(TABLE.c.id == run_id)).one()
    return Claim(run_id, owner, slot, start, end, checkpoint)


def _end(session: Session, claim: Claim, spent: BatchCost, values: Mapping[str, Any]) -> None:
    _ours(
        session,
        claim,
        {
            "lease_owner": None,
            "lease_until": None,
            "api_calls": TABLE.c.api_calls + spent.api_calls,
            "bytes_billed": TABLE.c.bytes_billed + spent.bytes_billed,
            **values,
        },
    )


def _ours(session: Session, claim: Claim, values: Mapping[str, Any]) -> None:
    ours = update(TABLE).where(TABLE.c.id == claim.id, TABLE.c.lease_owner == claim.owner).values(**values)
    if changed(session, ours) != 1:
        raise LeaseLostError(f"snapshot {claim.id} is run by another process now")
