"""Calls of Hinomi's accounts in the Data Access logs count as Hinomi's own if its parts declare them."""

from __future__ import annotations

from typing import Any

import pytest

from collectors.history_analysis.bigquery import copy as history_copy
from collectors.history_analysis.bigquery import query
from collectors.history_analysis.registry import discover as collectors
from collectors.metrics_analysis.declared_calls import INFRASTRUCTURE, LABELS, METHODS, is_declared, methods
from deploy.site import read_plan
from handlers import registry
from tests.support.metrics import kept_metrics

DECLARED = frozenset(
    {
        "bigquery.datasets.get",
        "bigquery.jobs.create",
        "bigquery.tables.list",
        "compute.globalOperations.list",
        "monitoring.timeSeries.list",
        "resourcemanager.projects.getIamPolicy",
        "storage.buckets.getIamPolicy",
    }
)
COPY = "my-project.hinomi_history"
IN_COPY = "projects/my-project/datasets/hinomi_history/tables/points"
ELSEWHERE = "projects/my-project/datasets/sales/tables/orders"
VIEW = "projects/my-project/datasets/INFORMATION_SCHEMA/tables/JOBS_BY_PROJECT"
INSERT = "google.cloud.bigquery.v2.JobService.InsertJob"


def call(method: str, *permissions: str, service: str = "storage", **payload: Any) -> dict[str, Any]:
    checks = [{"permission": name, "granted": True} for name in permissions]
    made = {"serviceName": f"{service}.googleapis.com", "methodName": method, "authorizationInfo": checks, **payload}
    return {"protoPayload": made}


def job(config: dict[str, Any], labels: dict[str, str] = LABELS, sources: Any = (VIEW,)) -> dict[str, Any]:
    made = {"jobConfig": {"labels": labels, **config}, "jobStats": {"queryStats": {"referencedTables": list(sources)}}}
    metadata = {"jobChange": {"job": made}}
    return call(INSERT, "bigquery.jobs.create", service="bigquery", metadata=metadata)


def old_job(config: dict[str, Any], labels: dict[str, str] = LABELS) -> dict[str, Any]:
    """A job entry in the older audit log format."""
    made = {"jobConfiguration": {"labels": labels, **config}, "jobStatistics": {}}
    data = {"jobCompletedEvent": {"job": made}}
    return call("jobservice.jobcompleted", "bigquery.jobs.create", service="bigquery", serviceData=data)


def table(dataset: str) -> dict[str, str]:
    return {"projectId": "my-project", "datasetId": dataset, "tableId": "t"}


OWN = {
    "a declared read with a known method": call("google.monitoring.v3.MetricService.ListTimeSeries"),
    "a declared permission": call("v1.compute.globalOperations.aggregatedList", "compute.globalOperations.list"),
    "a read of the same kind": call("v1.compute.globalOperations.get", "compute.globalOperations.get"),
    "two declared permissions": call("x.Get", "bigquery.datasets.get", "bigquery.tables.get", service="bigquery"),
    "the connection to the database": call("cloudsql.instances.connect", "cloudsql.instances.connect"),
    "a mounted secret": call("x.AccessSecretVersion", "secretmanager.versions.access"),
    "a read without permissions": call("jobservice.getqueryresults", service="bigquery"),
    "a check of permissions": call("TestIamPermissions", service="cloudresourcemanager"),
    "a lookup of a group": call("google.apps.cloudidentity.groups.v1.LookupGroupName", service="cloudidentity"),
    "a query of metadata": job({"queryConfig": {"statementType": "SELECT"}}),
    "its anonymous result": job({"queryConfig": {"destinationTable": "projects/my-project/datasets/_b4/tables/anon1"}}),
    "its rows": call(
        "x", "bigquery.tables.updateData", service="bigquery", resourceName="projects/p/datasets/_b4/tables/a"
    ),
    "a load job of the copy": job({"loadConfig": {"destinationTable": IN_COPY}}, sources=()),
    "a merge of the copy": job({"queryConfig": {"destinationTable": IN_COPY}}, sources=(IN_COPY,)),
    "a query in the older format": old_job({"query": {"destinationTable": table("_b4")}}),
    "a load job in the older format": old_job({"load": {"destinationTable": table("hinomi_history")}}),
}
OTHER = {
    "an object is deleted": call("storage.objects.delete", "storage.objects.delete"),
    "an object is written": call("storage.objects.create", "storage.objects.create", "storage.objects.delete"),
    "an object is read": call("storage.objects.get", "storage.objects.get"),
    "data of a table are read": call("x.TableDataService.List", "bigquery.tables.getData", service="bigquery"),
    "data of a table are written": call("x", "bigquery.tables.updateData", service="bigquery", resourceName=ELSEWHERE),
    "one of two permissions is declared": call("x.Get", "bigquery.datasets.get", "bigquery.tables.getData"),
    "a permission of an unknown form": call("x.Get", authorizationInfo=["x"]),
    "a token of another account": call("GenerateAccessToken", "iam.serviceAccounts.getAccessToken"),
    "a write without permissions": call("storage.objects.insert"),
    "a read of another service without permissions": call("x.GetSecret", service="secretmanager"),
    "no method": call(""),
    "a job without labels": job({"queryConfig": {}}, labels={}),
    "a job with other labels": job({"queryConfig": {}}, labels={"app": "sales"}),
    "a query of data": job({"queryConfig": {}}, sources=(VIEW, ELSEWHERE)),
    "a query into a table": job({"queryConfig": {"destinationTable": ELSEWHERE}}),
    "a load job elsewhere": job({"loadConfig": {"destinationTable": ELSEWHERE}}),
    "an export": job({"extractConfig": {"sourceTable": IN_COPY}}),
    "a copy job": job({"tableCopyConfig": {"destinationTable": IN_COPY}}),
    "a job of an unknown form": call(INSERT, "bigquery.jobs.create", metadata={"jobInsertion": {"job": "x"}}),
    "a query into a table in the older format": old_job({"query": {"destinationTable": table("sales")}}),
    "an export in the older format": old_job({"extract": {"sourceTable": table("hinomi_history")}}),
}


@pytest.mark.parametrize("entry", OWN.values(), ids=OWN)
def test_declared_calls_are_hinomis_own(entry: dict[str, Any]) -> None:
    assert is_declared(entry, DECLARED, COPY)


@pytest.mark.parametrize("entry", OTHER.values(), ids=OTHER)
def test_any_other_call_is_not(entry: dict[str, Any]) -> None:
    assert not is_declared(entry, DECLARED, COPY)


def test_without_a_copy_no_table_may_be_written() -> None:
    assert not is_declared(job({"loadConfig": {"destinationTable": IN_COPY}}, sources=()), DECLARED, "")


def test_a_method_counts_only_with_its_permission() -> None:
    assert methods(DECLARED) == ["google.monitoring.v3.MetricService.ListTimeSeries", "storage.getIamPermissions"]
    assert not is_declared(call("google.iam.admin.v1.GetRole", service="iam"), DECLARED, COPY)


def test_the_table_of_methods_has_only_permissions_that_a_part_declares() -> None:
    parts = {name for collector in collectors(kept_metrics()) for name in collector.permissions}
    parts |= {name for action in registry.remediations() for name in registry.find(action).PERMISSIONS}
    assert set(METHODS) <= parts


def test_the_infrastructure_has_the_permissions_of_the_role_at_home() -> None:
    assert set(read_plan()["plumbing"]) <= INFRASTRUCTURE


def test_every_job_of_the_history_has_the_labels() -> None:
    assert query.LABELS == history_copy.LABELS == LABELS
