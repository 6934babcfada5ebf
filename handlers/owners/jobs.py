"""The owner of a job or a data quality check in the history: that of the incident that its failure would open."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime

from handlers.owners.table import Owners
from shared.identity.regional_jobs import name_in_region
from shared.model import IncidentKind, Severity, Status
from shared.records import IncidentView, Owner

_TABLE = re.compile(r"(?:\w+ )?(\w+)\.(\w+)")
CHECK_FAILED = "quality/check_failed"
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def owner_of_job(owners: Owners, service: str, project: str, name: str, *, writes: Iterable[str] = ()) -> Owner | None:
    """The owner of a job, by service, project, name and the parts of its name: DAG and task, pipeline, target table.

    A job without an owner of its own has that of the first table that it `writes` with one: of the table's layer, for example.
    """
    of_tables = (owners.of(_failure("bigquery", table.partition(".")[0], table, {"table": table})) for table in writes)
    return _own_owner(owners, service, project, name) or next(filter(None, of_tables), None)


def _own_owner(owners: Owners, service: str, project: str, name: str) -> Owner | None:
    is_airflow, name = service == "airflow", name_in_region(service, name)
    service, project = ("composer", "") if is_airflow else (service, project)
    return owners.of(_failure(service, project, name, _labels(service, project, name)))


def owner_of_check(owners: Owners, check: str, table: str) -> Owner | None:
    """The owner of a data quality check, by its table, such as `project.dataset.table`, and its name."""
    project, _, rest = table.replace(":", ".", 1).partition(".")
    labels = {"check": check, "table": table}
    return owners.of(_failure("bigquery", project if rest else "", table or check, labels, CHECK_FAILED))


def _failure(service: str, project: str, name: str, labels: dict[str, str], rule: str = "") -> IncidentView:
    """The failure as an incident, with the properties that the table of owners compares."""
    return IncidentView(
        id=0,
        fingerprint="",
        rule=rule,
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
        labels=labels,
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
