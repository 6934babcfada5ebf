"""The likely causes of an incident, and causes that are ruled out."""

from __future__ import annotations

from typing import Any

import pytest

from db.schema_db.models import Binding
from db.schema_db.store import SchemaStore
from insights.causes import changes
from insights.causes.model import ChangeKind
from insights.causes.sentences import line
from shared.history import GroupRow
from shared.model import ErrorClass, IncidentKind, JobState
from shared.records import IncidentView
from tests.support.causes import (
    BIGQUERY,
    CONFIG,
    ENVIRONMENT,
    HOUR,
    ROBOT,
    SOURCE,
    TABLE,
    before,
    deployment,
    evidence,
    grant,
    incident,
    own,
    report,
    revoked,
    ruled_out,
    table,
    task,
    what,
)
from tests.support.runs import DAY, MINUTE, NOW, PROJECT, daily, keep, run

pytestmark = pytest.mark.sqlite


def test_a_change_of_the_job_itself_comes_before_one_of_what_it_runs_in(schema_store: SchemaStore) -> None:
    about = task(error=ErrorClass.NETWORK, reason="orders-db: connection refused")
    database = f"//sqladmin.googleapis.com/projects/{PROJECT}/instances/orders-db"
    update = {"service": "composer.googleapis.com", "method": "Environments.UpdateEnvironment"}
    keep(schema_store, [
        deployment(20, ENVIRONMENT, **update),
        deployment(30, database, service="sqladmin.googleapis.com", method="cloudsql.instances.update"),
    ])  # fmt: skip
    first, second = before(schema_store, about)
    assert (first.kind, first.who, what(first)) == (
        ChangeKind.DEPLOYMENT,
        "ci@example.com",
        "Cloud SQL instance orders-db was updated",
    )
    assert evidence(first) == ["30 min before", "the error names orders-db"]
    assert evidence(second) == ["20 min before", "it runs in etl"]


@pytest.mark.parametrize(
    "location",
    [
        f"projects/{PROJECT}/locations/eu/transferConfigs/other",
        f"//cloudresourcemanager.googleapis.com/projects/{PROJECT}",
        f"//run.googleapis.com/projects/{PROJECT}/locations/eu/services/mart",
        f"{BIGQUERY}/other/tables/orders_daily",
        "",
    ],
)
def test_a_change_that_shares_only_the_project_or_a_part_of_a_name_is_not_a_cause(
    schema_store: SchemaStore, location: str
) -> None:
    slow = [*daily("other", [60] * 20, until=2), run("other", ago=3 * HOUR, seconds=900)]
    keep(schema_store, [deployment(5, location), revoked(5, member="user:bob@example.com"), *slow])
    found = report(schema_store)
    assert ([*found.causes], [*found.ruled_out]) == ([], [])


def test_a_role_that_the_account_of_the_job_lost_is_the_cause_of_a_denied_access(schema_store: SchemaStore) -> None:
    keep(schema_store, [own(DAY), revoked(90), deployment(5, f"{CONFIG}/daily")])
    first, second = before(schema_store, incident(error=ErrorClass.PERMISSION))
    assert what(first) == f"roles/viewer revoked from serviceAccount:{ROBOT} on dataset {PROJECT}.staging"
    assert (first.kind, first.who) == (ChangeKind.REVOKED, "carol@example.com")
    assert evidence(first) == ["90 min before", f"concerns serviceAccount:{ROBOT}", "audit log"]
    assert second.kind is ChangeKind.DEPLOYMENT


