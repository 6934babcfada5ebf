"""Forged entries in somebody's own log open no incident, close none, and are not correlated with others."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from db.error_db.models import Incident, OperationRow
from db.error_db.store import ErrorStore
from demo import entries
from main import Application
from tests.support.findings import NOON
from tests.support.function_process import push_body
from tests.support.world import application_on, first_on_both

pytestmark = pytest.mark.sqlite

ACTIVITY = "/logs/cloudaudit.googleapis.com%2Factivity"
CAROL, MALLORY = "carol@example.com", "mallory@example.com"


@pytest.fixture
def application(error_db_url: str, store: ErrorStore) -> Application:
    return application_on(store, HINOMI_ERROR_DB_URL=error_db_url)


def send(application: Application, *sent: entries.Entry) -> list[str]:
    return [
        application.pipeline.handle(push_body(entry, f"{number}-{entry['insertId']}"), NOON + timedelta(hours=1))
        for number, entry in enumerate(sent)
    ]


def rows(application: Application) -> list[tuple[Any, ...]]:
    with application.store().reading() as session:
        columns = Incident.rule, Incident.status, Incident.principal, Incident.occurrence_count
        return [tuple(row) for row in session.execute(select(*columns).order_by(Incident.id))]


def policy(action: str, principal: str, *, minutes: float = 0) -> entries.Entry:
    delta = {"action": action, "role": "roles/storage.objectViewer", "member": "allUsers"}
    return entries.bucket_policy(NOON + timedelta(minutes=minutes), "example-exports", [delta], principal)


FORGED: dict[str, Callable[[entries.Entry], entries.Entry]] = {
    "a log of another name": lambda entry: {**entry, "logName": "projects/example-project/logs/mine"},
    "an audit log below another name": lambda entry: {
        **entry,
        "logName": "projects/example-project/logs/mine%2Flogs%2Fcloudaudit.googleapis.com%2Factivity",
    },
    "an audit log of another project": lambda entry: {**entry, "logName": f"projects/mallory-project{ACTIVITY}"},
    "an audit log of a folder": lambda entry: {**entry, "logName": f"folders/12{ACTIVITY}"},
    "a payload of two kinds": lambda entry: {
        **entry,
        "logName": "projects/example-project/logs/mine",
        "jsonPayload": {},
    },
    "no log": lambda entry: {name: value for name, value in entry.items() if name != "logName"},
}


@pytest.mark.parametrize("forge", first_on_both(FORGED.values()), ids=FORGED)
def test_a_forged_change_of_a_policy_changes_no_incident(
    application: Application, forge: Callable[[entries.Entry], entries.Entry]
) -> None:
    before = [forge(policy(action, MALLORY, minutes=-30)) for action in ("ADD", "REMOVE")]
    after = [forge(policy(action, MALLORY, minutes=30)) for action in ("REMOVE", "ADD")]
    assert {*send(application, *before)} == {"no rule matches"}
    assert "opened" in send(application, policy("ADD", CAROL))[0]
    assert {*send(application, *after)} == {"no rule matches"}
    assert rows(application) == [("storage/bucket_made_public", "open", CAROL, 1)]


def creation(minutes: float, log: str, **outcome: Any) -> entries.Entry:
    made = entries.audit_entry(
        NOON + timedelta(minutes=minutes),
        "activity",
        "ERROR",
        "gce_instance",
        {"instance_id": "77", "zone": "europe-west1-b"},
        serviceName="compute.googleapis.com",
        methodName="v1.compute.instances.insert",
        resourceName="projects/example-project/zones/europe-west1-b/instances/etl-9",
        **outcome,
    )
    return {**made, "logName": f"projects/example-project/logs/{log}"}


@pytest.mark.both_databases
def test_a_forged_start_of_an_operation_names_nobody(application: Application) -> None:
    operation = {"id": "op-9", "producer": "compute.googleapis.com"}
    start = creation(0, "mine", operation={**operation, "first": True}, **entries.caller(MALLORY))
    failure = {"code": 8, "message": "QUOTA_EXCEEDED"}
    end = creation(1, ACTIVITY[6:], operation={**operation, "last": True}, status=failure)
    send(application, start, end)
    ((_, status, principal, count),) = rows(application)
    assert (status, principal, count) == ("open", "", 1)
    with application.store().reading() as session:
        # The end that the platform wrote is kept until its start arrives; the forged start is not.
        (kept,) = session.scalars(select(OperationRow.operation_key))
        assert kept.endswith("|last")


@pytest.mark.both_databases
def test_a_forged_part_does_not_complete_a_split_entry(application: Application) -> None:
    whole = policy("ADD", CAROL)
    parts = [{**whole, "insertId": str(at), "split": {"uid": "u", "index": at, "totalSplits": 2}} for at in (0, 1)]
    forged = {**parts[1], "logName": "projects/example-project/logs/mine"}
    send(application, parts[0], forged)
    assert rows(application) == []
    send(application, parts[1])
    assert [row[:2] for row in rows(application)] == [("storage/bucket_made_public", "open")]


@pytest.mark.parametrize("labels", ["x", 5, 1.5, True, ["x"], [{}], {"location": 5}, {"location": ["x"]}, None])
def test_labels_of_any_form_are_read(application: Application, labels: Any) -> None:
    entry = policy("ADD", CAROL)
    (result,) = send(application, {**entry, "resource": {**entry["resource"], "labels": labels}})
    assert "opened" in result
