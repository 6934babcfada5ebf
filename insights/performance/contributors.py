"""Who contributed most to an unusual metric, where the history of jobs knows it."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from db.schema_db.models import JobRun
from insights.performance.series import MeasuredSeries

MOST = 3
LONGEST_RUN = timedelta(hours=24)
LEAST_SHARE = 0.1
BIGQUERY = "bigquery"


def contributors(session: Session, series: MeasuredSeries, start: datetime, end: datetime) -> list[tuple[str, float]]:
    """The BigQuery jobs with the most slot time of the runs in a period, each with its share (0 to 1); none for other services."""
    if series.service != BIGQUERY:
        return []
    used = func.sum(JobRun.slot_ms)
    inside = (
        JobRun.service == BIGQUERY,
        JobRun.project == series.project,
        JobRun.start_at <= end,
        JobRun.start_at > start - LONGEST_RUN,
        or_(JobRun.end_at.is_(None), JobRun.end_at >= start),
    )
    rows = session.execute(select(JobRun.job_name, used).where(*inside).group_by(JobRun.job_name)).all()
    total = sum(float(amount or 0) for _, amount in rows)
    shares = sorted(((name, float(amount or 0) / total) for name, amount in rows if total), key=lambda each: -each[1])
    return [each for each in shares[:MOST] if each[1] >= LEAST_SHARE]
