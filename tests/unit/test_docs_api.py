"""The requests in docs/api.md succeed, and docs/openapi.json matches the code."""

from __future__ import annotations

import json
import re

import pytest

from dashboard.api import openapi, registry
from db.error_db.api_tokens import PREFIX, TokenScope
from db.error_db.store import ErrorStore
from db.schema_db.store import SchemaStore
from shared.config import ROOT
from tests.support.api_client import API, ApiClient, new_token
from tests.support.dashboard import NOW, Dashboard
from tests.support.findings import finding

pytestmark = pytest.mark.sqlite

PAGE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")


def test_the_requests_of_the_page_are_answered_in_their_order(
    sqlite_store: ErrorStore, sqlite_schema_store: SchemaStore
) -> None:
    with sqlite_store.transaction(NOW) as transaction:
        transaction.record(finding(), redact=())
    client = ApiClient(Dashboard(sqlite_store, sqlite_schema_store).local(), new_token(sqlite_store))
    requests = re.findall(r"```http\n(GET|POST) (\S+)\n(?:\n(\{.*?\})\n)?```", PAGE)
    assert len(requests) == PAGE.count("```http") > 10
    for method, address, body in requests:
        response = client.call(method, address.removeprefix(API), json=json.loads(body) if body else None)
        assert response.status_code == 200, (address, response.text)


def test_the_page_has_every_scope_every_kind_of_problem_and_the_form_of_a_token() -> None:
    scopes = set(re.findall(r"^\| `(\w+)` \| (?:every|ack|app|the state)", PAGE, re.MULTILINE))
    assert scopes == {str(scope) for scope in TokenScope}
    source = (ROOT / "dashboard" / "api" / "problems.py").read_text(encoding="utf-8")
    kinds = set(re.findall(r"ProblemDetails\(\s*\d+, \"([a-z-]+)\"", source))
    assert kinds == set(
        re.findall(r"`([a-z-]+)`", "".join(re.findall(r"^\| \d{3}.*? \| (.*?) \|", PAGE, re.MULTILINE)))
    )
    assert f"`{PREFIX}`" in PAGE


def test_every_operation_is_described_once_with_its_scope_and_its_sentence() -> None:
    described = openapi.description()
    found = {each["operationId"]: each for path in described["paths"].values() for each in path.values()}
    assert set(found) == {operation.name for operation in registry.operations()}
    for operation in registry.operations():
        made = found[operation.name]
        assert made["summary"].endswith(".")
        assert made["security"][0]["bearer"] == [str(operation.scope)]
    assert "$defs" not in json.dumps(described)
