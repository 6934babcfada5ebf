"""Snapshots: the runs of collectors, with their lease, checkpoint and result.

A run is claimed by a lease. Each batch is written together with its checkpoint in one transaction, which begins by
renewing the lease: a process that lost the lease writes nothing more. A unique index allows one lease for each
collector and scope.
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

from db.insert import insert
from db.sanitize import clean
from db.schema_db.models import SchemaBase, Snapshot
from shared.errors import TransientError

RUNNING, DONE, FAILED = "running", "done", "failed"
POLICY_COLLECTOR = "iam.bindings"  # the collector of IAM policies; its snapshots are the observations of bindings
# A run that was claimed this often without writing anything restarts: its checkpoint may be the reason.
MAX_STALLS = 5
TABLE = SchemaBase.metadata.tables[Snapshot.__tablename__]
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class Refusal(StrEnum):
    """The reason why a run was not claimed."""

    CURRENT = "current"  # this slot, or a later one, is done
    BUSY = "busy"  # another process runs it


@dataclass(frozen=True, slots=True)
class SlotRequest:
    """A slot of one collector and scope, and the rules for its window.

    The window ends `lag` before the slot. It begins `overlap` before the end of the last successful window, but at most
    `retention` before its own end; the first window begins `first` before its end.
    """

    collector: str
    scope: str
    slot: datetime
    lag: timedelta
    overlap: timedelta
    retention: timedelta
    first: timedelta


@dataclass(frozen=True, slots=True)
class Claim:
    """A run whose lease this process has. Its slot may be an earlier one that was interrupted."""

    id: int
    owner: str
    slot: datetime
    window_start: datetime
    window_end: datetime
    checkpoint: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class BatchCost:
    """The API calls and billed bytes of a batch."""

    api_calls: int = 0
    bytes_billed: int = 0


@dataclass(frozen=True, slots=True)
class LastRun:
    """The latest claim of a collector and scope, with any result, and its last successful slot."""

    taken: datetime = NEVER
    done: datetime | None = None


class LeaseLostError(TransientError):
    """Another process has claimed the run; the current batch is not written."""


def claim(session: Session, request: SlotRequest, owner: str, now: datetime, lease: timedelta) -> Claim | Refusal:
    """Claims the run of a slot, or the interrupted run of an earlier slot, which has to finish first."""
    if _is_done(session, request):
        return Refusal.CURRENT
    _end_leases(session, request, now)
    _give_up(session, request, now)
    try:
        with session.begin_nested():
            run_id = _interrupted(session, request) or _own(session, request, now)
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
    from db.schema_db.write.upsert import changed  # noqa: PLC0415

    return changed(session, free.values(values)) == 1


def renew(
    session: Session, claim: Claim, until: datetime, checkpoint: Mapping[str, Any] | None, cost: BatchCost
) -> None:
    """Renews the lease at the start of a batch's transaction. Raises LeaseLostError if another process has it."""
    values: dict[str, Any] = {
        "lease_until": until,
        "stalls": 0,
        "api_calls": TABLE.c.api_calls + cost.api_calls,
        "bytes_billed": TABLE.c.bytes_billed + cost.bytes_billed,
    }
    if checkpoint is not None:
        values["checkpoint"] = dict(checkpoint)
    _update_own(session, claim, values)


def count_rows(session: Session, claim: Claim, rows: int) -> None:
    """Adds to the row count of the run, in the batch's transaction."""
    _update_own(session, claim, {"row_count": TABLE.c.row_count + rows})


def finish(session: Session, claim: Claim, now: datetime, cost: BatchCost) -> None:
    """Marks the run as done. Raises LeaseLostError when another run has taken over."""
    _end(session, claim, cost, {"state": DONE, "finished_at": now, "checkpoint": None, "stalls": 0})


def fail(session: Session, claim: Claim, now: datetime, cost: BatchCost, error: str) -> None:
    """Marks the run as failed; the next one continues from its checkpoint. Raises LeaseLostError, as `finish`."""
    _end(session, claim, cost, {"state": FAILED, "finished_at": now, "error": clean(error)})


def pause(session: Session, claim: Claim, cost: BatchCost) -> None:
    """Ends the lease before the run is done; the next one continues from its checkpoint.

    Raises LeaseLostError, as `finish`.
    """
    _end(session, claim, cost, {})


def last_runs(session: Session) -> dict[tuple[str, str], LastRun]:
    """The last run of each collector and scope."""
    done = case((TABLE.c.state == DONE, TABLE.c.slot))
    columns = (TABLE.c.collector, TABLE.c.scope, func.max(TABLE.c.taken_at), func.max(done))
    rows = session.execute(select(*columns).group_by(TABLE.c.collector, TABLE.c.scope))
    return {(collector, scope): LastRun(taken or NEVER, slot) for collector, scope, taken, slot in rows}


