"""Snapshots: the runs of collectors, with their lease, checkpoint and result.

A run is claimed by a lease. Each batch is written together with its checkpoint in one transaction, which begins by
renewing the lease: a process that lost the lease writes nothing more. A unique index allows one lease for each
collector and scope.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import CursorResult, Update, and_, bindparam, case, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from db.insert import dialect_of, insert_of
from db.sanitize import clean
from db.schema_db.models import SchemaBase, Snapshot
from shared.errors import TransientError
from shared.lazy.dataclass import dataclass

if TYPE_CHECKING:
    from db.insert import Insert

RUNNING, DONE, FAILED = "running", "done", "failed"
POLICY_COLLECTOR = "iam.bindings"  # the collector of IAM policies; its snapshots are the observations of bindings
# A run that was claimed this often without writing anything restarts: its checkpoint may be the reason.
MAX_STALLS = 5
TABLE = SchemaBase.metadata.tables[Snapshot.__tablename__]
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
# Each run of a collector needs a dozen statements: they are built once, which takes as long as to execute them.
_COLLECTOR, _SCOPE, _SLOT, _START, _END, _ID, _OWNER, _UNTIL, _NOW = (
    bindparam(f"of_{column.name}", type_=column.type)
    for column in (
        *(TABLE.c.collector, TABLE.c.scope, TABLE.c.slot, TABLE.c.window_start, TABLE.c.window_end),
        *(TABLE.c.id, TABLE.c.lease_owner, TABLE.c.lease_until, TABLE.c.taken_at),
    )
)
_SAME = and_(TABLE.c.collector == _COLLECTOR, TABLE.c.scope == _SCOPE)
_NEW, _ADDED = "new_", ("api_calls", "bytes_billed", "row_count")
_FREE = and_(_SAME, TABLE.c.state != DONE, TABLE.c.lease_owner.is_(None))


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
    """The latest claim of a collector and scope, whatever its result, and its last successful slot."""

    taken: datetime = NEVER
    done: datetime | None = None


class LeaseLostError(TransientError):
    """Another process has claimed the run; the current batch is not written."""


def claim(session: Session, request: SlotRequest, owner: str, now: datetime, lease: timedelta) -> Claim | Refusal:
    """Claims the run of a slot, or the interrupted run of an earlier slot, which has to finish first."""
    same = {_COLLECTOR.key: request.collector, _SCOPE.key: request.scope}
    own = {**same, _SLOT.key: request.slot}
    if _is_done(session, own):
        return Refusal.CURRENT
    session.execute(_END_LEASES, {**same, _NOW.key: now})
    # Resets runs that make no progress, and closes earlier runs that wrote nothing: this slot covers their window.
    session.execute(_RESET, {**same, _NOW.key: now})
    session.execute(_CLOSE_EARLIER, {**own, _NOW.key: now})
    try:
        with session.begin_nested():
            run_id = session.scalar(_INTERRUPTED, own) or _own(session, request, own, now)
            taken = _changes(
                session, _TAKE, {_ID.key: run_id, _OWNER.key: owner, _UNTIL.key: now + lease, _NOW.key: now}
            )
    except IntegrityError:  # another run of this collector and scope has the lease
        return Refusal.BUSY
    return _claimed(session, run_id, owner) if taken else Refusal.BUSY


def renew(
    session: Session, claim: Claim, until: datetime, checkpoint: Mapping[str, Any] | None, cost: BatchCost
) -> None:
    """Renews the lease at the start of a batch's transaction. Raises LeaseLostError if another process has it."""
    values: dict[str, Any] = {"lease_until": until, "stalls": 0, **_cost(cost)}
    if checkpoint is not None:
        values["checkpoint"] = dict(checkpoint)
    _update_own(session, claim, values)


def count_rows(session: Session, claim: Claim, rows: int) -> None:
    """Adds to the row count of the run, in the batch's transaction."""
    _update_own(session, claim, {"row_count": rows})


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


