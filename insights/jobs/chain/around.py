"""What surrounds a job, without owners: the hops in both directions, and the tasks of its latest run."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from insights.jobs.chain.job_status import JobStatus, job_statuses
from insights.jobs.chain.lineage import Direction, LineageHop, read_lineage
from insights.jobs.chain.model import Timeline
from insights.jobs.chain.tasks import tasks_of_run
from insights.jobs.one_job import runs_of
from insights.jobs.starts import Job
from insights.jobs.usual import Localize
from shared.lazy.dataclass import dataclass
from shared.records import IncidentView


@dataclass(frozen=True, slots=True)
class JobSurroundings:
    """The hops, the present of their jobs, and the tasks of the latest run of a DAG, None without tasks."""

    downstream: Sequence[LineageHop]
    upstream: Sequence[LineageHop]
    present: Mapping[Job, JobStatus]
    tasks: Timeline | None

    def facts(self) -> dict[str, Any]:
        """All as a dict: `downstream` and `upstream` by hop, `tasks` and their `critical_path`."""
        return {
            "downstream": [self._hop(each) for each in self.downstream],
            "upstream": [self._hop(each) for each in self.upstream],
            "tasks": [asdict(row) for row in self.tasks.rows] if self.tasks else [],
            "critical_path": [step.name for step in self.tasks.path] if self.tasks else [],
        }

    def _hop(self, hop: LineageHop) -> dict[str, Any]:
        service, project, name = hop.job
        status = self.present[hop.job]
        return {
            "hop": hop.hop,
            "service": service,
            "project": project,
            "job": name,
            "tables": hop.tables,
            "state": str(status.health),
            "next_start": status.next_start,
            "next_end": status.next_end,
        }


def surroundings(
    session: Session, job: Job, now: datetime, local: Localize, unresolved: Collection[IncidentView] = ()
) -> JobSurroundings:
    """Reads what surrounds a job. `unresolved` are the incidents of failed jobs."""
    lineage = read_lineage(session, now)
    own = lineage.own(job)
    downstream, upstream = (lineage.hops(each, [own])[0] for each in (Direction.DOWNSTREAM, Direction.UPSTREAM))
    present = job_statuses(session, {each.job for each in (*downstream, *upstream)}, now, local, unresolved)
    runs = runs_of(session, job, now, most=1) if job[0] == "airflow" else []
    tasks = tasks_of_run(session, job, runs[0], now) if runs else None
    return JobSurroundings(downstream, upstream, present, tasks)