def test_a_role_that_a_group_of_the_account_lost_counts_for_the_account(schema_store: SchemaStore) -> None:
    members = GroupRow("robots@example.com", (f"serviceAccount:{ROBOT}",), NOW - 2 * DAY)
    keep(schema_store, [own(DAY), members, revoked(90, member="group:robots@example.com")])
    (cause,) = before(schema_store, incident(error=ErrorClass.PERMISSION))
    assert "group:robots@example.com" in what(cause)


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([own(HOUR), revoked(90)], "the job succeeded 30 min after this change, before it failed"),
        (
            [revoked(90), grant(60, f"{BIGQUERY}/staging", "ADD", f"serviceAccount:{ROBOT}")],
            "the role was granted again before the failure",
        ),
        (
            [revoked(90), run("twin", ago=HOUR, principal=ROBOT, sources=[SOURCE])],
            "twin, which depends on it too, has succeeded since",
        ),
    ],
)
def test_counter_evidence_rules_a_role_out(schema_store: SchemaStore, rows: list[Any], reason: str) -> None:
    keep(schema_store, [own(DAY), *rows])
    found = report(schema_store, incident(error=ErrorClass.PERMISSION))
    assert ([*found.causes], [each.why.text.en for each in found.ruled_out]) == ([], [reason])


def test_a_change_after_the_first_failure_of_the_job_is_ruled_out(schema_store: SchemaStore) -> None:
    keep(schema_store, [own(DAY), own(20 * MINUTE, state=JobState.FAILED, seconds=60), revoked(5)])
    found = report(schema_store, incident(error=ErrorClass.PERMISSION))
    assert [*found.causes] == []
    assert [each.why.text.en for each in found.ruled_out] == ["happened 14 min after the first failure"]


def test_a_role_on_what_the_job_does_not_use_is_not_a_cause(schema_store: SchemaStore) -> None:
    keep(schema_store, [own(DAY), revoked(90, f"{BIGQUERY}/archive")])
    assert before(schema_store, incident(error=ErrorClass.PERMISSION)) == []


def test_a_success_while_a_policy_takes_effect_rules_nothing_out(schema_store: SchemaStore) -> None:
    keep(schema_store, [own(85 * MINUTE), revoked(90)])
    assert len(before(schema_store, incident(error=ErrorClass.PERMISSION))) == 1


@pytest.mark.parametrize(("error", "likely"), [(ErrorClass.PERMISSION, True), (ErrorClass.MEMORY, False)])
def test_a_change_explains_some_errors_only(schema_store: SchemaStore, error: ErrorClass, likely: bool) -> None:  # noqa: FBT001
    keep(schema_store, [own(DAY), revoked(30)])
    assert bool(before(schema_store, incident(error=error))) is likely
    if not likely:
        assert ruled_out(schema_store, incident(error=error)) == ['does not explain an error of the kind "memory"']


def test_the_class_of_an_unknown_error_is_that_of_the_query_of_the_task(schema_store: SchemaStore) -> None:
    query: dict[str, Any] = {"principal": ROBOT, "sources": [SOURCE], "destination": TABLE}
    failed = run(
        "airflow:load_mart.merge", ago=5 * MINUTE, state=JobState.FAILED, error="Access Denied: Table x", **query
    )
    keep(schema_store, [failed, revoked(90)])
    (cause,) = before(schema_store, task(error=ErrorClass.UNKNOWN))
    assert cause.kind is ChangeKind.REVOKED


def test_of_two_alike_the_later_one_comes_first(schema_store: SchemaStore) -> None:
    keep(schema_store, [deployment(300, f"{CONFIG}/daily"), deployment(10, f"{CONFIG}/daily")])
    assert [evidence(cause)[0] for cause in before(schema_store)] == ["10 min before", "5 h before"]


def test_changes_since_the_last_success_are_looked_at_and_older_ones_are_not(schema_store: SchemaStore) -> None:
    keep(schema_store, [own(3 * DAY), deployment(50 * 60, f"{CONFIG}/daily"), deployment(90 * 60, f"{CONFIG}/daily")])
    (cause,) = before(schema_store)
    assert evidence(cause)[0] == "50 h before"


@pytest.mark.parametrize(
    "method", ["InsertJob", "SetIamPolicy", "GetTransferConfig", "ListTransferConfigs", "updateData"]
)
def test_reads_data_jobs_and_policies_are_no_deployments(schema_store: SchemaStore, method: str) -> None:
    keep(schema_store, [deployment(5, f"{CONFIG}/daily", method)])
    assert before(schema_store) == []


