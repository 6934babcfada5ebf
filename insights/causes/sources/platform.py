"""Operations by Google on the machines of an incident: host errors, migrations, preemptions, restarts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.schema_db.models import JobRun
from insights.causes import names
from insights.causes.affected import Affected
from insights.causes.change import CandidateChange, Shared, shared_with
from insights.causes.model import ChangeKind, Statement
from shared.texts import causes as texts

_EVENT = re.compile(r"hosterror|preempted|migrateonhostmaintenance|terminateonhostmaintenance|automaticrestart|guestterminate", re.IGNORECASE)  # fmt: skip


def events(session: Session, affected: Affected, since: datetime) -> Iterator[CandidateChange]:
    """The operations by Google on the machines of the incident and of its cluster."""
    incident = affected.incident
    query = select(JobRun).where(
        JobRun.service == "compute", JobRun.start_at >= since, JobRun.start_at <= incident.opened_at
    )
    if incident.project:
        query = query.where(JobRun.project == incident.project)
    own_event = incident.rule.startswith("compute/")
    for run in session.scalars(query):
        if not _EVENT.search(run.job_name) or run.start_at is None:
            continue
        place = names.place_of(run.destination)
        shared = shared_with(affected, place) or _of_cluster(affected, place.name)
        if shared is None or (own_event and (incident.opened_at - run.start_at).total_seconds() < 600):
            continue
        values = {"method": run.job_name.rpartition(".")[2], "resource": run.destination}
        yield CandidateChange(ChangeKind.PLATFORM, run.start_at, Statement(texts.HAPPENED, values), "", shared)


def _of_cluster(affected: Affected, name: names.Name | None) -> Shared | None:
    """Whether a machine belongs to a cluster, by its name: `c-w-0` of Dataproc, `gke-c-pool-1a2b` of GKE."""
    for collection, cluster in affected.own | affected.around:
        if name is not None and collection == "clusters" and name[1].startswith((f"{cluster}-", f"gke-{cluster}-")):
            return Shared(0.85, Statement(texts.INSIDE, {"resource": cluster}))
    return None
