"""The interface of a collector: its declaration, its context and its batches.

A service module has `COLLECTORS`, a tuple of Collector. It imports neither `db` nor `google` nor `sqlalchemy` at module
level; the context provides everything else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from collectors.history_analysis.quota_limiter import Limiter
from shared.call_counter import counting
from shared.clients import Clients
from shared.config import Settings
from shared.history import Row
from shared.model import ProbeReading

Reported = Callable[[datetime, datetime], Iterable[Row]]  # what was reported in [since, until): runs, results of checks
Readings = Callable[[datetime, datetime], Iterable[ProbeReading]]  # what probes read, stored in [since, until)

LAG = timedelta(minutes=5)


class HistoryLookups(Protocol):
    """Queries on the Schema DB."""

    def unfinished_runs(self, service: str, project: str) -> Sequence[tuple[str, datetime | None]]:
        """The run id and creation time of the runs that had not ended at their latest snapshot."""

    def roles_in_use(self) -> list[str]:
        """The names of all roles that are granted to a member, sorted."""

    def groups_in_use(self) -> list[str]:
        """The addresses of all groups that have a role, sorted."""

    def chains(self) -> list[list[str]]:
        """The distinct ancestors of resources: projects/…, folders/…, organizations/…, nearest first."""

    def covered_until(self, prefix: str) -> dict[str, datetime]:
        """The time until which evidence is complete, for each subject with this prefix."""


def none_reported(_since: datetime, _until: datetime) -> Iterable[Row]:
    """Returns no reports: for an installation without reporters."""
    return ()


def none_read(_since: datetime, _until: datetime) -> Iterable[ProbeReading]:
    """Returns no readings: for an installation without probes."""
    return ()


@dataclass(slots=True)
class RunCost:
    """The cost of a run; the collector counts its calls."""

    api_calls: int = 0
    bytes_billed: int = 0


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows and a checkpoint, committed together.

    After a crash, a run continues after the last batch with a checkpoint, which is harmless. `done` is the finished part of
    the window, from 0 to 1, if known. `written` is the number of rows already in the database.
    """

    rows: Sequence[Row]
    checkpoint: Mapping[str, Any] | None = None
    done: float | None = None
    written: int = 0


@dataclass(frozen=True, slots=True)
class SnapshotContext:
    """The inputs of a collector for one scope and slot.

    The window is [window_start, window_end). `checkpoint` is the last checkpoint of an interrupted run, or None.
    """

    collector: Collector
    scope: str
    slot: datetime
    snapshot_id: int
    window_start: datetime
    window_end: datetime
    checkpoint: Mapping[str, Any] | None
    now: datetime
    settings: Settings
    clients: Clients
    limiter: Limiter
    known: HistoryLookups
    usage: RunCost = field(default_factory=RunCost)
    reported: Reported = none_reported
    readings: Readings = none_read

    def call(self, quota: str, key: str = "", calls: int = 1) -> None:
        """Waits until `quota` (limiter.QUOTAS) allows the call for `key` (default: the scope), and counts the call."""
        self.limiter.take(quota, key or self.scope, calls)
        self.usage.api_calls += calls

    @contextmanager
    def calls(self, quota: str) -> Iterator[None]:
        """Waits for and counts each call of a Google client library in the block: each page, poll and retry.

        The block must not yield, because calls of other code would be counted too.
        """
        with counting(lambda: self.call(quota)):
            yield


@dataclass(frozen=True, slots=True)
class Collector:
    """One kind of data that is read regularly.

    `name` is "<service>.<data>", `doc` one line about the data for a maintainer. `every` is the length of a slot.
    `permissions` are Google IAM permissions. `scopes` returns the scopes, such as "projects/a": each has its own
    checkpoint and fails separately. `collect` yields batches; it may be called again for the same window.

    The window ends `lag` before the slot. It begins `overlap` before the end of the last successful window (for rows
    that arrive late or change), but at most `retention` before its own end, which is the retention of the source. The first
    window begins HINOMI_HISTORY_FIRST_DAYS before its end.

    `after` names the collectors whose rows it reads; they run first.
    """

    name: str
    doc: str
    every: timedelta
    permissions: tuple[str, ...]
    scopes: Callable[[Settings], list[str]]
    collect: Callable[[SnapshotContext], Iterator[Batch]]
    lag: timedelta = LAG
    overlap: timedelta = timedelta(0)
    retention: timedelta = timedelta(days=30)
    after: tuple[str, ...] = ()


def projects(settings: Settings) -> list[str]:
    """Each project of HINOMI_PROJECTS as a separate scope; the default of `scopes`."""
    return [f"projects/{project}" for project in settings.projects]
