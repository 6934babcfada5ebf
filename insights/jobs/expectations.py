"""What people or reports expect of a job: an interval, or an end by a time of day. It overrides the learned cadence."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta, tzinfo
from fnmatch import fnmatchcase
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.intervals import LONGEST
from db.schema_db.models import JobRun
from insights.jobs.cadence import Cadence
from insights.jobs.due_run import DAY, HOUR, Localize
from insights.jobs.habits.busy_hours import EVERY_HOUR, BusyHours
from insights.jobs.habits.times_of_day import LEAST_DELAY
from insights.jobs.starts import Job
from shared.calendar.deadlines import DailyDeadline, parse_deadline
from shared.durations import duration_text
from shared.errors import InputError
from shared.identity.reported_run import EVERY, FINISH_BY, SERVICE
from shared.lazy.dataclass import dataclass
from shared.texts import Text, joined
from shared.texts import expectations as texts

EVERY_DAY = frozenset(range(7))
LEAST_WORKING_DAYS = 3  # of a week: a job that runs on fewer is a weekly one
IsOff = Callable[[date], bool]  # of a day, or of a local time: on a half day, the time after it ends is off


@dataclass(frozen=True, slots=True)
class DeclaredDeadline:
    """A time of day by which a run has to succeed on `weekdays` (0 is Monday), and on the last day of each month.

    A deadline without days of its own, `is_default`, counts on the days without another one.
    """

    at: DailyDeadline
    weekdays: frozenset[int] = EVERY_DAY
    month_end: bool = False
    is_default: bool = False

    def rank(self, day: date) -> int:
        """0 if it is not on this day; of the deadlines of a day, those with the highest rank count."""
        if self.month_end and (day + DAY).month != day.month:
            return 3
        return (1 if self.is_default else 2) if day.weekday() in self.weekdays else 0


@dataclass(frozen=True, slots=True)
class JobExpectation:
    """The expectation of a job, without days off.

    `every` is the longest time between two starts on `weekdays` (0 is Monday), `finish_by` the times of day by which a run
    has to succeed; `grace` is added to both. With `ignored` the job is never late.
    """

    every: timedelta | None = None
    finish_by: Sequence[DeclaredDeadline] = ()
    grace: timedelta | None = None
    weekdays: frozenset[int] = EVERY_DAY
    is_off: IsOff | None = None
    ignored: bool = False

    def cadence(self, zone: Localize) -> Cadence | None:
        """The cadence of a job with a declared interval.

        It is late after another quarter of the interval, within limits.
        """
        if self.every is None:
            return None
        delay = self.grace if self.grace is not None else min(max(self.every / 4, LEAST_DELAY), HOUR)
        hours = frozenset(hour for hour in EVERY_HOUR if hour // 24 in self.weekdays)
        return Cadence(zone, interval=self.every, delay=delay, busy=[BusyHours(zone, hours)], is_off=self.is_off)

    def deadlines(self, since: datetime, until: datetime, zone: tzinfo) -> Iterator[datetime]:
        """The times in [since, until) by which a run has to have succeeded, earliest first; `zone` is that of the installation."""
        day, found = since.date() - DAY, []
        while self.finish_by and day <= until.date() + DAY:
            found += [each for each in self._of_day(day, zone) if since <= each < until]
            day += DAY
        yield from sorted(found)

    def _of_day(self, day: date, zone: tzinfo) -> list[datetime]:
        """The deadlines of a day, without those in its part that is off."""
        highest = max(each.rank(day) for each in self.finish_by)
        deadlines = [each.at.on(day, zone) for each in self.finish_by if highest and each.rank(day) == highest]
        return [each for each in deadlines if self.is_off is None or not self.is_off(each)]


def expectation_text(expected: JobExpectation) -> Text:
    """What is expected of a job, in one line: "Expected by …: a success by 06:00 (other days), 09:00 (month end)"."""
    parts = [texts.NEVER_LATE] if expected.ignored else []
    if expected.every:
        parts.append(texts.STARTS_EVERY(interval=duration_text(expected.every)))
    if expected.finish_by:
        is_only = len(expected.finish_by) == 1
        parts.append(
            texts.SUCCEEDS_BY(deadlines=joined([_deadline_text(each, is_only=is_only) for each in expected.finish_by]))
        )
    return texts.EXPECTED(what=joined(parts))


def _deadline_text(deadline: DeclaredDeadline, *, is_only: bool) -> Text:
    time = f"{deadline.at.clock:%H:%M} {deadline.at.zone}".strip()
    days = [texts.MONTH_END] if deadline.month_end else []
    if deadline.weekdays in texts.GROUPS:
        days.insert(0, texts.GROUPS[deadline.weekdays])
    else:
        days[:0] = [texts.WEEKDAYS[number] for number in sorted(deadline.weekdays)]
    if deadline.is_default and not is_only:
        days = [texts.OTHER_DAYS]
    return texts.ON_DAYS(time=time, days=joined(days))


def declared_expectations(compiled: Mapping[str, Any]) -> tuple[Callable[[Job], JobExpectation | None], IsOff | None]:
    """The expectations of a job in the compiled rules/expectations.yaml, and the days off."""
    entries = [(_patterns(entry), _of_entry(entry)) for entry in compiled.get("jobs", ())]

    def expected(job: Job) -> JobExpectation | None:
        return next((found for patterns, found in entries if _matches(job, patterns)), None)

    return expected, _off(compiled.get("holidays", ()), compiled.get("half_days", {}))


def _patterns(entry: Mapping[str, Any]) -> tuple[Sequence[str], ...]:
    return entry["service"], entry["project"], entry["job"]


def _matches(job: Job, patterns: tuple[Sequence[str], ...]) -> bool:
    return all(any(fnmatchcase(value, each) for each in allowed) for value, allowed in zip(job, patterns, strict=True))


def _of_entry(entry: Mapping[str, Any]) -> JobExpectation:
    return JobExpectation(
        every=timedelta(seconds=entry["every"]) if entry["every"] else None,
        finish_by=_deadlines(entry),
        grace=timedelta(seconds=entry["grace"]) if entry["grace"] is not None else None,
        weekdays=frozenset(entry["weekdays"]),
        is_off=_off(entry["holidays"], entry.get("half_days", {})),
        ignored=entry["ignore"],
    )


def _deadlines(entry: Mapping[str, Any]) -> Sequence[DeclaredDeadline]:
    """The deadlines of an entry; rules that an earlier version compiled have a single one, as text."""
    written = entry["finish_by"]
    if isinstance(written, str):
        at, days = (parse_deadline(written) if written else None), frozenset(entry["weekdays"])
        return (DeclaredDeadline(at, days, entry.get("month_end", False)),) if at else ()
    return tuple(
        DeclaredDeadline(
            parse_deadline(each["time"]), frozenset(each["weekdays"]), each["month_end"], each["is_default"]
        )
        for each in written
    )


def _off(dates: Sequence[str], half_days: Mapping[str, str]) -> IsOff | None:
    """Whether a day, or a local time, is off: `half_days` are the ends of dates, and of weekdays by number (0 is Monday)."""
    days = frozenset(map(date.fromisoformat, dates))
    ends = {day: time.fromisoformat(end) for day, end in half_days.items()}
    if not days and not ends:
        return None

    def is_off(moment: date) -> bool:
        day = moment.date() if isinstance(moment, datetime) else moment
        end = ends.get(day.isoformat()) or ends.get(str(day.weekday()))
        return day in days or (end is not None and isinstance(moment, datetime) and moment.time() > end)

    return is_off


def reported_expectations(session: Session, now: datetime) -> dict[Job, JobExpectation]:
    """The expectations in the latest reports of jobs outside Google Cloud."""
    of_reports = JobRun.service == SERVICE, JobRun.start_at >= now - LONGEST, JobRun.start_at < now
    key = JobRun.project, JobRun.job_name
    latest = select(*key, func.max(JobRun.start_at).label("start_at")).where(*of_reports).group_by(*key).subquery()
    same = (one == other for one, other in zip((*key, JobRun.start_at), latest.columns, strict=True))
    query = select(*key, JobRun.labels).join(latest, _all(*same)).where(*of_reports)
    return {
        (SERVICE, project, name): expected
        for project, name, labels in session.execute(query)
        if (expected := _of_labels(labels or {}))
    }


def _all(*conditions: Any) -> Any:
    first, *others = conditions
    for each in others:
        first &= each
    return first


def _of_labels(labels: Mapping[str, Any]) -> JobExpectation | None:
    """The expectation of a report; None if it has none, or one that this version cannot read."""
    try:
        finish_by = [DeclaredDeadline(parse_deadline(labels[FINISH_BY]))] if labels.get(FINISH_BY) else []
        every = timedelta(seconds=int(labels[EVERY])) if labels.get(EVERY) else None
    except (InputError, ValueError):
        return None
    return JobExpectation(every, finish_by) if every or finish_by else None


def with_days_off(cadence: Cadence, is_off: IsOff | None) -> Cadence:
    """A learned cadence of working days without the days off. Other jobs, even weekly ones, run on holidays too."""
    days = [each.weekdays for each in cadence.times]
    works = bool(days) and all(len(each) >= LEAST_WORKING_DAYS and not each & {5, 6} for each in days)
    rolls = cadence.month is not None and cadence.month.rolls
    return replace(cadence, is_off=is_off) if is_off and (works or rolls) else cadence
