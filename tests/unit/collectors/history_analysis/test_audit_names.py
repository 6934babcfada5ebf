"""What audit entries call a resource becomes the name that bindings have."""

from __future__ import annotations

import pytest

from collectors.history_analysis.iam.audit_config import services_of
from collectors.history_analysis.iam.audit_names import full_name, network

P = "example-project"
PROJECT = f"//cloudresourcemanager.googleapis.com/projects/{P}"


@pytest.mark.parametrize(
    ("service", "name", "full"),
    [
        ("storage", "projects/_/buckets/b/objects/a/b.csv", "//storage.googleapis.com/b"),
        (
            "bigquery",
            f"projects/{P}/datasets/d/tables/t",
            f"//bigquery.googleapis.com/projects/{P}/datasets/d/tables/t",
        ),
        ("bigquery", f"projects/{P}/jobs/job_1", PROJECT),
        ("bigquerystorage", f"projects/{P}/datasets/d", f"//bigquery.googleapis.com/projects/{P}/datasets/d"),
        ("cloudresourcemanager", f"projects/{P}", PROJECT),
        ("cloudresourcemanager", "folders/7", "//cloudresourcemanager.googleapis.com/folders/7"),
        ("pubsub", f"projects/{P}/topics/t", f"//pubsub.googleapis.com/projects/{P}/topics/t"),
        ("iam", "", PROJECT),
    ],
)
def test_a_resource_has_its_full_name(service: str, name: str, full: str) -> None:
    assert full_name(f"{service}.googleapis.com", name, P, {}) == full


def test_a_service_account_is_named_by_its_address() -> None:
    labels = {"email_id": f"etl@{P}.iam.gserviceaccount.com", "project_id": P}
    found = full_name("iam.googleapis.com", "projects/-/serviceAccounts/1234", P, labels)
    assert found == f"//iam.googleapis.com/projects/{P}/serviceAccounts/etl@{P}.iam.gserviceaccount.com"


@pytest.mark.parametrize(
    ("address", "found"),
    [("203.0.113.7", "203.0.113.0/24"), ("2001:db8:1:2::3", "2001:db8:1::/48"), ("private", ""), ("", "")],
)
def test_a_caller_is_kept_by_network(address: str, found: str) -> None:
    assert network(address) == found


def test_a_service_counts_when_everything_of_everybody_is_logged() -> None:
    kinds = [{"logType": kind} for kind in ("ADMIN_READ", "DATA_READ", "DATA_WRITE")]
    exempt = [*kinds[:2], {"logType": "DATA_WRITE", "exemptedMembers": ["user:alice@example.com"]}]
    configs = [
        {"service": "allServices", "auditLogConfigs": kinds},
        {"service": "storage.googleapis.com", "auditLogConfigs": kinds[:1]},
        {"service": "pubsub.googleapis.com", "auditLogConfigs": exempt},
    ]
    assert services_of({"auditConfigs": configs}) == {"*"}
