"""A run of a job that a reporter outside Google Cloud reports: that it started, succeeded or failed."""

from __future__ import annotations

from datetime import datetime

from shared.lazy.dataclass import dataclass
from shared.model import JobState

SERVICE = "reports"  # of these runs in the history of jobs; their "project" is the reporter
EVERY, FINISH_BY = "expected_every", "expected_finish_by"  # labels of a run: what its report expects of the job


@dataclass(frozen=True, slots=True)
class ReportedRun:
    """One report about a run. `run` is its id, empty if the reporter gives none; `event_key` names the report.

    `every` (seconds) and `finish_by` (`06:00 Asia/Tokyo`) are the interval and the deadline that the reporter declares;
    None and empty if it declares none.
    """

    reporter: str
    job: str
    run: str
    state: JobState
    time: datetime
    event_key: str
    summary: str = ""
    every: int | None = None
    finish_by: str = ""
