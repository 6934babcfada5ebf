"""A call by Hinomi's accounts counts as Hinomi's own only if an action run explains it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from db.error_db import handler_rules, runs
from db.error_db.models import Incident, Occurrence
from db.error_db.runs import undo
from demo import entries
from main import Application
from shared.model import Mode, Trigger
from shared.records import StoredRule
from tests.support.findings import NOON
from tests.support.own_calls import (
    ALICE,
    BUCKET,
    HISTORY,
    HOME,
    METRICS,
    ROLE,
    application_on,
    begun,
    by,
    misused,
    read,
    removal,
    run,
    send,
)


@pytest.fixture
def application(sqlite_url: str) -> Iterator[Application]:
    with application_on(sqlite_url) as found:
        yield found


@pytest.mark.parametrize("target", [BUCKET, f"gs://{BUCKET}", f"projects/_/buckets/{BUCKET}"])
def test_the_call_of_a_run_is_explained_by_it(application: Application, target: str) -> None:
    run(application, target)
    send(application, removal(), minutes=4)
    assert misused(application) == []


@pytest.mark.parametrize(("ran", "count"), [(True, 0), (False, 1)])
def test_a_call_that_names_the_account_in_its_subject_alone_is_explained_or_misuse(
    application: Application,
    ran: bool,  # noqa: FBT001
    count: int,
) -> None:
    if ran:
        run(application, BUCKET)
    call = removal()
    subject = f"serviceAccount:{call['protoPayload']['authenticationInfo']['principalEmail']}"
    call["protoPayload"]["authenticationInfo"] = {"principalSubject": subject}
    send(application, call, minutes=4)
    assert len(misused(application)) == count


@pytest.mark.parametrize(("key", "count"), [("0a1b2c3d", 0), ("ffffffff", 1)])
def test_a_call_of_iam_names_the_account_by_number_and_its_request_by_address(
    application: Application, key: str, count: int
) -> None:
    account = f"projects/example-project/serviceAccounts/etl@{HOME}/keys"
    run(application, f"{account}/0a1b2c3d", "disable_service_account_key")
    call: dict[str, Any] = {
        "serviceName": "iam.googleapis.com",
        "methodName": "google.iam.admin.v1.DisableServiceAccountKey",
        "resourceName": f"projects/-/serviceAccounts/104563012345678901234/keys/{key}",
        "request": {"name": f"{account}/{key}"},
        "serviceData": None,
    }
    send(application, removal(**call), minutes=4)
    assert len(misused(application)) == count


@pytest.mark.parametrize(("job", "count"), [("orders-enrich", 0), ("another-job", 1)])
def test_a_launch_of_a_dataflow_job_is_explained_by_the_name_in_its_request(
    application: Application, job: str, count: int
) -> None:
    begun(
        application,
        "relaunch_dataflow_job",
        "projects/p/locations/r/jobs/orders",
        "dataflow.googleapis.com/jobs/orders-enrich",
    )
    call: dict[str, Any] = {
        "serviceName": "dataflow.googleapis.com",
        "methodName": "dataflow.jobs.create",
        "resourceName": "projects/example-project",
        "request": {"job_name": job},
        "serviceData": None,
    }
    send(application, removal(**call), minutes=1)
    assert len(misused(application)) == count


@pytest.mark.parametrize(("job", "count"), [("hinomi-script-clear", 0), ("nightly-load", 1)])
def test_a_run_of_a_script_explains_the_start_of_its_own_job(application: Application, job: str, count: int) -> None:
    place = "projects/example-project/locations/asia-northeast1/jobs"
    begun(application, "run_script", f"clear: {BUCKET}", f"{place}/hinomi-script-clear")
    call: dict[str, Any] = {
        "serviceName": "run.googleapis.com",
        "methodName": "google.cloud.run.v2.Jobs.RunJob",
        "resourceName": f"{place}/{job}",
        "serviceData": None,
    }
    send(application, removal(**call), minutes=1)
    assert len(misused(application)) == count


@pytest.mark.parametrize(("member", "count"), [("allUsers", 0), ("allAuthenticatedUsers", 1)])
def test_a_run_that_restores_a_role_explains_what_its_plan_grants_on_the_resource_of_the_plan(
    application: Application, member: str, count: int
) -> None:
    send(application, removal("ADD", "carol@example.com"))
    call = {"method": "PUT", "url": "u", "does": {}, "body": {"add": [{"role": ROLE, "member": member}]}}
    plan = {"calls": [call], "details": {"resource": f"//storage.googleapis.com/projects/_/buckets/{BUCKET}"}}
    with application.store().transaction(NOON) as transaction:
        restoring = runs.NewRun(1, "r", Trigger.OPENED, "c", "restore_iam_member", "daily_load", {}, Mode.AUTO)
        number = runs.add(transaction.session, restoring, now=NOON)
        assert number is not None
        runs.claim(transaction.session, number, owner="w", now=NOON, lease=timedelta(minutes=5))
        until = NOON + timedelta(minutes=5)
        runs.begin(transaction.session, number, owner="w", plan=plan, undo=None, lease_until=until)
    send(application, removal("ADD"), minutes=1)
    assert len(misused(application)) == count


UNEXPLAINED = {
    "another bucket": removal(resourceName="projects/_/buckets/example-exports-2"),
    "a bucket whose name contains it": removal(resourceName="projects/_/buckets/x.example-exports"),
    "a managed folder of this name in another bucket": removal(
        resourceName="projects/_/buckets/other/managedFolders/example-exports"
    ),
    "a folder of this bucket": removal(resourceName="projects/_/buckets/example-exports/managedFolders/x"),
    "no resource": removal(resourceName=""),
    "a grant": removal("ADD"),
    "a delta that is no object": removal(serviceData={"policyDelta": {"bindingDeltas": ["x"]}}),
    "another method": removal(methodName="storage.buckets.delete"),
    "another service": removal(serviceName="compute.googleapis.com"),
    "a key for the account": removal(methodName="google.iam.admin.v1.CreateServiceAccountKey"),
    "another account of ours": removal(principal=HISTORY),
    "somebody who impersonates the account": removal(**by(METRICS, serviceAccountDelegationInfo=[ALICE])),
    "a chain of an unknown form": removal(**by(METRICS, serviceAccountDelegationInfo={"a": 1})),
    "a downloaded key": removal(**by(METRICS, serviceAccountKeyName="//iam.googleapis.com/projects/p/x/keys/k")),
    "metadata of unknown forms": removal("ADD", requestMetadata="x", metadata=[1]),
}


@pytest.mark.parametrize("entry", UNEXPLAINED.values(), ids=UNEXPLAINED)
def test_any_other_call_of_hinomis_accounts_is_an_incident_of_high_severity(
    application: Application, entry: entries.Entry
) -> None:
    run(application)
    send(application, entry, minutes=4)
    assert [found.severity for found in misused(application)] == ["high"]


@pytest.mark.parametrize(("minutes", "count"), [(6, 0), (15, 1), (60 * 24, 1)])
def test_a_run_explains_nothing_after_its_end(application: Application, minutes: float, count: int) -> None:
    run(application)
    send(application, removal(), minutes=minutes)
    assert len(misused(application)) == count


@pytest.mark.parametrize(("member", "count"), [("allUsers", 0), ("allAuthenticatedUsers", 1)])
def test_an_undo_explains_only_what_it_grants_by_its_plan(application: Application, member: str, count: int) -> None:
    run(application)
    grant = {"role": "roles/storage.objectViewer", "member": "allUsers"}
    with application.store().transaction(NOON) as transaction:
        undone = undo.find(transaction.session, 1)
        assert undone is not None
        number = undo.add(transaction.session, undone, {}, by="alice@example.com", now=NOON)
        runs.claim(transaction.session, number, owner="w", now=NOON, lease=timedelta(minutes=5))
        call = {"method": "PUT", "url": "u", "does": {}, "body": {"add": [grant]}}
        until = NOON + timedelta(minutes=5)
        runs.begin(transaction.session, number, owner="w", plan={"calls": [call]}, undo=None, lease_until=until)
    entry = entries.bucket_policy(NOON, BUCKET, [{"action": "ADD", **grant, "member": member}], METRICS)
    send(application, entry, minutes=4)
    assert len(misused(application)) == count


def test_an_incident_names_who_used_the_account(application: Application) -> None:
    send(application, removal(**by(METRICS, serviceAccountDelegationInfo=[ALICE])))
    with application.store().reading() as session:
        of_account = select(Occurrence.evidence).where(Occurrence.rule == "hinomi/account_misused")
        evidence = session.scalars(of_account).one()
    assert evidence["fields"]["protoPayload.authenticationInfo.serviceAccountDelegationInfo"] == [ALICE]


@pytest.mark.parametrize(("principal", "count"), [(HISTORY, 0), (METRICS, 1)])
def test_only_the_history_function_writes_the_copy_in_bigquery(
    application: Application, principal: str, count: int
) -> None:
    names = {
        "serviceName": "bigquery.googleapis.com",
        "methodName": "google.cloud.bigquery.v2.TableService.InsertTable",
    }
    table = "projects/example-project/datasets/hinomi_history/tables/points"
    send(application, removal("REMOVE", principal, resourceName=table, **names))
    assert len(misused(application)) == count


OBJECT = f"projects/_/buckets/{BUCKET}/objects/x"
UNDECLARED = {
    "an object is deleted": read("storage.objects.delete", "storage.objects.delete", resourceName=OBJECT),
    "an object is read": read("storage.objects.get", "storage.objects.get", resourceName=OBJECT),
    "a declared call by the account of another function": read("x.ListRoutines", "bigquery.routines.list"),
    "a declared call of the other function by the account of the history": read(
        "storage.getIamPermissions", "storage.buckets.getIamPolicy", HISTORY
    ),
    "by the account of the history": read("storage.objects.create", "storage.objects.create", HISTORY),
    "a declared call by somebody who impersonates the account": read(
        "storage.getIamPermissions", "storage.buckets.getIamPolicy", **by(METRICS, serviceAccountDelegationInfo=[ALICE])
    ),
}


@pytest.mark.parametrize("entry", UNDECLARED.values(), ids=UNDECLARED)
def test_a_call_in_the_data_access_logs_that_nothing_declares_is_an_incident_of_high_severity(
    application: Application, entry: entries.Entry
) -> None:
    for at in range(3):
        send(application, {**entry, "insertId": f"call-{at}"}, minutes=at)
    assert [(found.severity, found.principal) for found in misused(application)] == [
        ("high", entry["protoPayload"]["authenticationInfo"]["principalEmail"])
    ]


def test_declared_calls_in_the_data_access_logs_touch_no_database(application: Application) -> None:
    send(application, read("x.ListTimeSeries", "monitoring.timeSeries.list", HISTORY))
    send(application, read("cloudsql.instances.connect", "cloudsql.instances.connect"))
    assert "_store" not in vars(application)


def apply(application: Application, action: str, *, enabled: bool) -> None:
    """Applies one handler rule with this action."""
    rule = StoredRule("r", {"action": action, "match": {}, "on": [], "params": {}, "mode": "auto"}, enabled)
    with application.store().transaction(NOON) as transaction:
        handler_rules.save(transaction.session, [rule], handler_rules.Author("alice@example.com", "file"), NOON)


@pytest.mark.parametrize(
    ("action", "rule", "minutes", "count"),
    [
        pytest.param("remove_iam_member", "enabled", 60, 0, id="an enabled rule"),
        pytest.param("remove_iam_member", "disabled", 2000, 1, id="a disabled rule"),
        pytest.param("disable_service_account", "enabled", 2000, 1, id="another action"),
        pytest.param("disable_service_account", "enabled", 60, 0, id="a run of the day before"),
    ],
)
def test_a_call_that_only_an_action_declares_is_hinomis_own_while_the_action_is_enabled(
    application: Application, action: str, rule: str, minutes: float, count: int
) -> None:
    run(application)
    apply(application, action, enabled=rule == "enabled")
    send(application, read("storage.getIamPermissions", "storage.buckets.getIamPolicy"), minutes=minutes)
    assert len(misused(application)) == count


@pytest.mark.parametrize(("principal", "count"), [(HISTORY, 0), (METRICS, 1)])
def test_rows_of_the_copy_in_bigquery_are_written_by_the_history_function_only(
    application: Application, principal: str, count: int
) -> None:
    table = "projects/example-project/datasets/hinomi_history/tables/points"
    names = {"serviceName": "bigquery.googleapis.com", "resourceName": table}
    send(application, read("x.InsertJob", "bigquery.tables.updateData", principal, **names))
    assert len(misused(application)) == count


def test_the_incident_about_an_account_feeds_no_other(application: Application) -> None:
    """Handling an incident makes declared calls, and no other entries follow it."""
    send(application, read("storage.objects.delete", "storage.objects.delete"))
    for at, call in enumerate(
        ("cloudsql.instances.connect", "cloudsql.instances.login", "secretmanager.versions.access")
    ):
        send(application, {**read(call, call), "insertId": f"own-{at}"}, minutes=1)
    with application.store().reading() as session:
        assert session.scalars(select(Incident.rule)).all() == ["hinomi/account_misused"]
