"""The owner of a job in the history: the owner of the incident that its failure would open."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from handlers.owners.table import Owners
from shared.identity.regional_jobs import name_in_region
from shared.model import IncidentKind, Severity, Status
from shared.records import IncidentView, Owner

_TABLE = re.compile(r"(?:\w+ )?(\w+)\.(\w+)")
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def owner_of_job(owners: Owners, service: str, project: str, name: str) -> Owner | None:
    """The owner of a job, by service, project, name and the parts of its name: DAG and task, pipeline, target table."""
    is_airflow, name = service == "airflow", name_in_region(service, name)
    return owners.of(_failure("composer" if is_airflow else service, "" if is_airflow else project, name))


def _failure(service: str, project: str, name: str) -> IncidentView:
    """The failure of the job as an incident, with what owners are matched by."""
    return IncidentView(
        id=0,
        fingerprint="",
        rule="",
        title="",
        kind=IncidentKind.JOB_FAILURE,
        severity=Severity.MEDIUM,
        service=service,
        project=project,
        resource=name,
        principal="",
        summary="",
        status=Status.OPEN,
        opened_at=_NEVER,
        last_seen_at=_NEVER,
        occurrence_count=0,
        acknowledged_at=None,
        acknowledged_by=None,
        resolved_at=None,
        resolution=None,
        quiet_seconds=None,
        labels=_labels(service, project, name),
        received_at=_NEVER,
    )


def _labels(service: str, project: str, name: str) -> dict[str, str]:
    """The labels that rules set on a failure of the job."""
    if service == "composer" or name.startswith("airflow:"):
        dag, _, task = name.removeprefix("airflow:").rpartition("/")[2].partition(".")
        return {"dag": dag, "dag_id": dag, **({"task": task, "task_id": task} if task else {})}
    if service == "vertex_ai":
        return {"pipeline": name.partition(":")[2] or name}
    table = _TABLE.fullmatch(name) if service == "bigquery" else None
    return {"job": name} | (
        {"target": f"projects/{project}/datasets/{table[1]}/tables/{table[2]}"} if table is not None else {}
    )