def test_a_denied_call_changed_nothing(schema_store: SchemaStore) -> None:
    keep(schema_store, [deployment(5, f"{CONFIG}/daily", count=2, denied=2)])
    assert before(schema_store) == []


def test_a_change_of_an_environment_is_weak_if_its_other_dags_succeed(schema_store: SchemaStore) -> None:
    update = {"service": "composer.googleapis.com", "method": "Environments.UpdateEnvironment"}
    keep(schema_store, [deployment(90, ENVIRONMENT, **update)])
    assert len(before(schema_store, task())) == 1
    keep(schema_store, [run("other.build", ago=HOUR, service="airflow", project="etl")])
    assert ruled_out(schema_store, task()) == ["other.build, which depends on it too, has succeeded since"]


def test_columns_of_a_source_that_changed_are_the_cause_of_bad_data(schema_store: SchemaStore) -> None:
    other = f"{PROJECT}.x.y"
    days = [
        table(NOW - DAY, "a", SOURCE),
        table(NOW, "b", SOURCE),
        table(NOW - DAY, "a", other),
        table(NOW, "b", other),
    ]
    keep(schema_store, [own(DAY), *days])
    (cause,) = before(schema_store, incident(error=ErrorClass.DATA))
    assert (cause.kind, what(cause)) == (ChangeKind.SCHEMA, f"columns of {SOURCE} changed")
    assert line(cause).en == (
        f"schema: columns of {SOURCE} changed (between the snapshots of 2026-11-22 and 2026-11-23; the job reads {SOURCE})"
    )
    assert "2026-11-22 と 2026-11-23 のスナップショットの間" in line(cause).ja


def test_columns_that_changed_before_a_success_are_excluded_by_the_day_of_their_snapshot(
    schema_store: SchemaStore,
) -> None:
    keep(schema_store, [table(NOW - 2 * DAY, "a"), table(NOW - DAY, "b"), own(2 * HOUR)])
    assert ruled_out(schema_store) == ["the job succeeded after the snapshot of 2026-11-22, before it failed"]


def test_a_day_without_columns_is_not_a_change(schema_store: SchemaStore) -> None:
    days = [table(NOW - 3 * DAY, "a"), table(NOW - 2 * DAY, ""), table(NOW - DAY, "a"), table(NOW, "")]
    keep(schema_store, days)
    assert before(schema_store) == []


def test_columns_that_changed_while_they_were_not_read_changed_since_they_were(schema_store: SchemaStore) -> None:
    keep(schema_store, [table(NOW - 2 * DAY, "a"), table(NOW - DAY, ""), table(NOW, "b")])
    (cause,) = before(schema_store)
    assert evidence(cause)[0] == "between the snapshots of 2026-11-21 and 2026-11-23"


def test_a_statement_that_dropped_a_source_is_the_cause_with_its_author(schema_store: SchemaStore) -> None:
    dropped = run(
        "bob DROP", ago=40 * MINUTE, statement_type="DROP_TABLE", destination=SOURCE, principal="bob@example.com"
    )
    keep(schema_store, [own(DAY), dropped])
    (cause,) = before(schema_store, incident(error=ErrorClass.NOT_FOUND))
    assert line(cause).en == (
        f"schema: {SOURCE} was dropped by bob@example.com (39 min before; the job reads {SOURCE})"
    )


def test_a_source_that_grew_far_more_than_usual_explains_a_lack_of_memory(schema_store: SchemaStore) -> None:
    days = [
        table(NOW - ago * DAY, "a", SOURCE, rows) for ago, rows in ((4, 100), (3, 102), (2, 103), (1, 105), (0, 900))
    ]
    keep(schema_store, [own(DAY), *days])
    (cause,) = before(schema_store, incident(error=ErrorClass.MEMORY))
    assert (cause.kind, what(cause)) == (ChangeKind.VOLUME, f"{SOURCE} grew from 105 to 900 rows")
    assert evidence(cause)[0] == "between the snapshots of 2026-11-22 and 2026-11-23"


