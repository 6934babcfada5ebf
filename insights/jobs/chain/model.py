"""A timeline: rows of runs on one axis of time, with what is usual for each and the critical path."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from insights.jobs.chain.critical import TimedRun
from insights.jobs.starts import Job
from shared.lazy.dataclass import dataclass

EXPECTED = "expected"  # the state of a run that has not started
MOST_BARS = 60  # of one row that are drawn, the latest ones


@dataclass(frozen=True, slots=True)
class TimelineBar:
    """A run. `end` is None while it is running or expected; `until` is then its expected end, at least now.

    `failed_at` has the times at which earlier attempts of this run failed, as far as incidents know them.
    """

    key: str
    state: str
    start: datetime
    end: datetime | None
    until: datetime
    attempt: int = 1
    failed_at: Sequence[datetime] = ()
    is_critical: bool = False

    @property
    def has_started(self) -> bool:
        """Whether the run is more than an expectation."""
        return self.state != EXPECTED

    def timed(self, row: str) -> TimedRun:
        """The run for the search of the critical path."""
        return TimedRun(self.key, row, self.start, self.until, self.has_started)


@dataclass(frozen=True, slots=True)
class TimelineRow:
    """A task or a job with its runs, oldest first. `hop` is negative upstream, positive downstream, 0 for the job itself.

    `usual` is its usual start and end; `state` is that of its latest run, or why there is none.
    """

    job: Job
    name: str
    state: str
    bars: Sequence[TimelineBar] = ()
    usual: tuple[datetime, datetime] | None = None
    hop: int = 0

    @property
    def is_critical(self) -> bool:
        """Whether a run in the row is on the critical path."""
        return any(bar.is_critical for bar in self.bars)

    @property
    def main(self) -> TimelineBar | None:
        """The run that represents the row: its last run on the critical path, otherwise its last run."""
        critical = [bar for bar in self.bars if bar.is_critical]
        return next(reversed(critical or self.bars), None)


@dataclass(frozen=True, slots=True)
class PathStep:
    """A run of the critical path. `waited` is the time from the end of the run before to its start; None for the first one."""

    job: Job
    name: str
    bar: TimelineBar
    waited: timedelta | None


@dataclass(frozen=True, slots=True)
class Timeline:
    """The rows in the order in which they start, and the critical path, earliest first. `left_out` rows are not in it."""

    rows: Sequence[TimelineRow]
    path: Sequence[PathStep]
    left_out: int = 0


def path_steps(path: Sequence[TimedRun], rows: Collection[TimelineRow]) -> list[PathStep]:
    """The steps of a critical path, with the rows to which they belong."""
    bars = {bar.key: (row, bar) for row in rows for bar in row.bars}
    steps: list[PathStep] = []
    for run in path:
        row, bar = bars[run.key]
        waited = max(run.start - steps[-1].bar.until, timedelta()) if steps else None
        steps.append(PathStep(row.job, row.name, bar, waited))
    return steps
