"""One line for each job: its state, latest runs, usual end and cost. Jobs with problems come first."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from db.intervals import usual_interval
from insights.cost.spending import Prices
from insights.jobs.cadence import LEAST_RUNS, moves
from insights.jobs.figures import JobFigures, ShownRun, latest_runs
from insights.jobs.habits.schedule_moves import ScheduleMove
from insights.jobs.starts import Job
from insights.jobs.states.health import JobHealths, KnownJobs
from insights.jobs.usual import Localize, slow_limit, usual_minute, usual_seconds
from shared.lazy.dataclass import dataclass
from shared.model import JobHealth
from shared.records import IncidentView

NEARLY_A_DAY = timedelta(hours=20)


@dataclass(frozen=True, slots=True)
class JobLine:
    """A job. `runs` are the latest runs, oldest first; `due_at` is when a missing run was due.

    `usual_minute` is the usual end of a job that runs at most once a day, in minutes after midnight; `interval` is the
    usual time between two starts. Both are None while unknown. A run longer than `limit` seconds is slow. `moves` are those
    to another time of day among the runs, earliest first.
    """

    figures: JobFigures
    health: JobHealth
    runs: Sequence[ShownRun] = ()
    usual: float | None = None
    limit: float | None = None
    usual_minute: int | None = None
    interval: timedelta | None = None
    due_at: datetime | None = None
    moves: Sequence[ScheduleMove] = ()

    @property
    def streak(self) -> int:
        """The number of failed runs since the last success, among the latest runs."""
        ended = [run.state for run in reversed(self.runs) if run.state in {"failed", "succeeded"}]
        return ended.index("succeeded") if "succeeded" in ended else len(ended)

    @property
    def fails_since_its_runs(self) -> bool:
        """Whether the job failed after its latest stored run: an incident says so, and no snapshot has the run yet."""
        failed_at = self.figures.failed_at
        known = any(run.end_at and failed_at and run.end_at >= failed_at for run in self.runs)
        return self.figures.is_failing and not known

    def facts(self) -> dict[str, Any]:
        """The line as a dict without the runs.

        `usual_end` is a time of day such as 06:10, in the zone of the installation.
        """
        service, project, name = self.figures.job
        end = self.usual_minute
        return {
            "service": service,
            "project": project,
            "job": name,
            "state": str(self.health),
            "runs": self.figures.runs,
            "failed": self.figures.failed,
            "failed_in_a_row": self.streak,
            "last_start": self.figures.last_start,
            "last_end": self.figures.last_end,
            "usual_seconds": self.usual,
            "usual_end": None if end is None else f"{end // 60:02}:{end % 60:02}",
            "usual_interval_seconds": self.interval.total_seconds() if self.interval else None,
            "due_at": self.due_at,
            "moved": [move.facts() for move in self.moves],
            "cost_7_days": round(self.figures.price, 2),
            "cost_7_days_before": round(self.figures.previous_price, 2),
        }

    def is_slow(self, run: ShownRun) -> bool:
        """Whether a run took longer than usual, beyond the usual variation."""
        return run.state == "succeeded" and bool(self.limit) and (run.seconds or 0) > (self.limit or 0)


class JobOverview:
    """The jobs of the last five weeks, or a single job. `lines` reads the runs of the jobs on a page.

    `unresolved` and `incidents` are those of `KnownJobs`.
    """

    def __init__(
        self,
        session: Session,
        now: datetime,
        prices: Prices,
        local: Localize,
        job: Job | None = None,
        unresolved: Iterable[IncidentView] = (),
    ) -> None:
        self._session, self._now, self._local = session, now, local
        known = KnownJobs(session, now, prices, None if job is None else [job], unresolved)
        self.every, self.incidents = known.every, known.incidents
        self._runs: dict[Job, list[ShownRun]] = {}
        healths = JobHealths(session, now, local, self.every)
        self.healths, self._due = healths.by_job, healths.due

    def matching(
        self, text: str = "", service: str = "", health: Collection[JobHealth] = (), *, ad_hoc: bool = False
    ) -> list[JobFigures]:
        """The jobs whose name contains a text, those with problems first; with `ad_hoc`, only jobs without a schedule."""
        found = [
            each
            for each in self.every
            if each.is_ad_hoc is ad_hoc
            and service in ("", each.job[0])
            and text.lower() in each.job[2].lower()
            and (not health or self.healths[each.job] in health)
        ]
        order = list(JobHealth)
        return sorted(found, key=lambda each: (order.index(self.healths[each.job]), each.job[2], each.job))

    @property
    def services(self) -> list[str]:
        """The services that have jobs."""
        return sorted({each.job[0] for each in self.every})

    def lines(self, chosen: Sequence[JobFigures]) -> list[JobLine]:
        """The lines of the chosen jobs."""
        self._read([each.job for each in chosen])
        return [self._line(each) for each in chosen]

    def _read(self, jobs: Collection[Job]) -> None:
        self._runs |= latest_runs(self._session, [job for job in jobs if job not in self._runs], self._now)

    def _line(self, each: JobFigures) -> JobLine:
        runs = self._runs.get(each.job, [])
        good = [run for run in runs if run.state == "succeeded" and run.end_at]
        durations = [run.seconds or 0.0 for run in good]
        interval = _rounded(usual_interval(run.start_at for run in runs)) if len(runs) >= LEAST_RUNS else None
        is_daily = interval is not None and interval >= NEARLY_A_DAY
        return JobLine(
            each,
            self.healths[each.job],
            runs,
            usual_seconds(durations),
            slow_limit(durations),
            usual_minute([run.end_at for run in good if run.end_at], self._local) if is_daily else None,
            interval,
            self._due.get(each.job),
            moves([run.start_at for run in runs], self._local),
        )


def _rounded(interval: timedelta | None) -> timedelta | None:
    """The interval in whole minutes: 23 h 59 min 57 s is a day."""
    return timedelta(minutes=round(interval.total_seconds() / 60)) if interval else None
