"""A job whose schedule has moved: its latest runs started earlier or later than at their time of day, all by as much.

After one run that started later, the next one may start at either time. Two such runs show that the schedule has moved.
Earlier runs show it as well, once the usual time has passed without a run. The runs before the move count as if they had
started at the new time, so that the weekdays stay known.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

from insights.jobs.due_run import DAY, MINUTE
from insights.jobs.habits.times_of_day import APART, DAY_MINUTES, TimeOfDay, at_minute, time_of_day, times_of_day

Stray = tuple[datetime, timedelta]  # a start, and how much later than a due run it is


def current_times(times: Sequence[TimeOfDay], starts: Sequence[datetime]) -> list[TimeOfDay]:
    """The times of day at which a job runs now. `starts` are all its starts, earliest first.

    If one of several times may have moved, so may the others.
    """
    current, replaced = [], []
    ends = [next((start for start in reversed(each.starts) if each.includes(start)), each.starts[0]) for each in times]
    for each, last in zip(times, ends, strict=True):
        established = [(other, end) for other, end in zip(times, ends, strict=True) if other.starts[0] <= last]
        after = starts[bisect_right(starts, last) :]
        strays = [start for start in after if _is_stray(start, each, established)]
        now = _moved(each, last, strays, starts) if strays else each
        if now.starts != each.starts:
            replaced += [other for other in times if other.starts[0] > last and _is_near(other, now)]
        if not now.is_past:
            current.append(now)
    later = max((each.later for each in current), default=timedelta())
    kept = [each for each in current if each not in replaced]
    return [_perhaps_later(each, later, starts[-1]) for each in kept] if later else kept


def _is_stray(start: datetime, usual: TimeOfDay, established: Sequence[tuple[TimeOfDay, datetime]]) -> bool:
    """Whether a start is at no usual time, and this one is the closest of the usual times that were not met since."""
    if any(other.includes(start) for other, _ in established):
        return False
    open_ones = [other for other, end in established if end < start]
    return min(open_ones, key=lambda other: _distance(other, start)) is usual


def _distance(usual: TimeOfDay, start: datetime) -> timedelta:
    """How far a start is from the usual time, on whatever day."""
    return min(abs(start - at_minute(start.date() + DAY * number, usual.minute, start)) for number in (-1, 0, 1))


def _perhaps_later(usual: TimeOfDay, later: timedelta, last: datetime) -> TimeOfDay:
    """The time of day with a next run, the first one after the last start, that may start later."""
    return replace(usual, later=later, next_due=next(_due(usual, last, last + 8 * DAY), None))


def _is_near(one: TimeOfDay, other: TimeOfDay) -> bool:
    apart = (one.minute - other.minute) % DAY_MINUTES
    return min(apart, DAY_MINUTES - apart) * MINUTE <= APART


def _moved(usual: TimeOfDay, last: datetime, strays: Sequence[datetime], every: Sequence[datetime]) -> TimeOfDay:
    """The time of day after a move; the same one, or with a `later` next run, as long as too few starts show a move."""
    gap = _least_gap(usual)
    paired = _paired(list(_due(usual, last, strays[-1] + gap)), strays, gap)
    if not paired:
        return usual
    latest = max(paired)
    by = paired[latest][1]
    alike = {at: start for at, (start, later) in paired.items() if abs(later - by) <= APART}
    if latest - 1 not in alike:
        return replace(usual, later=max(by, timedelta()))
    shift = round(median(paired[at][1] / MINUTE for at in alike)) * MINUTE
    (group, *others) = times_of_day([*(start + shift for start in usual.starts), *alike.values()])
    return (time_of_day(group, every) if not others else None) or usual


def _least_gap(usual: TimeOfDay) -> timedelta:
    """The shortest time between two days on which the job runs."""
    weekdays = sorted(usual.weekdays)
    return min(after - before for before, after in pairwise([*weekdays, weekdays[0] + 7])) * DAY


def _due(usual: TimeOfDay, last: datetime, until: datetime) -> Iterator[datetime]:
    """When runs were due at the usual time after its last run."""
    for number in range(-1, (until.date() - last.date()).days + 1):
        day = last.date() + DAY * number
        due = at_minute(day, usual.minute, last)
        if day.weekday() in usual.weekdays and last + usual.delay < due <= until:
            yield due


def _paired(due_runs: Sequence[datetime], strays: Sequence[datetime], gap: timedelta) -> dict[int, Stray]:
    """The due runs that a start belongs to, by position: the last due run before the start, otherwise the next one."""
    paired: dict[int, Stray] = {}
    early = max(gap / 2, min(gap, DAY) - APART)
    for start in strays:
        at = bisect_right(due_runs, start)
        if at and at - 1 not in paired and start - due_runs[at - 1] < gap:
            paired[at - 1] = start, start - due_runs[at - 1]
        elif at < len(due_runs) and due_runs[at] - start <= early and not _is_later(paired, at - 1):
            paired[at] = start, start - due_runs[at]
    return paired


def _is_later(paired: dict[int, Stray], at: int) -> bool:
    return at in paired and paired[at][1] > timedelta()
