"""What a collector is, and what it gets and gives.

A service module has `COLLECTORS`, a tuple of Collector. It imports neither `db` nor `google` nor `sqlalchemy` at module
level; everything that it needs comes with the context.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from collectors.history_analysis.quota_limiter import Limiter
from shared.call_counter import counting
from shared.clients import Clients
from shared.config import Settings
from shared.history import Row

LAG = timedelta(minutes=5)


class HistoryLookups(Protocol):
    """What is in the Schema DB already."""

    def unfinished_runs(self, service: str, project: str) -> Sequence[tuple[str, datetime | None]]:
        """Run id and when it was asked for, of the runs that had not ended when they were last seen."""

    def roles_in_use(self) -> list[str]:
        """The names of the roles that somebody has, in order."""

    def groups_in_use(self) -> list[str]:
        """The addresses of the groups that have a role, in order."""

    def chains(self) -> list[list[str]]:
        """Where resources hang: projects/…, folders/…, organizations/…, the nearest first, each chain once."""

    def covered_until(self, prefix: str) -> dict[str, datetime]:
        """Up to when there is evidence about the subjects that begin so."""


@dataclass(slots=True)
class RunCost:
    """What a run costs, counted by the collector as it calls."""

    api_calls: int = 0
    bytes_billed: int = 0


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows and where to go on after them: both are committed together.

    Without a checkpoint a crash begins again after the last batch that had one, which is harmless. `done` is how much
    of the window is done, from 0 to 1, where that is known. `written` counts rows that are in the database already.
    """

    rows: Sequence[Row]
    checkpoint: Mapping[str, Any] | None = None
    done: float | None = None
    written: int = 0


@dataclass(frozen=True, slots=True)
class SnapshotContext:
    """What a collector may use for one scope and slot.

    The window is [window_start, window_end). `checkpoint` is that of the interrupted run, None at the beginning.
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

    def call(self, quota: str, key: str = "", calls: int = 1) -> None:
        """Waits until `quota` (limiter.QUOTAS) allows the call for `key` (the scope without one), and counts it."""
        self.limiter.take(quota, key or self.scope, calls)
        self.usage.api_calls += calls

    @contextmanager
    def calls(self, quota: str) -> Iterator[None]:
        """Does that for each call that a Google client library makes in the block: each page, poll and further try.

        Nothing may be yielded from inside: whoever runs then would be counted too.
        """
        with counting(lambda: self.call(quota)):
            yield


@dataclass(frozen=True, slots=True)
class Collector:
    """One thing that is read regularly.

    `name` is "<service>.<what>", `doc` one line that says what a maintainer sees of it a year later. `every` is the
    length of a slot. `permissions` are Google IAM permissions. `scopes` gives what is read apart, such as
    "projects/a": each has its own checkpoint and fails on its own. `collect` yields batches; it may be called again
    with the same window.

    The window ends `lag` before the slot and begins where the last done one ended, `overlap` earlier (for what comes
    late or still changes), but at most `reach` before its end: what Google still has. The first one begins
    HINOMI_HISTORY_FIRST_DAYS before its end.

    `after` names the collectors whose rows it reads: in a run they come first.
    """

    name: str
    doc: str
    every: timedelta
    permissions: tuple[str, ...]
    scopes: Callable[[Settings], list[str]]
    collect: Callable[[SnapshotContext], Iterator[Batch]]
    lag: timedelta = LAG
    overlap: timedelta = timedelta(0)
    reach: timedelta = timedelta(days=30)
    after: tuple[str, ...] = ()


def projects(settings: Settings) -> list[str]:
    """Each project of HINOMI_PROJECTS as a scope of its own: the usual `scopes`."""
    return [f"projects/{project}" for project in settings.projects]
