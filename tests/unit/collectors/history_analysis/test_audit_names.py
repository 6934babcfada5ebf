"""Resource names in audit entries are converted to those of bindings."""

from __future__ import annotations

import pytest

from collectors.history_analysis.iam.audit_config import logged_by
from collectors.history_analysis.iam.audit_names import full_name, network

P = "example-project"
PROJECT = f"//cloudresourcemanager.googleapis.com/projects/{P}"


@pytest.mark.parametrize(
    ("service", "name", "full"),
    [
        ("storage", "projects/_/buckets/b/objects/a/b.csv", "//storage.googleapis.com/b"),
        (
            "storage",
            "projects/_/buckets/us-east1-etl-0a1b2c3d-bucket/objects/dags/load.py",
            "//storage.googleapis.com/us-east1-etl-0a1b2c3d-bucket/dags",
        ),
        (
            "storage",
            "projects/_/buckets/us-east1-etl-0a1b2c3d-bucket/objects/logs/1.log",
            "//storage.googleapis.com/us-east1-etl-0a1b2c3d-bucket",
        ),
        ("storage", "projects/_/buckets/b/objects/dags/load.py", "//storage.googleapis.com/b"),
        (
            "bigquery",
            f"projects/{P}/datasets/d/tables/t",
            f"//bigquery.googleapis.com/projects/{P}/datasets/d/tables/t",
        ),
        ("bigquery", f"projects/{P}/jobs/job_1", PROJECT),
        ("dataflow", f"projects/{P}/locations/l/jobs/1", f"//dataflow.googleapis.com/projects/{P}/locations/l"),
        *(
            (service, f"projects/{P}/locations/l/{name}", f"//{service}.googleapis.com/projects/{P}/locations/l/{kept}")
            for service, name, kept in (
                ("run", "jobs/etl", "jobs/etl"),
                ("run", "jobs/etl/executions/etl-x1", "jobs/etl"),
                ("datastream", "streams/orders", "streams/orders"),
                ("datastream", "streams/orders/objects/o", "streams/orders"),
                ("aiplatform", "pipelineJobs/train-1", "pipelineJobs/train-1"),
                ("cloudscheduler", "jobs/nightly", "jobs/nightly"),
            )
        ),
        ("bigquerystorage", f"projects/{P}/datasets/d", f"//bigquery.googleapis.com/projects/{P}/datasets/d"),
        ("cloudresourcemanager", f"projects/{P}", PROJECT),
        ("cloudresourcemanager", "folders/7", "//cloudresourcemanager.googleapis.com/folders/7"),
        ("pubsub", f"projects/{P}/topics/t", f"//pubsub.googleapis.com/projects/{P}/topics/t"),
        ("iam", "", PROJECT),
    ],
)
def test_a_resource_has_its_full_name(service: str, name: str, full: str) -> None:
    assert full_name(f"{service}.googleapis.com", name, f"projects/{P}", {}) == full


def test_a_job_of_cloud_run_has_one_name_in_both_versions_of_the_api() -> None:
    found = full_name("run.googleapis.com", f"namespaces/{P}/jobs/etl", f"projects/{P}", {"location": "l"})
    assert found == f"//run.googleapis.com/projects/{P}/locations/l/jobs/etl"


def test_an_object_of_kubernetes_is_in_its_cluster() -> None:
    labels = {"cluster_name": "prod", "location": "l"}
    found = full_name("k8s.io", "apps/v1/namespaces/orders/deployments/api/scale", f"projects/{P}", labels)
    cluster = f"//container.googleapis.com/projects/{P}/locations/l/clusters/prod"
    assert found == f"{cluster}/namespaces/orders/deployments/api"


def test_what_names_nothing_in_the_log_of_a_folder_is_the_folder() -> None:
    assert full_name("iam.googleapis.com", "", "folders/7", {}) == "//cloudresourcemanager.googleapis.com/folders/7"


@pytest.mark.parametrize("service", ["iam", "iamcredentials"])
def test_a_service_account_is_named_by_its_address(service: str) -> None:
    labels = {"email_id": f"etl@{P}.iam.gserviceaccount.com", "project_id": P}
    found = full_name(f"{service}.googleapis.com", "projects/-/serviceAccounts/1234", f"projects/{P}", labels)
    assert found == f"//iam.googleapis.com/projects/{P}/serviceAccounts/etl@{P}.iam.gserviceaccount.com"


@pytest.mark.parametrize(
    ("address", "found"),
    [("203.0.113.7", "203.0.113.0/24"), ("2001:db8:1:2::3", "2001:db8:1::/48"), ("private", ""), ("", "")],
)
def test_a_caller_is_stored_by_network(address: str, found: str) -> None:
    assert network(address) == found


def test_a_configuration_is_read_by_service_and_kind_with_who_is_exempted() -> None:
    exempt = {"logType": "DATA_WRITE", "exemptedMembers": ["user:Alice@example.com", "user:alice@example.com"]}
    configs = [
        {"service": "allServices", "auditLogConfigs": [{"logType": "ADMIN_READ"}]},
        {"service": "storage.googleapis.com", "auditLogConfigs": [{"logType": "DATA_READ"}, exempt]},
        {"service": "pubsub.googleapis.com", "auditLogConfigs": [{"logType": "LOG_TYPE_UNSPECIFIED"}]},
    ]
    assert logged_by({"auditConfigs": configs}) == {
        ("allServices", "ADMIN_READ"): [],
        ("storage.googleapis.com", "DATA_READ"): [],
        ("storage.googleapis.com", "DATA_WRITE"): ["user:alice@example.com"],
    }
    assert logged_by({}) == {}