def _same(request: SlotRequest) -> ColumnElement[bool]:
    return and_(TABLE.c.collector == request.collector, TABLE.c.scope == request.scope)


def _is_done(session: Session, request: SlotRequest) -> bool:
    done = select(TABLE.c.id).where(_same(request), TABLE.c.state == DONE, TABLE.c.slot >= request.slot).limit(1)
    return session.scalar(done) is not None


def _end_leases(session: Session, request: SlotRequest, now: datetime) -> None:
    over = or_(TABLE.c.lease_until.is_(None), TABLE.c.lease_until < now)
    session.execute(
        update(TABLE)
        .where(_same(request), TABLE.c.lease_owner.is_not(None), over)
        .values(lease_owner=None, lease_until=None)
    )


def _give_up(session: Session, request: SlotRequest, now: datetime) -> None:
    """Resets runs that make no progress, and closes earlier runs that wrote nothing: this slot covers their window."""
    free = and_(_same(request), TABLE.c.state != DONE, TABLE.c.lease_owner.is_(None))
    session.execute(
        update(TABLE)
        .where(free, TABLE.c.stalls >= MAX_STALLS)
        .values(checkpoint=None, stalls=0, state=FAILED, finished_at=func.coalesce(TABLE.c.finished_at, now))
    )
    session.execute(
        update(TABLE)
        .where(free, TABLE.c.state == RUNNING, TABLE.c.slot < request.slot, TABLE.c.checkpoint.is_(None))
        .values(state=FAILED, finished_at=now, error="it ended before it wrote anything; a later slot has its window")
    )


def _interrupted(session: Session, request: SlotRequest) -> int | None:
    return session.scalar(
        select(TABLE.c.id)
        .where(_same(request), TABLE.c.state != DONE, TABLE.c.slot < request.slot, TABLE.c.checkpoint.is_not(None))
        .order_by(TABLE.c.slot)
        .limit(1)
    )


def _own(session: Session, request: SlotRequest, now: datetime) -> int:
    """The id of the row of this slot, created if necessary; once rows are written, its window does not change."""
    slot = {"collector": request.collector, "scope": request.scope, "slot": request.slot}
    new = insert(session, TABLE).values({**slot, "state": RUNNING, "started_at": now, "taken_at": now})
    session.execute(new.on_conflict_do_nothing(index_elements=list(slot)))
    own = and_(_same(request), TABLE.c.slot == request.slot)
    start, end = _window(session, request)
    # A run that was just finished elsewhere keeps the window that it read.
    unread = and_(TABLE.c.state != DONE, TABLE.c.checkpoint.is_(None), TABLE.c.lease_owner.is_(None))
    session.execute(update(TABLE).where(own, unread).values(window_start=start, window_end=end))
    return int(session.execute(select(TABLE.c.id).where(own)).scalar_one())


def _window(session: Session, request: SlotRequest) -> tuple[datetime, datetime]:
    """Start and end of the window, which depend on slots and not on the clock: a repeated run reads the same window."""
    end = request.slot - request.lag
    last = session.scalar(select(func.max(TABLE.c.window_end)).where(_same(request), TABLE.c.state == DONE))
    start = end - request.first if last is None else max(last - request.overlap, end - request.retention)
    return min(start, end), end


def _claimed(session: Session, run_id: int, owner: str) -> Claim:
    columns = (TABLE.c.slot, TABLE.c.window_start, TABLE.c.window_end, TABLE.c.checkpoint)
    slot, start, end, checkpoint = session.execute(select(*columns).where(TABLE.c.id == run_id)).one()
    return Claim(run_id, owner, slot, start, end, checkpoint)


def _end(session: Session, claim: Claim, cost: BatchCost, values: Mapping[str, Any]) -> None:
    _update_own(
        session,
        claim,
        {
            "lease_owner": None,
            "lease_until": None,
            "api_calls": TABLE.c.api_calls + cost.api_calls,
            "bytes_billed": TABLE.c.bytes_billed + cost.bytes_billed,
            **values,
        },
    )


def _update_own(session: Session, claim: Claim, values: Mapping[str, Any]) -> None:
    statement = update(TABLE).where(TABLE.c.id == claim.id, TABLE.c.lease_owner == claim.owner).values(**values)
    from db.schema_db.write.upsert import changed  # noqa: PLC0415

    if changed(session, statement) != 1:
        raise LeaseLostError(f"snapshot {claim.id} is run by another process now")
