"""Incidents, and earlier changes, for the tests about their causes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from db.schema_db.store import SchemaStore
from insights.causes import changes
from insights.causes.model import Cause, CauseReport
from shared.history import BindingChangeRow, TableSizeRow, UserActionRow
from shared.model import IncidentKind, Severity, Status
from shared.records import IncidentView
from tests.support.runs import MINUTE, NOW, PROJECT, run

HOUR = timedelta(hours=1)
TABLE, SOURCE = f"{PROJECT}.mart.orders_daily", f"{PROJECT}.staging.orders"
ROBOT = f"etl@{PROJECT}.iam.gserviceaccount.com"
BIGQUERY = f"//bigquery.googleapis.com/projects/{PROJECT}/datasets"
CONFIG = f"//bigquerydatatransfer.googleapis.com/projects/{PROJECT}/locations/eu/transferConfigs"
ENVIRONMENT = f"//composer.googleapis.com/projects/{PROJECT}/locations/eu/environments/etl"
NAME = "scheduled_query:daily"


def incident(**changed: Any) -> IncidentView:
    """The incident of a scheduled query that builds a table and failed."""
    values: dict[str, Any] = {
        "id": 1,
        "fingerprint": "f",
        "rule": "bigquery/job_failed",
        "title": "BigQuery job failed",
        "kind": IncidentKind.JOB_FAILURE,
        "severity": Severity.MEDIUM,
        "service": "bigquery",
        "project": PROJECT,
        "resource": f"projects/{PROJECT}/jobs/scheduled_query_1",
        "principal": ROBOT,
        "summary": "failed",
        "status": Status.OPEN,
        "opened_at": NOW,
        "last_seen_at": NOW,
        "occurrence_count": 1,
        "acknowledged_at": None,
        "acknowledged_by": None,
        "resolved_at": None,
        "resolution": None,
        "quiet_seconds": None,
        "labels": {"transfer_config": "daily", "target": f"projects/{PROJECT}/datasets/mart/tables/orders_daily"},
        "received_at": NOW,
    }
    return IncidentView(**{**values, **changed})


def task(**changed: Any) -> IncidentView:
    """The incident of a failed Airflow task."""
    labels = {"dag_id": "load_mart", "task_id": "merge", "environment": "etl", "run_id": "r1"}
    return incident(
        **{"service": "composer", "resource": "etl/load_mart/merge", "principal": "", "labels": labels, **changed}
    )


def grant(
    minutes: float, resource: str = "//storage.googleapis.com/example-exports", action: str = "ADD", member: str = "user:bob@example.com"
) -> BindingChangeRow:  # fmt: skip
    time = NOW - minutes * MINUTE
    return BindingChangeRow(f"{time}-{resource}", time, resource, action, "roles/viewer", member, "carol@example.com")


def revoked(
    minutes: float, resource: str = f"{BIGQUERY}/staging", member: str = f"serviceAccount:{ROBOT}"
) -> BindingChangeRow:
    return grant(minutes, resource, "REMOVE", member)


def deployment(minutes: float, resource: str, method: str = "UpdateTransferConfig", **changed: Any) -> UserActionRow:
    time = NOW - minutes * MINUTE
    values: dict[str, Any] = {
        "hour": time.replace(minute=0),
        "project": PROJECT,
        "principal": "ci@example.com",
        "service": "bigquerydatatransfer.googleapis.com",
        "method": f"google.cloud.bigquery.datatransfer.v1.DataTransferService.{method}",
        "resource": resource,
        "count": 1,
        "denied": 0,
        "first_at": time,
        "last_at": time,
    }
    return UserActionRow(**{**values, **changed})


def table(day: datetime, schema: str, name: str = TABLE, rows: int | None = None) -> TableSizeRow:
    return TableSizeRow(day.date(), name, "bigquery", PROJECT, f"{PROJECT}.mart", row_count=rows, schema_key=schema)


def own(ago: timedelta, **changed: Any) -> Any:
    """An earlier run of the job that the incident is about."""
    values = {"principal": ROBOT, "sources": [SOURCE], "destination": TABLE}
    return run(NAME, ago=ago, **{**values, **changed})


def report(store: SchemaStore, about: IncidentView | None = None) -> CauseReport:
    with store.reading() as session:
        return changes.before(session, about or incident(), redact=())


def before(store: SchemaStore, about: IncidentView | None = None) -> Sequence[Cause]:
    return report(store, about).causes


def ruled_out(store: SchemaStore, about: IncidentView | None = None) -> list[str]:
    return [each.why.text.en for each in report(store, about).ruled_out]


def what(cause: Cause) -> str:
    return cause.what.text.en


def evidence(cause: Cause) -> list[str]:
    return [statement.text.en for statement in cause.evidence]
