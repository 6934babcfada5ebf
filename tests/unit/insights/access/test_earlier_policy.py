from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from db.schema_db.models import Binding
from db.schema_db.store import SchemaStore
from insights.access.earlier_policy import is_older
from tests.support.findings import NOON, finding

NAME = "//run.googleapis.com/projects/example-project/locations/eu/services/hook"
INVOKER: dict[str, Any] = {"role": "roles/run.invoker", "members": ["allUsers", "user:bob@example.com"]}
ADMIN = {"role": "roles/run.admin", "members": ["allUsers"]}
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("stored", "shown", "location", "older"),
    [
        ({}, [INVOKER], "eu", True),
        ({}, [INVOKER], "", True),
        ({}, [INVOKER], "us", False),
        ({}, [INVOKER, ADMIN], "eu", False),
        ({}, [{**INVOKER, "condition": {"expression": "x"}}], "eu", False),
        ({"condition_key": "x"}, [INVOKER], "eu", False),
        ({"valid_from": NOON}, [INVOKER], "eu", False),
        ({"valid_to": NOON - DAY}, [INVOKER], "eu", False),
        ({"resource": NAME.replace("example-project", "other")}, [INVOKER], "eu", False),
        ({"resource": f"{NAME}-2"}, [INVOKER], "eu", False),
    ],
)
def test_a_public_grant_is_older_if_the_history_has_it_from_before(
    sqlite_schema_store: SchemaStore, stored: dict[str, Any], shown: list[Any], location: str, *, older: bool
) -> None:
    row = {"resource": NAME, "role": "roles/run.invoker", "member": "allUsers", "valid_from": NOON - 9 * DAY, **stored}
    with sqlite_schema_store.transaction() as session:
        session.add(Binding(exact_from=True, exact_to=False, seen_by=1, **row))
    with sqlite_schema_store.reading() as session:
        assert is_older(session, finding(resource="hook", elements={"bindings": shown}), location) is older


@pytest.mark.parametrize(
    ("resource", "name", "older"),
    [
        ("projects/example-project", "//cloudresourcemanager.googleapis.com/projects/example-project", True),
        ("folders/77", "//cloudresourcemanager.googleapis.com/folders/77", True),
        ("folders/77", "//cloudresourcemanager.googleapis.com/folders/177", False),
        ("projects/123/secrets/db", "//secretmanager.googleapis.com/projects/123/secrets/db", True),
        ("projects/123/secrets/db", "//secretmanager.googleapis.com/projects/124/secrets/db", False),
    ],
)
def test_a_resource_with_its_project_is_compared_as_a_whole(
    sqlite_schema_store: SchemaStore, resource: str, name: str, *, older: bool
) -> None:
    row = {"resource": name, "role": "roles/run.invoker", "member": "allUsers", "valid_from": NOON - 9 * DAY}
    with sqlite_schema_store.transaction() as session:
        session.add(Binding(exact_from=True, exact_to=False, seen_by=1, **row))
    with sqlite_schema_store.reading() as session:
        assert is_older(session, finding(resource=resource, elements={"bindings": [INVOKER]}), "") is older
