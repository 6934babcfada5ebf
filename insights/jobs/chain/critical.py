"""The critical path: the runs whose ends decided, or decide, when the last one ends.

The decider of a run is the run that it had to wait for: of the runs of its predecessors that had ended when it started, the
one that ended last. The decider of that run is found in the same way, and so on. An expected run that has not started waits
for every run of its predecessors; there the run that is expected to end last decides.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from operator import attrgetter

from shared.lazy.dataclass import dataclass

TOLERANCE = timedelta(seconds=90)  # the scheduler may see the end of a run before the run itself is over
LONGEST_WAIT = timedelta(hours=12)  # a run that ended earlier belongs to another day


@dataclass(frozen=True, slots=True)
class TimedRun:
    """A run of `job` between two times.

    Of a run that is running, `end` is expected; of one that has not started, both are.
    """

    key: str
    job: str
    start: datetime
    end: datetime
    has_started: bool = True


Predecessors = Callable[[str], Iterable[str]]


class Deciders:
    """Finds the decider of each of these runs on demand. `predecessors` returns the jobs before a job.

    A decider started earlier, so a cycle of jobs does not lead to a cycle of runs.
    """

    def __init__(self, runs: Sequence[TimedRun], predecessors: Predecessors) -> None:
        self.runs, self._predecessors = runs, predecessors
        self._deciders: dict[str, TimedRun | None] = {}
        self._by_job: defaultdict[str, list[TimedRun]] = defaultdict(list)
        for run in sorted(runs, key=_order):
            self._by_job[run.job].append(run)

    def of(self, run: TimedRun) -> TimedRun | None:
        """The decider of a run; None if it had to wait for no run."""
        if run.key not in self._deciders:
            jobs = {job for job in self._predecessors(run.job) if job in self._by_job} - {run.job}
            before = filter(None, (_latest(self._by_job[job], run) for job in jobs))
            self._deciders[run.key] = max(before, key=_order, default=None)
        return self._deciders[run.key]


def path_to(run: TimedRun, deciders: Deciders) -> list[TimedRun]:
    """The critical path that ends with this run, the earliest run first."""
    path = [run]
    while decider := deciders.of(path[-1]):
        path.append(decider)
    return path[::-1]


def paths_through(deciders: Deciders) -> dict[str, list[TimedRun]]:
    """For each run, by key, the critical path of the last run that it decides, directly or through others."""
    paths: dict[str, list[TimedRun]] = {}
    for each in deciders.runs:
        path = path_to(each, deciders)
        for run in path:
            paths[run.key] = max(paths.get(run.key, path), path, key=_last)
    return paths


def _latest(of_job: Sequence[TimedRun], run: TimedRun) -> TimedRun | None:
    """The run of a predecessor that ended last before this run started; of an expected run, that ends last."""
    if not run.has_started:
        possible = [each for each in of_job if each.has_started or each.start < run.start]
        last = possible[-1] if possible else None
    else:
        ended = of_job[: bisect_right(of_job, run.start + TOLERANCE, key=attrgetter("end"))]
        last = next((each for each in reversed(ended) if each.has_started and each.start < run.start), None)
    return last if last and last.end >= run.start - LONGEST_WAIT else None


def _order(run: TimedRun) -> tuple[datetime, datetime, str]:
    return run.end, run.start, run.key


def _last(path: Sequence[TimedRun]) -> tuple[datetime, datetime, str]:
    return _order(path[-1])
