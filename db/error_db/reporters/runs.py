"""The runs that reporters outside Google Cloud report, combined from the reports of their start and end.

The reports of a run with an id may arrive in any order; reports without an id are matched as they arrive.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.error_db.lock import lock
from db.error_db.models import UNRESOLVED, Incident, ReportedRunRow
from db.error_db.recording import shown
from db.sanitize import scrubbed_key
from db.types import bounded
from shared.history import JobRunRow
from shared.identity.late_jobs import late_key
from shared.identity.reported_run import EVERY, FINISH_BY, SERVICE, ReportedRun
from shared.model import JobState
from shared.redaction import Redactor

LONGEST_RUN = timedelta(days=2)  # start and end of a run without an id are no further apart
MOST_EVENTS = 10
Reading = Callable[[], AbstractContextManager[Session]]
_RANK = (JobState.RUNNING, JobState.SUCCEEDED, JobState.FAILED)  # of two states of one moment the later one counts


class ReportedRuns:
    """The part of a transaction on the Error DB about reported runs."""

    session: Session
    now: datetime

    def report_run(self, report: ReportedRun, *, redact: Sequence[str]) -> bool:
        """Adds a report to its run; returns whether it is a success that ends an incident of a late job.

        A report that is delivered again changes nothing.

        A report without an id belongs to the open run of its job: an end to the latest run that started before it, a start to
        the earliest end after it.
        """
        job_key = _digest(report.reporter, report.job)
        lock(self.session, "reported_runs", job_key)
        event, time = _digest(report.event_key, report.state), bounded(report.time)
        row = self._with_id(report, job_key) if report.run else self._without_id(report, job_key, event, time)
        if row is None:
            row = self._new(report, job_key, time)
        elif event in row.events:
            return False
        self._add(row, report, time, Redactor(redact))
        row.events = [*row.events, event][-MOST_EVENTS:]
        return report.state is JobState.SUCCEEDED and self._is_late(report)

    def _is_late(self, report: ReportedRun) -> bool:
        key = late_key(SERVICE, report.reporter, scrubbed_key(report.job, 300))
        query = select(Incident.id).where(Incident.fingerprint == key, UNRESOLVED)
        return self.session.scalar(query.limit(1)) is not None

    def _with_id(self, report: ReportedRun, job_key: str) -> ReportedRunRow | None:
        return self.session.get(ReportedRunRow, _digest(job_key, report.run))

    def _without_id(self, report: ReportedRun, job_key: str, event: str, time: datetime) -> ReportedRunRow | None:
        near = ReportedRunRow.state_at.between(time - LONGEST_RUN, time + LONGEST_RUN)
        query = select(ReportedRunRow).where(ReportedRunRow.job_key == job_key, ~ReportedRunRow.has_id, near)
        rows = list(self.session.scalars(query.order_by(ReportedRunRow.state_at)))
        if known := next((row for row in rows if event in row.events), None):
            return known
        if report.state is JobState.RUNNING:
            following = next((row for row in rows if row.state_at >= time), None)
            return following if following is not None and following.started_at is None else None
        earlier = [row for row in rows if (row.started_at or row.state_at) <= time]
        return earlier[-1] if earlier and earlier[-1].state == JobState.RUNNING else None

    def _new(self, report: ReportedRun, job_key: str, time: datetime) -> ReportedRunRow:
        run = report.run or f"{time.isoformat()} {_digest(report.event_key, report.state)[:8]}"
        row = ReportedRunRow(
            run_key=_digest(job_key, run), job_key=job_key, reporter=report.reporter, job=scrubbed_key(report.job, 300),
            run=scrubbed_key(run, 300), has_id=bool(report.run), state=report.state, state_at=time, started_at=None,
            events=[], summary="", every_seconds=None, finish_by="", changed_at=self.now,
        )  # fmt: skip
        self.session.add(row)
        return row

    def _add(self, row: ReportedRunRow, report: ReportedRun, time: datetime, redactor: Redactor) -> None:
        if report.state is JobState.RUNNING:
            row.started_at = min(row.started_at or time, time)
        if (time, _RANK.index(report.state)) >= (row.state_at, _RANK.index(JobState(row.state))):
            row.state, row.state_at = report.state, time
            row.summary = shown(report.summary, redactor) if report.state is JobState.FAILED else ""
            row.every_seconds, row.finish_by = report.every, report.finish_by
        row.changed_at = self.now


def changed_runs(reading: Reading, since: datetime, until: datetime) -> Iterator[JobRunRow]:
    """The runs that changed in [since, until), in the form of the history of jobs."""
    within = ReportedRunRow.changed_at >= since, ReportedRunRow.changed_at < until
    query = select(ReportedRunRow).where(*within).order_by(ReportedRunRow.changed_at)
    with reading() as session:
        yield from map(_job_run, session.scalars(query.execution_options(yield_per=500)))


def _job_run(row: ReportedRunRow) -> JobRunRow:
    start = row.started_at or row.state_at
    expected = {EVERY: row.every_seconds and str(row.every_seconds), FINISH_BY: row.finish_by}
    return JobRunRow(
        service=SERVICE,
        project=row.reporter,
        run_id=scrubbed_key(f"{row.job} {row.run}", 300),
        job_name=row.job,
        state=JobState(row.state),
        created_at=start,
        start_at=start,
        end_at=None if row.state == JobState.RUNNING else row.state_at,
        error=row.summary,
        labels={name: value for name, value in expected.items() if value},
    )


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
