"""Changes before an incident, and their order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from db.schema_db.models import Binding
from db.schema_db.store import SchemaStore
from insights.causes import changes
from insights.causes.model import Cause, ChangeKind
from insights.causes.sentences import line
from shared.history import BindingChangeRow, TableSizeRow, UserActionRow
from shared.model import IncidentKind, JobState, Severity, Status
from shared.records import IncidentView
from tests.support.runs import DAY, MINUTE, NOW, PROJECT, daily, keep, run

pytestmark = pytest.mark.sqlite

HOUR = timedelta(hours=1)
TABLE = f"{PROJECT}.mart.orders_daily"


def incident(**changed: Any) -> IncidentView:
    """A job that builds a table failed."""
    values: dict[str, Any] = {
        "id": 1,
        "fingerprint": "f",
        "rule": "bigquery/job_failed",
        "title": "BigQuery job failed",
        "kind": IncidentKind.JOB_FAILURE,
        "severity": Severity.MEDIUM,
        "service": "bigquery",
        "project": PROJECT,
        "resource": TABLE,
        "principal": "etl@example.com",
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
        "labels": {"dag": "load_mart"},
        "received_at": NOW,
    }
    return IncidentView(**{**values, **changed})


def grant(
    minutes: float, resource: str = "//storage.googleapis.com/example-exports", action: str = "ADD"
) -> BindingChangeRow:
    time = NOW - minutes * MINUTE
    return BindingChangeRow(
        f"{time}-{resource}", time, resource, action, "roles/viewer", "user:bob@example.com", "carol@example.com"
    )


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


def table(day: datetime, schema: str, name: str = TABLE) -> TableSizeRow:
    return TableSizeRow(day.date(), name, "bigquery", PROJECT, f"{PROJECT}.mart", schema_key=schema)


def before(store: SchemaStore, **changed: Any) -> Sequence[Cause]:
    with store.reading() as session:
        return changes.before(session, incident(**changed), redact=())


def what(cause: Cause) -> str:
    return cause.what.text.en


def evidence(cause: Cause) -> list[str]:
    return [statement.text.en for statement in cause.evidence]


def test_a_change_of_the_same_thing_comes_before_a_later_one_of_its_container(schema_store: SchemaStore) -> None:
    here, container = (
        "//bigquery.googleapis.com/projects/example-project/datasets/mart/tables/orders_daily",
        "projects/example-project/datasets/mart",
    )
    keep(schema_store, [deployment(300, here), deployment(250, container)])
    first, second = before(schema_store)
    assert (first.kind, first.who) == (ChangeKind.DEPLOYMENT, "ci@example.com")
    assert evidence(first) == ["5 h before", "same name: orders_daily, mart"]
    assert evidence(second) == ["4 h before", "same name: mart"]


@pytest.mark.parametrize(
    "location",
    [
        "projects/example-project/locations/asia-northeast1/jobs/other",
        "//run.googleapis.com/projects/123456789/locations/asia-northeast1/services/other",
        "serviceAccount:etl-two@example.com",
        "",
    ],
)
def test_a_change_that_shares_only_the_project_the_place_or_a_domain_is_not_a_cause(
    schema_store: SchemaStore, location: str
) -> None:
    slow = [*daily("other", [60] * 20, until=2), run("other", ago=3 * HOUR, seconds=900)]
    keep(schema_store, [deployment(5, location), *slow])
    resource = "//dataflow.googleapis.com/projects/123456789/locations/asia-northeast1/jobs/stream"
    labels = {"region": "asia-northeast1", "zone": "asia-northeast1-a"}
    assert before(schema_store, resource=resource, labels=labels) == []


def test_a_role_that_the_account_of_the_job_lost_comes_first(schema_store: SchemaStore) -> None:
    lost = grant(90, action="REMOVE")
    keep(schema_store, [deployment(5, "configs/mart"), lost, grant(4, "//storage.googleapis.com/other")])
    first, *others = before(schema_store, principal="bob@example.com", resource="gs://landing/orders.csv")
    assert what(first).startswith("roles/viewer granted to user:bob@example.com")
    assert evidence(first) == ["4 min before", "concerns bob@example.com", "audit log"]
    assert (
        what(others[0]) == "roles/viewer revoked from user:bob@example.com on //storage.googleapis.com/example-exports"
    )


def test_of_two_alike_the_later_one_comes_first(schema_store: SchemaStore) -> None:
    keep(schema_store, [deployment(300, "configs/mart"), deployment(10, "transfers/mart")])
    assert [evidence(cause)[0] for cause in before(schema_store)] == ["10 min before", "5 h before"]


def test_a_later_or_much_earlier_change_is_not_a_cause(schema_store: SchemaStore) -> None:
    keep(schema_store, [deployment(-10, "configs/mart"), deployment(25 * 60, "configs/mart"), grant(-1), grant(1500)])
    assert before(schema_store) == []


@pytest.mark.parametrize("method", ["InsertJob", "SetIamPolicy", "GetTransferConfig", "ListTransferConfigs"])
def test_reads_jobs_and_policies_are_no_deployments(schema_store: SchemaStore, method: str) -> None:
    keep(schema_store, [deployment(5, "configs/mart", method)])
    assert before(schema_store) == []


def test_a_denied_call_changed_nothing(schema_store: SchemaStore) -> None:
    keep(schema_store, [deployment(5, "configs/mart", count=2, denied=2)])
    assert before(schema_store) == []


def test_a_grant_is_described_with_principal_and_member(schema_store: SchemaStore) -> None:
    bucket = "//storage.googleapis.com/example-exports"
    keep(schema_store, [grant(3, bucket), grant(4, bucket, "REMOVE")])
    first, second = before(
        schema_store, resource="example-exports", kind=IncidentKind.IRREGULAR_ACCESS, service="storage"
    )
    assert what(first) == f"roles/viewer granted to user:bob@example.com on {bucket}"
    assert what(second) == f"roles/viewer revoked from user:bob@example.com on {bucket}"
    assert (first.who, evidence(first)) == ("carol@example.com", ["3 min before", "same resource", "audit log"])


def test_other_columns_are_reported_with_the_days_between_which_they_changed(schema_store: SchemaStore) -> None:
    keep(
        schema_store, [table(NOW - DAY, "a"), table(NOW, "b"), table(NOW - DAY, "a", "p.x.y"), table(NOW, "a", "p.x.y")]
    )
    (cause,) = before(schema_store)
    assert (cause.kind, what(cause)) == (ChangeKind.SCHEMA, f"columns of {TABLE} changed")
    assert evidence(cause)[-1] == "between the snapshots of 2026-11-22 and 2026-11-23"


def test_a_day_without_columns_is_not_a_change(schema_store: SchemaStore) -> None:
    keep(schema_store, [table(NOW - 3 * DAY, "a"), table(NOW - 2 * DAY, ""), table(NOW - DAY, "a"), table(NOW, "")])
    assert before(schema_store) == []


def test_columns_that_changed_while_they_were_not_read_changed_since_they_were(schema_store: SchemaStore) -> None:
    keep(schema_store, [table(NOW - 2 * DAY, "a"), table(NOW - DAY, ""), table(NOW, "b")])
    (cause,) = before(schema_store)
    assert evidence(cause)[-1] == "between the snapshots of 2026-11-21 and 2026-11-23"


@pytest.mark.parametrize(
    ("service", "labels"),
    [
        ("bigquery", {"job": "job-9", "dag": "load_mart"}),
        ("bigquery", {"job": "bquxjob_1", "dag": "load_mart", "task": "merge_daily"}),
        ("vertex_ai", {"job": "1234"}),
        ("composer", {"dag_id": "load_mart", "task_id": "merge_daily"}),
        ("etl", {"job": "load_mart.merge_daily"}),
    ],
)
def test_the_run_of_an_incident_is_not_its_cause(
    schema_store: SchemaStore, service: str, labels: dict[str, str]
) -> None:
    name = "airflow:load_mart.merge_daily" if service == "bigquery" else "load_mart.merge_daily"
    run_id = "europe-west1/customJobs/1234" if service == "vertex_ai" else "job-9"
    keep(schema_store, [run(name, ago=5 * MINUTE, seconds=240, state=JobState.FAILED, run_id=run_id)])
    assert before(schema_store, service=service, labels=labels, resource="load_mart") == []


def test_the_query_that_failed_in_a_task_says_why_the_task_did(schema_store: SchemaStore) -> None:
    error = "Not found: Table x"
    keep(
        schema_store,
        [run("airflow:load_mart.merge_daily", ago=5 * MINUTE, seconds=240, state=JobState.FAILED, error=error)],
    )
    (cause,) = before(schema_store, service="composer", labels={"dag_id": "load_mart", "task_id": "merge_daily"})
    assert what(cause).endswith(error)


def test_an_earlier_failure_of_the_same_job_is_named(schema_store: SchemaStore) -> None:
    keep(schema_store, [run("load_mart.merge_daily", ago=2 * HOUR, state=JobState.FAILED)])
    (cause,) = before(schema_store, service="composer", labels={"dag_id": "load_mart", "task_id": "merge_daily"})
    assert cause.kind is ChangeKind.FAILED_JOB


def test_a_job_that_failed_upstream_is_named_with_its_error(schema_store: SchemaStore) -> None:
    failed = run("airflow:load_mart.extract", ago=2 * HOUR, state=JobState.FAILED, error="orders-db refused")
    keep(schema_store, [failed])
    (cause,) = before(schema_store)
    assert what(cause) == "airflow:load_mart.extract failed in 1 of 1 runs: orders-db refused"
    assert "same name: load_mart" in evidence(cause)


def test_a_job_that_took_longer_than_in_the_month_before_is_named(schema_store: SchemaStore) -> None:
    keep(schema_store, [*daily("load_mart", [60] * 20, until=2), run("load_mart", ago=3 * HOUR, seconds=900)])
    (cause,) = before(schema_store)
    assert what(cause) == "load_mart took 900 s instead of 60 s"
    assert evidence(cause)[-1] == "1 run compared with 20 in 30 days"


def test_the_list_ends_where_it_is_long_enough(schema_store: SchemaStore) -> None:
    keep(schema_store, [deployment(n, f"configs/mart/{n}") for n in range(1, 30)])
    assert len(before(schema_store)) == changes.MOST


def test_a_cause_reads_as_one_line(schema_store: SchemaStore) -> None:
    keep(schema_store, [deployment(5, "configs/mart")])
    assert [line(cause).en for cause in before(schema_store)] == [
        "deployment: UpdateTransferConfig on configs/mart by ci@example.com (5 min before; same name: mart)"
    ]


HOOK = f"//run.googleapis.com/projects/{PROJECT}/locations/eu/services/hook"
INVOKER = {"role": "roles/run.invoker", "members": ["allUsers", "user:bob@example.com"]}


def public_service(**changed: Any) -> IncidentView:
    values = {
        "kind": IncidentKind.IRREGULAR_ACCESS,
        "rule": "functions/invoker_public",
        "resource": "hook",
        "principal": "",
        "evidence": {"elements": {"protoPayload.request.policy.bindings": [INVOKER]}},
    }
    return incident(**{**values, **changed})


@pytest.mark.both_databases
@pytest.mark.parametrize(("resource", "known"), [("hook", True), ("other-hook", False)])
def test_an_old_public_binding_is_shown_with_its_grantor(
    schema_store: SchemaStore, resource: str, *, known: bool
) -> None:
    locked = Binding(
        resource=HOOK,
        role="roles/run.invoker",
        member="allUsers",
        valid_from=NOW - 90 * DAY,
        exact_from=True,
        exact_to=False,
        granted_by="dora@example.com",
        seen_by=1,
    )
    with schema_store.transaction() as session:
        session.add(locked)
    with schema_store.reading() as session:
        found = changes.before(session, public_service(resource=resource), redact=())
    lines = [line(cause).en for cause in found]
    expected = f"grant: allUsers has had roles/run.invoker on {HOOK} since 2026-08-25 by dora@example.com (audit log)"
    assert lines == ([expected] if known else [])
