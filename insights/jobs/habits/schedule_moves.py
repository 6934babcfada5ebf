"""Times of day that were replaced by others: the job stopped starting at one time, and has started at another since.

The starts before such a move count as if they had been at the new time, so that the weekdays stay known from the second
run after it. Moves by less than 45 minutes are delays.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from statistics import median

from insights.jobs.due_run import DAY, MINUTE
from insights.jobs.habits.busy_hours import USUALLY, WEEK
from insights.jobs.habits.times_of_day import APART, DAY_MINUTES, WIDEST, minute_of, times_of_day
from shared.lazy.dataclass import dataclass

LEAST_STARTS = 2  # before a move, and after it
LONGEST_GAP = 2 * WEEK  # between the last start before a move and the first one after it


@dataclass(frozen=True, slots=True)
class ScheduleMove:
    """The local starts before and after a move, each earliest first, at about the same time of day."""

    former: Sequence[datetime]
    latter: Sequence[datetime]

    @property
    def since(self) -> datetime:
        """The first start at the new time."""
        return self.latter[0]

    @property
    def minutes(self) -> tuple[int, int]:
        """The usual minutes of the day before and after the move."""
        return _usual_minute(self.former), _usual_minute(self.latter)

    @property
    def clocks(self) -> tuple[str, str]:
        """The usual time of day before and after the move, such as 02:00."""
        before, after = (f"{minute // 60:02}:{minute % 60:02}" for minute in self.minutes)
        return before, after

    def facts(self) -> dict[str, str | datetime]:
        """The move as a dict: the usual local times of day, and the first start at the new one."""
        before, after = self.clocks
        return {"before": before, "now": after, "since": self.since}

    @property
    def by(self) -> timedelta | None:
        """How much later the job starts, keeping its weekdays; None if it runs on other weekdays.

        The runs before the move, if they had been at the new time, are followed by those after it without a gap.
        """
        before, after = self.minutes
        shifts = [(after - before + DAY_MINUTES * days) * MINUTE for days in (-1, 0, 1)]
        weekdays = {start.weekday() for start in self.latter}
        gaps = {
            self.since - (self.former[-1] + shift): shift
            for shift in shifts
            if weekdays <= {(start + shift).weekday() for start in self.former}
        }
        return gaps.get(min((gap for gap in gaps if gap > APART), default=timedelta()))


def schedule_moves(starts: Sequence[datetime]) -> list[ScheduleMove]:
    """The latest move of each time of day in the local starts of a job, earliest first."""
    groups = [sorted(group) for group in times_of_day(starts)] if starts else []
    if len(groups) < 2:
        return []
    found = [move for latter in groups if (move := _move_to(latter, groups)) and _is_regular(move, groups, starts)]
    return sorted(found, key=lambda move: move.since)


def aligned(starts: Sequence[datetime]) -> list[datetime]:
    """The starts, earliest first, with those before a move as if they had been at the new time."""
    shifts = {start: move.by for move in schedule_moves(starts) if move.by for start in move.former}
    return sorted(start + shifts.get(start, timedelta()) for start in starts) if shifts else list(starts)


def _move_to(latter: Sequence[datetime], groups: Sequence[Sequence[datetime]]) -> ScheduleMove | None:
    """The move to a time of day from the time that ended last before it; None if none ended, or if the new time ended as well."""
    ended = [
        group for group in groups if timedelta() < latter[0] - group[-1] <= LONGEST_GAP and len(group) >= LEAST_STARTS
    ]
    is_past = any(other[0] > latter[-1] and len(other) >= LEAST_STARTS for other in groups)
    if not ended or is_past or len(latter) < LEAST_STARTS or latter[-1] - latter[0] < DAY / 2:
        return None
    return ScheduleMove(max(ended, key=lambda group: group[-1]), latter)


def _is_regular(move: ScheduleMove, groups: Sequence[Sequence[datetime]], starts: Sequence[datetime]) -> bool:
    """Whether nearly all starts around the move are at its two times, or at times that the job kept."""
    former, latter = move.former, move.latter
    if any(_width(group) > WIDEST for group in (former, latter)):
        return False
    around = [start for start in starts if former[0] <= start]
    kept = sum(
        len(group) for group in groups if group[0] <= former[-1] and group[-1] >= latter[0] and _width(group) <= WIDEST
    )
    return len(former) + len(latter) + kept >= USUALLY * len(around)


def _width(group: Sequence[datetime]) -> timedelta:
    minutes = _unrolled(group)
    return (max(minutes) - min(minutes)) * MINUTE


def _usual_minute(group: Sequence[datetime]) -> int:
    return int(median(_unrolled(group))) % DAY_MINUTES


def _unrolled(group: Sequence[datetime]) -> list[int]:
    """The minutes of the day, those after midnight above 1,440 if the group is around midnight."""
    minutes = [minute_of(start) for start in group]
    around_midnight = max(minutes) - min(minutes) > DAY_MINUTES / 2
    return [minute + DAY_MINUTES * (around_midnight and minute < DAY_MINUTES / 2) for minute in minutes]
