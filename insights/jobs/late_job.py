"""A late job with its deadlines and its critical path."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from insights.jobs.deadlines.critical_path import UpstreamRun
from insights.jobs.deadlines.usual_end import SURE, UsualEnd
from insights.jobs.due_run import DueRun
from insights.jobs.figures import ShownRun
from insights.jobs.starts import Job
from shared.lazy.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class LateJob:
    """A job that is late at `seen_at`.

    `run` is the current run, or None if the due run has not started. `due` is the first run that has not started or
    that started late, and `missed` the number of such runs. `deadline` is the declared time by which a run has to
    succeed, `usual_end` the usual end of the due run; both may be None. `chance` is the chance that the run ends after
    its latest usual end. `usual` is the usual duration in seconds, `expected_end` the likely end. `path` are the
    upstream runs that delay the job, the earliest first.
    """

    job: Job
    seen_at: datetime
    last_start: datetime
    due: DueRun | None = None
    missed: int = 0
    run: ShownRun | None = None
    usual: float | None = None
    expected_end: datetime | None = None
    deadline: datetime | None = None
    is_expected: bool = False
    usual_end: UsualEnd | None = None
    chance: float | None = None
    path: tuple[UpstreamRun, ...] = ()
    is_long: bool = False

    @property
    def is_predicted(self) -> bool:
        """Whether only the predicted end makes the job late: it started in time, or may still do so."""
        return self.usual_end is not None and self.due is None and self.deadline is None and not self.is_long

    @property
    def is_sure(self) -> bool:
        """Whether the job is late, or so likely to be late that people should know."""
        return not self.is_predicted or (self.chance or 0.0) >= SURE

    @property
    def by(self) -> datetime | None:
        """When the job should end: the declared time, otherwise the latest usual end; None if both are unknown."""
        return self.deadline or (self.usual_end.latest if self.usual_end else None)

    def facts(self) -> dict[str, Any]:
        """The late job as a dict, for JSON."""
        service, project, name = self.job
        usual = self.usual_end
        return {
            "service": service,
            "project": project,
            "job": name,
            "since": self.since,
            "started_at": self.run.start_at if self.run else None,
            "due_at": self.due.due_at if self.due else None,
            "missed": self.missed,
            "deadline": self.deadline,
            "usual_end": usual.usual if usual else None,
            "latest_usual_end": usual.latest if usual else None,
            "expected_end": self.expected_end,
            "chance_of_late": None if self.chance is None else round(self.chance, 2),
            "held_up_by": [
                {"job": each.job[2], "state": each.state, "expected_end": each.expected_end} for each in self.path
            ],
        }

    @property
    def since(self) -> datetime:
        """The start of the fault: when the run was due, or when it exceeded the usual duration."""
        if self.deadline:
            return min(self.deadline, self.seen_at)
        if self.due:
            return self.due.due_at
        if self.usual_end and not self.is_long:
            return min(self.usual_end.latest, self.seen_at)
        start = self.run.start_at if self.run else self.seen_at
        return start + timedelta(seconds=self.usual or 0)
