"""A whole policy with a public member that the history already contains opens no incident."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from db.error_db.models import Incident
from db.schema_db.models import Binding
from db.schema_db.store import SchemaStore
from demo.entries import audit_entry, caller
from main import Application
from shared import config
from tests.support.function_process import push_body

TOPIC = "projects/example-project/topics/orders"
NAME = "//run.googleapis.com/projects/example-project/locations/eu/services/hook"


@pytest.mark.parametrize(("days", "incidents"), [(30, 0), (None, 1)])
def test_k22_a_service_that_was_public_before_the_edit_is_not_reported(
    sqlite_url: str, schema_sqlite_url: str, sqlite_schema_store: SchemaStore, days: int | None, incidents: int
) -> None:
    now = datetime.now(UTC)
    if days:
        row = {
            "resource": NAME,
            "role": "roles/run.invoker",
            "member": "allUsers",
            "exact_from": True,
            "exact_to": False,
        }
        with sqlite_schema_store.transaction() as session:
            session.add(Binding(valid_from=now - timedelta(days=days), seen_by=1, **row))
    bindings = [{"role": "roles/run.invoker", "members": ["allUsers"]}, {"role": "roles/run.developer", "members": []}]
    entry = audit_entry(
        now,
        "activity",
        "NOTICE",
        "cloud_run_revision",
        {"service_name": "hook", "location": "eu"},
        serviceName="run.googleapis.com",
        methodName="google.cloud.run.v1.Services.SetIamPolicy",
        resourceName="namespaces/example-project/services/hook",
        request={"policy": {"bindings": bindings}},
        **caller("alice@example.com"),
    )
    urls = {"HINOMI_ERROR_DB_URL": sqlite_url, "HINOMI_SCHEMA_DB_URL": schema_sqlite_url}
    application = Application(config.load(urls))
    application.pipeline.handle(push_body(entry), now)
    with application.store().reading() as session:
        assert session.scalar(select(func.count(Incident.id))) == incidents
    application.causes().close()
    application.store().engine.dispose()


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ("roles/owner", []),
        ("roles/pubsub.viewer", [("iam/powerful_role_granted", "alice@example.com")]),
        ("", [("iam/powerful_role_in_policy", "")]),
    ],
)
def test_a_powerful_role_is_compared_with_the_policy_of_the_history(
    sqlite_url: str,
    schema_sqlite_url: str,
    sqlite_schema_store: SchemaStore,
    known: str,
    expected: list[tuple[str, str]],
) -> None:
    now = datetime.now(UTC)
    bob = "user:bob@example.com"
    if known:
        row = {"resource": f"//pubsub.googleapis.com/{TOPIC}", "role": known, "member": bob, "exact_from": True}
        with sqlite_schema_store.transaction() as session:
            session.add(Binding(valid_from=now - timedelta(days=30), seen_by=1, **row))
    bindings = [{"role": "roles/owner", "members": [bob]}, {"role": "roles/pubsub.viewer", "members": [bob]}]
    entry = of_topic(now, "google.iam.v1.IAMPolicy.SetIamPolicy", request={"policy": {"bindings": bindings}})
    urls = {"HINOMI_ERROR_DB_URL": sqlite_url, "HINOMI_SCHEMA_DB_URL": schema_sqlite_url}
    application = Application(config.load(urls))
    application.pipeline.handle(push_body(entry), now)
    with application.store().reading() as session:
        assert [tuple(row) for row in session.execute(select(Incident.rule, Incident.principal))] == expected
    application.causes().close()
    application.store().engine.dispose()


def of_topic(time: datetime, method: str, **payload: Any) -> dict[str, Any]:
    named = {"serviceName": "pubsub.googleapis.com", "methodName": method, "resourceName": TOPIC}
    return audit_entry(
        time, "activity", "NOTICE", "pubsub_topic", {}, **named, **payload, **caller("alice@example.com")
    )


def shared(time: datetime) -> dict[str, Any]:
    policy = {"bindings": [{"role": "roles/pubsub.viewer", "members": ["allUsers"]}]}
    return of_topic(time, "google.iam.v1.IAMPolicy.SetIamPolicy", request={"policy": policy})


def test_a_topic_that_was_deleted_since_is_reported_although_the_history_has_its_grant(
    sqlite_url: str, schema_sqlite_url: str, sqlite_schema_store: SchemaStore
) -> None:
    """The history knows neither the deletion nor that the topic exists again."""
    now = datetime.now(UTC)
    row = {"resource": f"//pubsub.googleapis.com/{TOPIC}", "role": "roles/pubsub.viewer", "member": "allUsers"}
    with sqlite_schema_store.transaction() as session:
        session.add(Binding(valid_from=now - timedelta(days=30), seen_by=1, exact_from=True, exact_to=False, **row))
    urls = {"HINOMI_ERROR_DB_URL": sqlite_url, "HINOMI_SCHEMA_DB_URL": schema_sqlite_url}
    application = Application(config.load(urls))
    deleted = of_topic(now - timedelta(minutes=5), "google.pubsub.v1.Publisher.DeleteTopic")
    counts = []
    for entry in (shared(now - timedelta(minutes=9)), deleted, shared(now)):
        application.pipeline.handle(push_body(entry), now)
        with application.store().reading() as session:
            counts.append(session.scalar(select(func.count(Incident.id))))
    assert counts == [0, 0, 1]
    application.causes().close()
    application.store().engine.dispose()