@pytest.mark.parametrize(
    ("service", "labels"),
    [
        ("bigquery", {"job": "job-9", "dag": "load_mart", "task": "merge_daily"}),
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
    assert before(schema_store, incident(service=service, labels=labels, resource="load_mart")) == []


def test_a_query_that_took_the_slots_explains_a_lack_of_them(schema_store: SchemaStore) -> None:
    heavy = run("bob SELECT", ago=HOUR, seconds=3_000, slot_ms=10**9, principal="bob@example.com")
    keep(schema_store, [own(DAY, slot_ms=10**5), heavy])
    (cause,) = before(schema_store, incident(error=ErrorClass.QUOTA))
    assert line(cause).en.startswith(
        "load: bob SELECT used 100 % of the slot time by bob@example.com (60 min before; same slots"
    )


def test_a_failed_host_of_its_cluster_explains_a_broken_connection(schema_store: SchemaStore) -> None:
    labels = {"job": "count", "cluster": "spark"}
    for machine in ("spark-w-0", "other-w-0"):
        target = f"zones/eu-b/instances/{machine}"
        keep(
            schema_store,
            [run("instances.hostError", ago=3 * MINUTE, service="compute", destination=target, run_id=machine)],
        )
    about = incident(service="dataproc", resource="count", labels=labels, error=ErrorClass.NETWORK)
    (cause,) = before(schema_store, about)
    assert line(cause).en == (
        "platform event: VM spark-w-0 was stopped by a host error (3 min before; it runs in spark)"
    )


def test_a_role_that_a_person_got_before_an_irregular_access_is_its_cause(schema_store: SchemaStore) -> None:
    bucket = "//storage.googleapis.com/example-exports"
    keep(
        schema_store,
        [
            grant(3, bucket),
            grant(4, bucket, member="user:dave@example.com"),
            grant(5, "//storage.googleapis.com/other"),
        ],
    )
    about = incident(
        resource="example-exports",
        kind=IncidentKind.IRREGULAR_ACCESS,
        service="storage",
        labels={},
        principal="bob@example.com",
    )
    (cause,) = before(schema_store, about)
    assert what(cause) == "roles/viewer granted to user:bob@example.com on bucket example-exports"
    assert (cause.who, evidence(cause)) == (
        "carol@example.com",
        ["3 min before", "concerns user:bob@example.com", "audit log"],
    )


def test_the_change_that_an_incident_is_about_is_not_its_own_cause(schema_store: SchemaStore) -> None:
    bucket = "//storage.googleapis.com/example-exports"
    keep(schema_store, [grant(0, bucket, member="allUsers")])
    about = incident(
        resource="example-exports",
        kind=IncidentKind.IRREGULAR_ACCESS,
        service="storage",
        labels={},
        principal="carol@example.com",
    )
    assert before(schema_store, about) == []


def test_the_list_ends_where_it_is_long_enough(schema_store: SchemaStore) -> None:
    methods = [deployment(n, f"{CONFIG}/daily", f"UpdateTransferConfig{n}s") for n in range(1, 30)]
    keep(schema_store, methods)
    assert len(before(schema_store)) == changes.MOST


def test_a_cause_reads_as_one_line(schema_store: SchemaStore) -> None:
    keep(schema_store, [deployment(5, f"{CONFIG}/daily")])
    assert [line(cause).en for cause in before(schema_store)] == [
        "deployment: transfer daily was updated by ci@example.com (5 min before; same resource)"
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
        found = changes.before(session, public_service(resource=resource), redact=()).causes
    lines = [line(cause).en for cause in found]
    expected = "grant: allUsers has had roles/run.invoker on Cloud Run service hook since 2026-08-25 by dora@example.com (audit log)"
    assert lines == ([expected] if known else [])