_LATER_DONE = select(TABLE.c.id).where(_SAME, TABLE.c.state == DONE, TABLE.c.slot >= _SLOT).limit(1)
_END_LEASES = (
    update(TABLE)
    .where(_SAME, TABLE.c.lease_owner.is_not(None), or_(TABLE.c.lease_until.is_(None), TABLE.c.lease_until < _NOW))
    .values(lease_owner=None, lease_until=None)
)
_RESET = (
    update(TABLE)
    .where(_FREE, TABLE.c.stalls >= MAX_STALLS)
    .values(checkpoint=None, stalls=0, state=FAILED, finished_at=func.coalesce(TABLE.c.finished_at, _NOW))
)
_CLOSE_EARLIER = (
    update(TABLE)
    .where(_FREE, TABLE.c.state == RUNNING, TABLE.c.slot < _SLOT, TABLE.c.checkpoint.is_(None))
    .values(state=FAILED, finished_at=_NOW, error="it ended before it wrote anything; a later slot has its window")
)
_INTERRUPTED = (
    select(TABLE.c.id)
    .where(_SAME, TABLE.c.state != DONE, TABLE.c.slot < _SLOT, TABLE.c.checkpoint.is_not(None))
    .order_by(TABLE.c.slot)
    .limit(1)
)
_OWN = select(TABLE.c.id).where(_SAME, TABLE.c.slot == _SLOT)
_LAST_END = select(func.max(TABLE.c.window_end)).where(_SAME, TABLE.c.state == DONE)
# A run that was just finished elsewhere keeps the window that it read.
_SET_WINDOW = (
    update(TABLE)
    .where(_FREE, TABLE.c.slot == _SLOT, TABLE.c.checkpoint.is_(None))
    .values(window_start=_START, window_end=_END)
)
_TAKE = (
    update(TABLE)
    .where(TABLE.c.id == _ID, TABLE.c.state != DONE, TABLE.c.lease_owner.is_(None))
    .values(
        lease_owner=_OWNER,
        lease_until=_UNTIL,
        taken_at=_NOW,
        attempts=TABLE.c.attempts + 1,
        stalls=TABLE.c.stalls + 1,
        state=RUNNING,
        error=None,
        finished_at=None,
    )
)
_CLAIMED = select(TABLE.c.slot, TABLE.c.window_start, TABLE.c.window_end, TABLE.c.checkpoint).where(TABLE.c.id == _ID)


def _is_done(session: Session, own: Mapping[str, Any]) -> bool:
    return session.scalar(_LATER_DONE, own) is not None


def _own(session: Session, request: SlotRequest, own: Mapping[str, Any], now: datetime) -> int:
    """The id of the row of this slot, created if necessary; once rows are written, its window does not change."""
    slot = {"collector": request.collector, "scope": request.scope, "slot": request.slot}
    session.execute(_add(dialect_of(session)), {**slot, "state": RUNNING, "started_at": now, "taken_at": now})
    start, end = _window(request, session.scalar(_LAST_END, own))
    session.execute(_SET_WINDOW, {**own, _START.key: start, _END.key: end})
    return int(session.execute(_OWN, own).scalar_one())


@cache
def _add(dialect: str) -> Insert:
    return insert_of(dialect, TABLE).on_conflict_do_nothing(index_elements=["collector", "scope", "slot"])


def _window(request: SlotRequest, last: datetime | None) -> tuple[datetime, datetime]:
    """Start and end of the window, which depend on slots and not on the clock: a repeated run reads the same window.

    `last` is the end of the last successful window.
    """
    end = request.slot - request.lag
    start = end - request.first if last is None else max(last - request.overlap, end - request.retention)
    return min(start, end), end


def _claimed(session: Session, run_id: int, owner: str) -> Claim:
    slot, start, end, checkpoint = session.execute(_CLAIMED, {_ID.key: run_id}).one()
    return Claim(run_id, owner, slot, start, end, checkpoint)


def _end(session: Session, claim: Claim, cost: BatchCost, values: Mapping[str, Any]) -> None:
    _update_own(session, claim, {"lease_owner": None, "lease_until": None, **_cost(cost), **values})


def _cost(cost: BatchCost) -> dict[str, int]:
    return {"api_calls": cost.api_calls, "bytes_billed": cost.bytes_billed}


def _update_own(session: Session, claim: Claim, values: Mapping[str, Any]) -> None:
    """Sets columns of a run whose lease this process has; numbers of calls, bytes and rows are added."""
    given = {_NEW + name: value for name, value in values.items()}
    if _changes(session, _update(tuple(values)), {_ID.key: claim.id, _OWNER.key: claim.owner, **given}) != 1:
        raise LeaseLostError(f"snapshot {claim.id} is run by another process now")


@cache
def _update(names: tuple[str, ...]) -> Update:
    columns = ((TABLE.c[name], bindparam(_NEW + name, type_=TABLE.c[name].type)) for name in names)
    values = {column: column + new if column.name in _ADDED else new for column, new in columns}
    return update(TABLE).where(TABLE.c.id == _ID, TABLE.c.lease_owner == _OWNER).values(values)


def _changes(session: Session, statement: Update, values: Mapping[str, Any]) -> int:
    return cast("CursorResult[Any]", session.execute(statement, values)).rowcount
