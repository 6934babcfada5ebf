from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from db.schema_db.models import Binding
from db.schema_db.store import SchemaStore
from insights.access.removed_grants import removed_before, removed_grants
from shared.model import IncidentKind
from tests.support.incidents import NOW, incident

ETL = "etl@example-project.iam.gserviceaccount.com"
DATASET = "//bigquery.googleapis.com/projects/example-project/datasets/mart"
JOB: dict[str, Any] = {
    "kind": IncidentKind.JOB_FAILURE,
    "principal": ETL,
    "summary": "Access Denied: Table example-project:mart.sales: User does not have bigquery.tables.getData permission",
    "evidence": {},
    "labels": {},
}
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ROW: dict[str, Any] = {"resource": DATASET, "role": "roles/bigquery.dataViewer", "member": f"serviceAccount:{ETL}"}
ENDED = {**ROW, "valid_from": NOW - 90 * DAY, "valid_to": NOW - HOUR}


def found(store: SchemaStore, rows: list[dict[str, Any]], **changes: Any) -> list[str]:
    with store.transaction() as session:
        session.add_all(Binding(exact_from=True, exact_to=True, seen_by=1, **row) for row in rows)
    with store.reading() as session:
        grants = removed_grants(session, incident(**{**JOB, **changes}), NOW, days=7)
        return [f"{grant.role} {grant.resource.rpartition('/')[2]}" for grant in grants]


@pytest.mark.parametrize(
    ("stored", "changes", "count"),
    [
        ({}, {}, 1),
        ({"resource": "//cloudresourcemanager.googleapis.com/projects/example-project"}, {}, 1),
        ({"resource": "//storage.googleapis.com/mart"}, {}, 1),
        ({}, {"principal": ETL.upper().replace("GSERVICEACCOUNT.COM", "gserviceaccount.com")}, 1),
        ({}, {"summary": "failed", "evidence": {"fields": {"error": "403 on gs://x and example-project.mart"}}}, 1),
        ({"valid_to": NOW - 8 * DAY}, {}, 0),
        ({"valid_to": None}, {}, 0),
        ({"member": "serviceAccount:other@example-project.iam.gserviceaccount.com"}, {}, 0),
        ({"resource": f"{DATASET}_2"}, {}, 0),
        ({}, {"summary": "division by zero in example-project:mart.sales"}, 0),
        ({}, {"principal": "alice@example.com"}, 0),
        ({}, {"kind": IncidentKind.IRREGULAR_ACCESS}, 0),
    ],
)
def test_a_role_that_the_account_of_a_denied_job_lost_on_a_named_resource_is_found(
    sqlite_schema_store: SchemaStore, stored: dict[str, Any], changes: dict[str, Any], count: int
) -> None:
    assert len(found(sqlite_schema_store, [{**ENDED, **stored}], **changes)) == count


def test_a_role_that_was_granted_again_is_not_missing(sqlite_schema_store: SchemaStore) -> None:
    again = {**ROW, "valid_from": NOW - HOUR / 2}
    other = {**ENDED, "role": "roles/bigquery.jobUser", "valid_to": NOW - 2 * HOUR}
    assert found(sqlite_schema_store, [ENDED, again, other]) == ["roles/bigquery.jobUser mart"]


def test_without_a_schema_db_nothing_is_known() -> None:
    assert removed_before(None, incident(**JOB), NOW, days=7) == ()
