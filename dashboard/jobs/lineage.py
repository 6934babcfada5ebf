"""The upstream and downstream of a job or a table, hop by hop, with the current state of each job."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from handlers.owners.jobs import owner_of_job
from handlers.owners.table import owners_of
from handlers.versions.apply import defaults_of
from insights.jobs.chain.job_status import JobStatus, job_statuses
from insights.jobs.chain.lineage import Direction, LineageHop, read_lineage, whole
from insights.jobs.incidents import unresolved

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from dashboard.request_context import RequestContext
    from insights.jobs.starts import Job


@dataclass(frozen=True, slots=True)
class LineageLine:
    """A job some hops away: the tables that connect it, its present, and its owner, empty without one."""

    hop: LineageHop
    status: JobStatus
    owner: str


@dataclass(frozen=True, slots=True)
class HopsAway:
    """The jobs in one direction, nearest first, those of a hop by their next start, and the number of those left out."""

    lines: Sequence[LineageLine]
    left_out: int

    @property
    def next_start(self) -> datetime | None:
        """The next start of these jobs; jobs that are running do not count."""
        starts = (line.status.next_start for line in self.lines if not line.status.is_running)
        return min(filter(None, starts), default=None)

    @property
    def troubled(self) -> int:
        """How many of these jobs may need a person."""
        return sum(line.status.health.is_trouble for line in self.lines)


@dataclass(frozen=True, slots=True)
class LineageAnswer:
    """The jobs downstream and upstream."""

    downstream: HopsAway
    upstream: HopsAway


def lineage_of(context: RequestContext, jobs: Collection[Job], tables: Collection[str] = ()) -> LineageAnswer:
    """The lineage of jobs and tables (`project.dataset.table`)."""
    with context.schema_db() as session:
        return read_answer(context, session, jobs, tables)


def read_answer(
    context: RequestContext, session: Session, jobs: Collection[Job], tables: Collection[str] = ()
) -> LineageAnswer:
    """As `lineage_of`, in a session on the Schema DB."""
    lineage = read_lineage(session, context.now)
    own = sorted({lineage.own(job) for job in jobs})
    hops = {each: lineage.hops(each, own, sorted(map(whole, tables))) for each in Direction}
    every = sorted({hop.job for near, _ in hops.values() for hop in near})
    with context.error_db() as errors:
        incidents, owners = unresolved(errors), owners_of(defaults_of(errors))
    present = job_statuses(session, every, context.now, context.locale.local, incidents)
    writes = {hop.job: hop.writes for near, _ in hops.values() for hop in near}
    found = {job: owner_of_job(owners, *job, writes=writes[job]) for job in every}
    names = {job: owner.name for job, owner in found.items() if owner}

    def away(direction: Direction) -> HopsAway:
        near, left_out = hops[direction]
        lines = [LineageLine(each, present[each.job], names.get(each.job, "")) for each in near]
        return HopsAway(sorted(lines, key=_order), left_out)

    return LineageAnswer(away(Direction.DOWNSTREAM), away(Direction.UPSTREAM))


def _order(line: LineageLine) -> tuple[int, bool, float, str]:
    start = line.status.next_start
    return line.hop.hop, start is None, start.timestamp() if start else 0.0, line.hop.job[2]
