"""Jobs that start shortly before or after the hour, midnight or the first of a month."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from random import Random
from zoneinfo import ZoneInfo

from sqlalchemy import insert
from sqlalchemy.orm import Session

from db.schema_db.models import JobRun
from db.schema_db.store import SchemaStore
from insights.jobs.cadence import Cadence, learn, refined
from insights.jobs.starts import Job, frequent_starts, starts_of_jobs
from tests.support import databases
from tests.support.runs import DAY, MINUTE, PROJECT

BERLIN = ZoneInfo("Europe/Berlin")  # the clocks change on 25 October
LAST = datetime(2026, 11, 2, 22, 0, tzinfo=UTC)  # the last hour in which jobs start
HOUR, WEEK = timedelta(hours=1), timedelta(weeks=1)
OFTEN = [timedelta(minutes=each) for each in (5, 10, 15, 20, 30, 40, 45, 60, 90, 120, 180)]
DAYS = {timedelta(hours=4): 14, timedelta(hours=6): 35, timedelta(hours=12): 35}
MONTHS = [date(2026, month, 1) for month in (6, 7, 8, 9, 10, 11)]
Starts = dict[str, tuple[timedelta, list[datetime]]]


def jitter(step: timedelta, random: Random) -> timedelta:
    """A random deviation of up to four minutes, or a quarter of a short interval, in either direction."""
    return random.uniform(-1, 1) * min(4 * MINUTE, step / 4)


def series(seed: int) -> Starts:
    """The interval of each job, and its starts in order."""
    random, found = Random(seed), Starts()
    for step in (*OFTEN, *DAYS):
        count = int((DAYS.get(step, 8 if step < HOUR else 22) * DAY) / step)
        times = [LAST.replace(hour=0) - back * step for back in range(count)]
        found[f"every {step / MINUTE:.0f} minutes"] = step, [time + jitter(step, random) for time in times]
    midnight = LAST.astimezone(BERLIN).replace(hour=0)
    for name, step, count in (("daily", DAY, 30), ("weekly", WEEK, 5)):
        found[name] = step, [midnight - back * step + jitter(step, random) for back in range(count)]
    monthly = [datetime(each.year, each.month, 1, tzinfo=BERLIN) + jitter(WEEK, random) for each in MONTHS]
    found["monthly"] = timedelta(days=30), monthly
    return {name: (step, sorted(time.astimezone(UTC) for time in times)) for name, (step, times) in found.items()}


def cadences(session: Session, now: datetime) -> Iterator[tuple[Job, list[datetime], Cadence | None]]:
    """The known starts and the cadence of each job, as the check learns it."""
    often = frequent_starts(session, now)
    for job, starts in starts_of_jobs(session, now).items():
        found = learn(starts, partial(datetime.astimezone, tz=BERLIN))
        yield job, starts, refined(found, often.get(job, ())) if found else None


def is_late(cadence: Cadence, last: datetime, now: datetime) -> bool:
    """Whether a run is missing at this time."""
    return any(due.late_at < now for due in cadence.due_after(last, now))


def test_jobs_with_any_interval_are_missing_soon_after_they_stop_and_not_before(schema_sqlite_url: str) -> None:
    jobs = series(1)
    same = {"service": "bigquery", "project": PROJECT, "state": "succeeded"}
    rows = [
        {**same, "job_name": name, "run_id": f"{name} {at}", "start_at": start}
        for name, (_, starts) in jobs.items()
        for at, start in enumerate(starts)
    ]
    with databases.engine(schema_sqlite_url) as engine:
        store = SchemaStore(engine)
        with store.transaction() as session:
            session.execute(insert(JobRun), rows)
        with store.reading() as session:
            for before in (13 * HOUR, timedelta()):
                now = LAST.replace(hour=0) - before - 10 * MINUTE
                early = {
                    job[2] for job, starts, found in cadences(session, now) if found and is_late(found, starts[-1], now)
                }
                assert early == set(), now
            at_end = {job[2]: (starts, found) for job, starts, found in cadences(session, LAST + 20 * MINUTE)}
    assert at_end.keys() == jobs.keys()
    for name, (step, every) in jobs.items():
        starts, found = at_end[name]
        assert found, name
        assert len(starts) <= 2 * len({start.replace(minute=0, second=0, microsecond=0) for start in every})
        if found.interval:
            assert abs(found.interval - step) < step / 4, name
        if step in (HOUR, 2 * HOUR):
            assert all(len(busy.hours) == WEEK / HOUR for busy in found.busy), name
        soon = every[-1] + 2 * step + max(HOUR, step / 2) if step <= 3 * HOUR else every[-1] + step + 5 * HOUR
        assert is_late(found, every[-1], soon), name
