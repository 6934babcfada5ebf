"""When the runs of a job usually end, learned by kind of day, and the chance of a later end.

Nothing is read from a database here. A job with times of day has a usual end for each due run. The remaining time of a
run is estimated from the durations of earlier runs that lasted at least as long; of a run that is still running or was
cancelled, only a lower limit of the duration is known.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from math import log
from statistics import median

from insights.jobs.cadence import Cadence
from insights.jobs.due_run import DAY, HOUR, MINUTE, DueRun
from insights.jobs.habits.times_of_day import SATURDAY
from insights.long_tail import beyond
from shared.lazy.dataclass import dataclass

LEAST_ENDS = 8  # ends from which a usual end is known
CLASS_ENDS = 6  # ends on one kind of day from which it has a usual end of its own
LEAST_MARGIN = 15 * MINUTE  # nothing ends late before
LONGEST_MARGIN = 6 * HOUR
FACTOR = 2.0  # times the largest distance from the usual end so far
TAIL = 3.5  # deviations of the logarithm
MANY = 20  # ends from which the latest one is left out: it may be that of a fault
LONGEST_RUN = 20 * HOUR  # after its due time a run is another one
SURE = 0.8  # chance from which a run will be late


@dataclass(frozen=True, slots=True)
class RunEnd:
    """A successful run: when it was due, when its first attempt started, and when it ended."""

    due_at: datetime
    start_at: datetime
    end_at: datetime

    @property
    def seconds(self) -> float:
        """The duration of the run in seconds, including retries."""
        return (self.end_at - self.start_at).total_seconds()


@dataclass(frozen=True, slots=True)
class UsualEnd:
    """When a due run usually ends: at about `usual`, and at `latest`. `runs` is the number of ends behind it."""

    due: DueRun
    usual: datetime
    latest: datetime
    runs: int


@dataclass(frozen=True, slots=True)
class StartedRun:
    """A past run. `end_at` is None while it is running."""

    start_at: datetime
    end_at: datetime | None
    is_success: bool


def run_ends(cadence: Cadence, runs: Sequence[StartedRun], until: datetime) -> list[RunEnd]:
    """The successful end of each due run before `until`; `runs` are ordered by start."""
    if not runs or cadence.interval:
        return []
    dues = list(cadence.due_after(runs[0].start_at - DAY, until))
    starts = [run.start_at for run in runs]
    ends = []
    for at, due in enumerate(dues):
        early = due.due_at - min(due.late_at - due.due_at, 2 * HOUR)
        following = dues[at + 1].due_at if at + 1 < len(dues) else until
        first, last = bisect_left(starts, early), bisect_left(starts, min(following, due.due_at + LONGEST_RUN))
        of_due = runs[first:last]
        end = next((run.end_at for run in of_due if run.is_success and run.end_at), None)
        if end is not None:
            ends.append(RunEnd(due.due_at, of_due[0].start_at, end))
    return ends


def usual_end(due: DueRun, ends: Sequence[RunEnd], local: Callable[[datetime], datetime]) -> UsualEnd | None:
    """When a due run usually ends; None with too few ends.

    Counts runs at its time of day, on its kind of day if enough.
    """
    chosen = ends_of_kind(due, ends, local)
    if not chosen:
        return None
    after = sorted((each.end_at - each.due_at) / MINUTE for each in chosen)
    middle = median(after)
    lasts = median(each.seconds for each in chosen) / 60
    known = after[:-1] if len(after) >= MANY else after
    margin = max(FACTOR * max(known[-1] - middle, middle - known[0]), _tail(known) - middle, 0.2 * lasts)
    latest = due.due_at + due.later + middle * MINUTE + min(max(margin * MINUTE, LEAST_MARGIN), LONGEST_MARGIN)
    return UsualEnd(due, due.due_at + middle * MINUTE, latest, len(chosen))


def ends_at_time(due: DueRun, ends: Sequence[RunEnd], local: Callable[[datetime], datetime]) -> list[RunEnd]:
    """The ends of earlier runs that were due at the same time of day."""
    minute = _minute(local(due.due_at))
    return [each for each in ends if each.due_at < due.due_at and _minute(local(each.due_at)) == minute]


def ends_of_kind(due: DueRun, ends: Sequence[RunEnd], local: Callable[[datetime], datetime]) -> list[RunEnd]:
    """The ends with which a due run is compared: at its time of day, on its kind of day if enough. Empty with too few ends."""
    at_time = ends_at_time(due, ends, local)
    kind = _kind_of_day(local(due.due_at).date())
    alike = [each for each in at_time if _kind_of_day(local(each.due_at).date()) == kind]
    if len(at_time) < LEAST_ENDS:
        return []
    return alike if len(alike) >= CLASS_ENDS else at_time


def chance_of_late(
    start: datetime, now: datetime, latest: datetime, seconds: Sequence[float], censored: Sequence[float] = ()
) -> float | None:
    """The chance that a run that started at `start` and is running at `now`, or will start then, ends after `latest`.

    `seconds` are the durations of ended runs, `censored` the durations so far of other runs. The estimate is the
    product-limit estimate of Kaplan and Meier, with half a late run and half a punctual run added. None if no earlier
    run lasted as long.
    """
    lasted = max((now - start).total_seconds(), 0.0)
    allowed = (latest - start).total_seconds()
    ended, open_ended = sorted(seconds), sorted(censored)
    longer = len(ended) - bisect_right(ended, lasted)
    if not longer:
        return 1.0 if now > latest else None
    surviving = 1.0
    for each in ended[bisect_right(ended, lasted) : bisect_right(ended, allowed)]:
        at_risk = len(ended) - bisect_left(ended, each) + len(open_ended) - bisect_left(open_ended, each)
        surviving *= 1 - 1 / at_risk
    return (surviving * longer + 0.5) / (longer + 1)


def likely_end(start: datetime, now: datetime, seconds: Sequence[float]) -> datetime | None:
    """The likely end of a run: the median of the durations that exceed its duration so far; None if there is none."""
    lasted = (now - start).total_seconds()
    longer = [each for each in seconds if each > lasted]
    return start + timedelta(seconds=median(longer)) if longer else None


def _tail(minutes: Sequence[float]) -> float:
    """The end that is hardly ever exceeded: durations have long tails, as lognormal values have.

    Logarithms are taken of the distances from the earliest end, plus the distance of the median from it, so that an
    even spread does not count as a long tail.
    """
    least = min(minutes)
    shift = max(median(minutes) - least, 1.0) - least
    return beyond([log(each + shift) for each in minutes], TAIL) - shift


def _kind_of_day(day: date) -> str:
    """Working day, weekend, or the last day of a month, on which closing jobs take longer."""
    if (day + DAY).day == 1:
        return "month end"
    return "weekend" if day.weekday() >= SATURDAY else "working day"


def _minute(moment: datetime) -> int:
    return moment.hour * 60 + moment.minute
