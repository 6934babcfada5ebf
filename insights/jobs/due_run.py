"""A run that is expected, also in the days after a change of the clocks.

Without a declared schedule the time zone of a job is unknown: after clocks change in some country, the job may start
earlier or later by the clock of the installation. Both times are accepted until a run starts at its usual time again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

from shared.lazy.dataclass import dataclass

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
UNCLEAR = 3 * HOUR  # a start so soon after a change does not show the clock: its own time may not exist on that day
CHANGE_SECONDS = 1800  # clocks change at a full or half hour of UTC
Localize = Callable[[datetime], datetime]
_ZONES = (  # one for each rule by which clocks change, and none
    "UTC", "America/New_York", "America/Havana", "America/Santiago", "Europe/Berlin", "Europe/Chisinau", "Asia/Beirut",
    "Asia/Jerusalem", "Asia/Gaza", "Africa/Cairo", "Africa/Casablanca", "Australia/Sydney", "Australia/Lord_Howe",
    "Pacific/Auckland",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class DueRun:
    """A run expected at `due_at`; it is missing if it has not started by `late_at`.

    `is_declared` is True if only the declared schedule expects the run, and not the past runs of the job. `starts` are the
    past starts at this time of day, earliest first, if known. After a change of the clocks or of its schedule, the run may
    start `earlier` or `later` by so much; `late_at` is as much later.
    """

    due_at: datetime
    late_at: datetime
    is_declared: bool = False
    starts: Sequence[datetime] = ()
    earlier: timedelta = timedelta()
    later: timedelta = timedelta()

    @property
    def early(self) -> timedelta:
        """How much earlier the run may start."""
        return self.late_at - self.due_at - self.later + self.earlier

    def is_after(self, last: datetime) -> bool:
        """Whether this run is later than the run that started at `last`, early or late."""
        return self.due_at > last + min(self.early, 2 * HOUR + self.earlier)

    def is_near(self, start: datetime) -> bool:
        """Whether a start is about as early or late as usual."""
        return self.due_at - self.early <= start <= self.late_at


def by_either_clock(due_runs: Iterable[DueRun], last: datetime, zone: Localize) -> Iterator[DueRun]:
    """The due runs. If clocks have changed since a start at their time of day, they may start earlier or later.

    A run that started at `last` at its own time does not count as an early run of another time of day.
    """
    runs = list(due_runs)
    for run in runs:
        earlier, later = _moved(run, zone) if run.starts else (timedelta(), timedelta())
        if earlier and any(_is_another(each, run) and each.is_near(last) for each in runs):
            earlier = timedelta()
        later = max(later, run.later)
        if (earlier, later) == (run.earlier, run.later):  # nearly always
            yield run
        else:
            yield replace(run, late_at=run.late_at + later - run.later, earlier=earlier, later=later)


def _is_another(other: DueRun, run: DueRun) -> bool:
    """Whether the job started at both times of day on one day: it has not moved from one to the other."""
    latest = run.starts[-1]
    return any(latest - DAY < start < latest for start in other.starts) and other.starts != run.starts


def _moved(run: DueRun, zone: Localize) -> tuple[timedelta, timedelta]:
    """How much earlier and later than its usual local time a run may start, by the clock of any zone."""
    before = run.starts[-1] - UNCLEAR
    now = run.due_at + HOUR  # of an hour that is repeated the second may be meant
    old, new = _offsets(before.timestamp() // CHANGE_SECONDS), _offsets(now.timestamp() // CHANGE_SECONDS)
    own = (zone(now).utcoffset() or timedelta()) - (zone(before).utcoffset() or timedelta())
    if old == new and not own:
        return timedelta(), timedelta()
    changes = [after - earlier - own for earlier, after in zip(old, new, strict=True)]
    return max(timedelta(), *changes), -min(timedelta(), *changes)


@lru_cache(maxsize=4_000)
def _offsets(number: float) -> tuple[timedelta, ...]:
    """The offsets of the zones from UTC in this half hour since 1970."""
    moment = datetime.fromtimestamp(number * CHANGE_SECONDS, UTC)
    return tuple(moment.astimezone(zone).utcoffset() or timedelta() for zone in zones())


@cache
def zones() -> tuple[ZoneInfo, ...]:
    """One time zone for each rule by which clocks change, and one without changes.

    They are kept here because `ZoneInfo` keeps eight, and reads the file of each other one again.
    """
    return tuple(map(ZoneInfo, _ZONES))
