"""A secret in any text of a message reaches the Error DB only in the body of a rejected message."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from demo import entries
from main import Application
from shared import config
from tests.support.findings import NOON
from tests.support.function_process import push_body
from tests.support.reporters import rules_with

OWN = "hinomi@example-project.iam.gserviceaccount.com"
SECRET = "password=hunter22"


@pytest.fixture
def application(sqlite_url: str, tmp_path: Path) -> Iterator[Application]:
    environment = {
        "HINOMI_ERROR_DB_URL": sqlite_url,
        "HINOMI_RULES_DIR": str(rules_with(tmp_path, "probe")),
        "HINOMI_SERVICE_ACCOUNTS": OWN,
    }
    found = Application(config.load(environment))
    yield found
    found.store().engine.dispose()


def spoiled(value: Any) -> Any:
    """Appends a secret to each string of the value, and to each key of its objects."""
    if isinstance(value, dict):
        return {f"{key} {SECRET}": spoiled(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [spoiled(inner) for inner in value]
    return f"{value} {SECRET}" if isinstance(value, str) else value


def with_secrets(data: dict[str, Any], *names: str) -> dict[str, Any]:
    """Adds secrets to the fields of these names; in labels only to the values, because rules read the names."""
    return {
        name: {key: spoiled(inner) for key, inner in value.items()}
        if name in names and isinstance(value, dict)
        else spoiled(value)
        if name in names
        else value
        for name, value in data.items()
    }


def failed_task() -> dict[str, Any]:
    entry = with_secrets(
        entries.airflow_task(NOON, "load", "merge", "r1", "FAILED", attempt=2), "labels", "textPayload", "insertId"
    )
    resource = entry["resource"]
    labels = with_secrets(resource["labels"], "environment_name", "location")
    return {**entry, "resource": {**resource, "labels": labels}}


def public_bucket(principal: str) -> dict[str, Any]:
    condition = spoiled({"title": "t", "expression": "e"})
    delta: Any = {"action": "ADD", "role": f"roles/{SECRET}", "member": "allUsers", "condition": condition}
    entry = entries.bucket_policy(NOON, f"exports-{SECRET}", [delta], principal)
    return {**entry, "protoPayload": with_secrets(entry["protoPayload"], "requestMetadata")}


REPORT = {
    "report": "probe",
    "state": "failed",
    **spoiled({"x": 1}),
    **{name: f"{name} {SECRET}" for name in ("job", "summary", "principal", "project", "id")},
    "url": f"https://console.cloud.google.com/x?{SECRET}",
    "labels": spoiled({"run_id": "r", "runbook": "https://wiki.example.com"}),
}
INCIDENT = {
    "incident_id": f"1 {SECRET}",
    "state": "open",
    "started_at": NOON.timestamp(),
    "url": f"https://console.cloud.google.com/x?{SECRET}",
    "resource": {"type": f"t {SECRET}", "labels": spoiled({"a": "b"})},
    "metric": {"type": f"m {SECRET}", "labels": spoiled({"c": "d"})},
    "documentation": spoiled({"content": "c"}) | {"content": SECRET},
    "policy_user_labels": spoiled({"x": "y"}),
    **dict.fromkeys(("policy_name", "condition_name", "summary", "observed_value"), f"x {SECRET}"),
}
MESSAGES = {
    "a log entry": failed_task(),
    "an audit entry": public_bucket(f"carol-{SECRET}@example.com"),
    "a change by our account": public_bucket(OWN),
    "a report": REPORT,
    "a notification": {"version": "1.2", "incident": INCIDENT},
    "a rejected report": {**REPORT, "report": f"nobody {SECRET}"},
}


@pytest.mark.parametrize("data", MESSAGES.values(), ids=MESSAGES)
def test_a_secret_in_a_message_is_not_stored(application: Application, sqlite_url: str, data: dict[str, Any]) -> None:
    result = application.pipeline.handle(push_body(data, f"1 {SECRET}"), NOON)
    assert "opened" in result or "rejected" in result
    with closing(sqlite3.connect(sqlite_url.partition("///")[2])) as database:
        dump = [line for line in database.iterdump() if "hunter22" in line]
    assert dump == []
