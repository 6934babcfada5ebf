"""Runs one collector over one scope: claims its slot, commits each batch with its checkpoint, records the outcome."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from collectors.history_analysis.collector import (
    Batch,
    Collector,
    Readings,
    Reported,
    RunCost,
    SnapshotContext,
    none_read,
    none_reported,
)
from collectors.history_analysis.errors import describe
from collectors.history_analysis.quota_limiter import Limiter
from collectors.history_analysis.results import Progress, SnapshotOutcome, SnapshotResult
from db.schema_db import snapshots
from db.schema_db.lookups import SchemaLookups
from db.schema_db.snapshots import BatchCost, Claim, LeaseLostError, Refusal, SlotRequest
from db.schema_db.store import SchemaStore
from db.schema_db.write.rows import write
from shared.clients import Clients
from shared.config import Settings
from shared.errors import TransientError
from shared.http import is_transient_error

# After this time a run whose process died can be claimed again; each batch renews the lease.
LEASE = timedelta(minutes=10)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Parts:
    """The dependencies of all runs of a process. `clock` returns the timezone-aware time; `owner` names the process."""

    store: SchemaStore
    clients: Clients
    settings: Settings
    limiter: Limiter
    clock: Callable[[], datetime]
    owner: str
    deadline: datetime | None
    progress: Callable[[Progress], None]
    reported: Reported = none_reported
    readings: Readings = none_read

    def is_late(self) -> bool:
        """Whether the time budget is used up."""
        return self.deadline is not None and self.clock() >= self.deadline


def slot_at(time: datetime, every: timedelta) -> datetime:
    """The start of the slot of this length that contains `time`; slots are counted from 1970 (UTC)."""
    return EPOCH + (time - EPOCH) // every * every


@dataclass(frozen=True, slots=True)
class Task:
    """One collector and scope, with the slot that contains a schedule time."""

    collector: Collector
    scope: str
    slot: datetime

    @classmethod
    def at(cls, collector: Collector, scope: str, time: datetime) -> Task:
        """The task of the slot that contains `time`."""
        return cls(collector, scope, slot_at(time, collector.every))

    def request(self, settings: Settings) -> SlotRequest:
        """The slot to claim."""
        item = self.collector
        first = min(item.retention, timedelta(days=settings.history_first_days))
        return SlotRequest(item.name, self.scope, self.slot, item.lag, item.overlap, item.retention, first)


@dataclass(slots=True)
class Tally:
    """The rows and the cost of one run."""

    began: datetime
    rows: int = 0
    usage: RunCost = field(default_factory=RunCost)
    _recorded: BatchCost = field(default_factory=BatchCost)

    def open(self) -> BatchCost:
        """The cost since the last record."""
        return BatchCost(
            self.usage.api_calls - self._recorded.api_calls, self.usage.bytes_billed - self._recorded.bytes_billed
        )

    def record(self) -> None:
        """Marks the cost so far as recorded."""
        self._recorded = BatchCost(self.usage.api_calls, self.usage.bytes_billed)


def run(parts: Parts, task: Task) -> Sequence[SnapshotResult]:
    """Finishes an interrupted slot, if there is one, then runs the current slot.

    Raises TransientError if the slot cannot be claimed because the Schema DB is unavailable; later failures become a
    result.
    """
    results = []
    while True:
        result = _run_next(parts, task)
        results.append(result)
        parts.progress(Progress(task.collector.name, task.scope, result.rows, 1.0, result.outcome))
        if result.outcome is not SnapshotOutcome.DONE or result.slot >= task.slot:
            return results


def _run_next(parts: Parts, task: Task) -> SnapshotResult:
    tally = Tally(parts.clock())
    if parts.is_late():
        return _result(parts, task, task.slot, SnapshotOutcome.STOPPED, tally)
    with parts.store.transaction() as session:
        claim = snapshots.claim(session, task.request(parts.settings), parts.owner, tally.began, LEASE)
    if isinstance(claim, Refusal):
        return _result(parts, task, task.slot, SnapshotOutcome(claim.value), tally)
    try:
        outcome = _collect(parts, task, claim, tally)
    except LeaseLostError:
        outcome = SnapshotOutcome.BUSY
    except Exception as error:  # noqa: BLE001 - recorded; the other collectors still run
        return _failed(parts, task, claim, tally, error)
    except BaseException:
        with parts.store.transaction() as session:
            snapshots.pause(session, claim, tally.open())
        raise
    return _result(parts, task, claim.slot, outcome, tally)


def _collect(parts: Parts, task: Task, claim: Claim, tally: Tally) -> SnapshotOutcome:
    parts.progress(Progress(task.collector.name, task.scope, 0, 0.0))
    for batch in task.collector.collect(_context(parts, task, claim, tally)):
        _commit(parts, claim, batch, tally)
        parts.progress(Progress(task.collector.name, task.scope, tally.rows, batch.done))
        if parts.is_late():
            with parts.store.transaction() as session:
                snapshots.pause(session, claim, tally.open())
            return SnapshotOutcome.STOPPED
    with parts.store.transaction() as session:
        snapshots.finish(session, claim, parts.clock(), tally.open())
    return SnapshotOutcome.DONE


def _commit(parts: Parts, claim: Claim, batch: Batch, tally: Tally) -> None:
    with parts.store.transaction() as session:
        snapshots.renew(session, claim, parts.clock() + LEASE, batch.checkpoint, tally.open())
        written = write(session, claim.id, batch.rows) + batch.written
        snapshots.count_rows(session, claim, written)
    tally.record()
    tally.rows += written


def _failed(parts: Parts, task: Task, claim: Claim, tally: Tally, error: Exception) -> SnapshotResult:
    """Records a failure. If that fails too, the lease expires and a later run continues."""
    words = describe(error)
    try:
        with parts.store.transaction() as session:
            snapshots.fail(session, claim, parts.clock(), tally.open(), words)
    except TransientError as second:
        words = f"{words}; it could not be recorded: {second}"
    return _result(
        parts, task, claim.slot, SnapshotOutcome.FAILED, tally, error=words, transient=is_transient_error(error)
    )


def _context(parts: Parts, task: Task, claim: Claim, tally: Tally) -> SnapshotContext:
    return SnapshotContext(
        collector=task.collector,
        scope=task.scope,
        slot=claim.slot,
        snapshot_id=claim.id,
        window_start=claim.window_start,
        window_end=claim.window_end,
        checkpoint=claim.checkpoint,
        now=tally.began,
        settings=parts.settings,
        clients=parts.clients,
        limiter=parts.limiter,
        known=SchemaLookups(parts.store),
        usage=tally.usage,
        reported=parts.reported,
        readings=parts.readings,
    )


def _result(
    parts: Parts,
    task: Task,
    slot: datetime,
    outcome: SnapshotOutcome,
    tally: Tally,
    *,
    error: str = "",
    transient: bool = False,
) -> SnapshotResult:
    return SnapshotResult(
        collector=task.collector.name,
        scope=task.scope,
        slot=slot,
        outcome=outcome,
        rows=tally.rows,
        api_calls=tally.usage.api_calls,
        bytes_billed=tally.usage.bytes_billed,
        seconds=(parts.clock() - tally.began).total_seconds(),
        error=error,
        transient=transient,
    )
