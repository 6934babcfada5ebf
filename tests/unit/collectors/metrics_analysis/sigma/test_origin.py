"""Only Google writes audit logs: an entry in another log is not an audit entry, whatever its payload."""

from __future__ import annotations

from typing import Any

import pytest

from collectors.metrics_analysis.sigma import artifact
from collectors.metrics_analysis.sigma.engine import Engine
from collectors.metrics_analysis.sigma.origin import is_audit, is_own_log
from demo import entries
from shared.config import ROOT
from tests.support.findings import NOON

ACTIVITY = "cloudaudit.googleapis.com%2Factivity"


def entry(log_name: str | None, **labels: Any) -> dict[str, Any]:
    made: dict[str, Any] = {"protoPayload": {}, "resource": {"type": "x", "labels": labels}}
    return made if log_name is None else {**made, "logName": log_name}


@pytest.mark.parametrize("log", ["activity", "data_access", "system_event", "policy"])
@pytest.mark.parametrize("owner", ["projects/p", "folders/12", "organizations/34", "billingAccounts/A-1"])
def test_the_audit_logs_of_every_level_are_exported(log: str, owner: str) -> None:
    assert is_audit(entry(f"{owner}/logs/cloudaudit.googleapis.com%2F{log}"))


@pytest.mark.parametrize(
    "name",
    [
        None,
        "",
        "projects/p/logs/audit",
        "projects/p/logs/my-cloudaudit.googleapis.com%2Factivity",
        "projects/p/logs/cloudaudit.googleapis.com%2Factivity2",
        "projects/p/logs/x%2Flogs%2Fcloudaudit.googleapis.com%2Factivity",
        "projects/p/logs/cloudaudit.googleapis.com%2Factivity\n",
        "projects/p/q/logs/cloudaudit.googleapis.com%2Factivity",
        "projects/p/logs/cloudaudit.googleapis.com%2Faccess_transparency",
    ],
)
def test_any_other_log_is_none(name: str | None) -> None:
    assert not is_audit(entry(name))


@pytest.mark.parametrize(
    ("owner", "labels", "own"),
    [
        ("projects/p", {"project_id": "p"}, True),
        ("projects/p", {"project_id": "other"}, False),
        ("projects/p", {"project_id": "123456789"}, True),
        ("projects/p", {}, True),
        ("folders/12", {"folder_id": "12"}, True),
        ("folders/12", {"folder_id": "13"}, False),
        ("organizations/34", {"organization_id": "35"}, False),
        ("organizations/34", {"project_id": "p"}, False),
        ("folders/12", {"project_id": "p"}, False),
        ("billingAccounts/A-1", {"project_id": "p"}, False),
        ("projects/p", {"organization_id": "34"}, False),
        ("projects/p", {"project_id": "p", "folder_id": "12"}, True),
        ("projects/123456789", {"project_id": "p"}, False),
        ("projects/987654321", {"project_id": "123456789"}, False),
        ("projects/p", {"project_id": 7}, False),
        ("projects/p", {"project_id": ""}, True),
        ("projects/p", {"resource_container": "projects/p"}, True),
        ("projects/p", {"resource_container": "projects/123456789"}, True),
        ("projects/p", {"resource_container": "other"}, False),
        ("organizations/34", {"resource_container": "projects/p"}, False),
        ("organizations/34-x", {"organization_id": "34"}, False),
        ("folders/x", {"folder_id": "12"}, False),
    ],
)
def test_the_log_is_that_of_the_resource_where_both_say_whose_they_are(
    owner: str, labels: dict[str, Any], *, own: bool
) -> None:
    assert is_audit(entry(f"{owner}/logs/{ACTIVITY}", **labels)) is own
    assert is_own_log(entry(f"{owner}/logs/airflow-worker", **labels)) is own


@pytest.mark.parametrize(
    ("resource", "own"),
    [
        ("projects/p/topics/t", True),
        ("//cloudresourcemanager.googleapis.com/projects/p", True),
        ("projects/123456789/topics/t", True),
        ("projects/other/topics/t", False),
        ("//pubsub.googleapis.com/projects/other/topics/t", False),
        ("projects/_/buckets/b", True),
        ("projects/-/serviceAccounts/1", True),
        ("namespaces/p/services/s", True),
        ("namespaces/other/services/s", False),
        ("b", True),
        (7, True),
    ],
)
def test_without_labels_the_name_of_the_resource_says_whose_it_is(resource: Any, *, own: bool) -> None:
    made = {**entry(f"projects/p/logs/{ACTIVITY}"), "protoPayload": {"resourceName": resource}}
    assert is_audit(made) is own


def test_a_forged_grant_in_another_log_is_neither_a_finding_nor_a_recovery() -> None:
    engine = Engine(artifact.load(ROOT / "rules"))
    for action in ("ADD", "REMOVE"):
        delta = {"action": action, "role": "roles/storage.objectViewer", "member": "allUsers"}
        real = entries.bucket_policy(NOON, "example-exports", [delta], "mallory@example.com")
        assert engine.evaluate(real)
        forged = {**real, "logName": "projects/example-project/logs/mine"}
        elsewhere = {**real, "logName": f"projects/mallory-project/logs/{ACTIVITY}"}
        assert not engine.evaluate(forged)
        assert not engine.evaluate(elsewhere)
