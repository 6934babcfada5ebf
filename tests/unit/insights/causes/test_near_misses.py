"""For each kind of change: one that causes a failure, and a similar one that must not be named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from db.schema_db.store import SchemaStore
from insights.causes.model import ChangeKind
from insights.causes.sentences import line
from shared.history import UserActionRow
from shared.model import ErrorClass, IncidentKind
from tests.support.causes import BIGQUERY, HOUR, NAME, SOURCE, before, deployment, incident, own, revoked, task
from tests.support.runs import DAY, MINUTE, NOW, PROJECT, keep, run

pytestmark = pytest.mark.sqlite

CLUSTER = f"//container.googleapis.com/projects/{PROJECT}/locations/europe-west1/clusters"
KEY = f"projects/{PROJECT}/locations/eu/keyRings/data/cryptoKeys"
BUCKET = "//storage.googleapis.com/europe-west1-etl-0a1b2c3d-bucket"
QUOTA = "//cloudquotas.googleapis.com/projects/123456789012/locations/global/quotaPreferences"
SERVICE = f"//run.googleapis.com/projects/{PROJECT}/locations"
NOT_FOUND = f"Not found: Table {SOURCE}"


def _call(service: str, method: str, resource: str, **changed: Any) -> UserActionRow:
    return replace(deployment(20, resource, service=service, **changed), method=method)


def _pod(**changed: Any) -> Any:
    """The incident of a pod that restarts repeatedly."""
    labels = {"cluster": "prod", "namespace": "orders", "pod": "api-7c9f8d6b5-x2v4k"}
    return incident(
        rule="gke/pod_failing", service="gke", resource="orders/api", labels=labels, principal="", **changed
    )


def _service(**changed: Any) -> Any:
    labels = {"service": "orders-api", "location": "europe-west1"}
    return incident(
        rule="functions/run_traceback", service="functions", resource="orders-api", labels=labels, **changed
    )


def _patched(where: str, **changed: Any) -> UserActionRow:
    return _call("k8s.io", "io.k8s.apps.v1.deployments.patch", f"{CLUSTER}/{where}", **changed)


def _key(name: str) -> UserActionRow:
    return _call(
        "cloudkms.googleapis.com",
        "UpdateCryptoKeyVersion",
        f"//cloudkms.googleapis.com/{KEY}/{name}/cryptoKeyVersions/1",
    )


def _quota(name: str) -> UserActionRow:
    return _call("cloudquotas.googleapis.com", "CloudQuotas.UpdateQuotaPreference", f"{QUOTA}/{name}")


def _quota_of(service: str) -> UserActionRow:
    """A changed quota preference, whose request names the quota."""
    place = QUOTA.rpartition("/")[0]
    resource = f"{place}/services/{service}.googleapis.com/quotaInfos/QueryUsagePerDay"
    return _call("cloudquotas.googleapis.com", "CloudQuotas.UpdateQuotaPreference", resource)


def _heavy(name: str = "bob SELECT", **changed: Any) -> Any:
    return run(name, **{"ago": HOUR, "seconds": 3_000, "slot_ms": 10**9, "principal": "bob@example.com", **changed})


DENIED = incident(error=ErrorClass.PERMISSION, reason=f"Cloud KMS key {KEY}/bq-key is disabled")
NO_QUOTA = incident(error=ErrorClass.QUOTA, reason="Quota exceeded: bytes scanned per day")
BROKEN = task(error=ErrorClass.SYNTAX, reason="ModuleNotFoundError")
SLOW = incident(error=ErrorClass.TIMEOUT)
DEPLOYMENT = "deployment: Deployment api was updated by ci@example.com (20 min before; same name: api)"


@pytest.mark.parametrize(
    ("about", "rows", "message"),
    [
        (_pod(), [_patched("prod/namespaces/orders/deployments/api")], DEPLOYMENT),
        (_pod(), [_patched("prod/namespaces/orders/deployments/web")], ""),
        (_pod(), [_patched("prod/namespaces/shop/deployments/api")], ""),
        (_pod(), [_patched("dev/namespaces/orders/deployments/api")], ""),
        (_pod(), [_patched("prod/namespaces/orders/deployments/api", principal="system:serviceaccount:kube-system:deployment-controller")], ""),
        (_service(), [_call("run.googleapis.com", "Services.UpdateService", f"{SERVICE}/europe-west1/services/orders-api")], "Cloud Run service orders-api was updated"),
        (_service(), [_call("run.googleapis.com", "Services.UpdateService", f"{SERVICE}/us-central1/services/orders-api")], ""),
        (DENIED, [own(DAY), _key("bq-key")], "the error names bq-key"),
        (DENIED, [own(DAY), _key("gcs-key")], ""),
        (NO_QUOTA, [own(DAY), _quota("bigquery_googleapis_com-QueryUsagePerDay")], "quota bigquery_googleapis_com-QueryUsagePerDay was updated"),
        (NO_QUOTA, [own(DAY), _quota("compute_googleapis_com-CPUS-per-project")], ""),
        (NO_QUOTA, [own(DAY), _quota_of("bigquery")], "quota QueryUsagePerDay was updated by"),
        (NO_QUOTA, [own(DAY), _quota_of("compute")], ""),
        (BROKEN, [_call("storage.googleapis.com", "storage.objects.create", f"{BUCKET}/dags")], "folder dags of bucket europe-west1-etl-0a1b2c3d-bucket was updated"),
        (BROKEN, [_call("storage.googleapis.com", "storage.objects.create", BUCKET)], ""),
        (SLOW, [own(DAY, slot_ms=10**5), _heavy()], "bob SELECT used 100 % of the slot time"),
        (SLOW, [own(DAY, slot_ms=10**5), _heavy(), *(_heavy(ago=HOUR + DAY * day) for day in range(1, 7))], ""),
    ],
)  # fmt: skip
def test_only_a_change_that_shares_something_is_the_cause(
    sqlite_schema_store: SchemaStore, about: Any, rows: Sequence[Any], message: str
) -> None:
    keep(sqlite_schema_store, rows)
    found = [line(cause).en for cause in before(sqlite_schema_store, about)]
    assert len(found) == bool(message)
    assert all(message in each for each in found)


@pytest.mark.parametrize(("error", "count"), [(ErrorClass.NOT_FOUND, 0), (ErrorClass.SYNTAX, 1)])
def test_other_readers_of_a_table_exclude_its_change_unless_columns_explain_the_error(
    sqlite_schema_store: SchemaStore, error: ErrorClass, count: int
) -> None:
    change = _call("bigquery.googleapis.com", "TableService.PatchTable", f"{BIGQUERY}/staging/tables/orders")
    keep(sqlite_schema_store, [own(DAY), change, run("other", ago=10 * MINUTE, sources=[SOURCE], destination="p.d.x")])
    assert len(before(sqlite_schema_store, incident(error=error, reason=NOT_FOUND))) == count


@pytest.mark.parametrize(
    "reason",
    [
        "Permission 'storage.objects.get' denied on resource (or it may not exist).",
        "airflow.exceptions.AirflowException: 403 access denied",
    ],
)
def test_a_permission_or_a_module_in_an_error_is_not_a_table(sqlite_schema_store: SchemaStore, reason: str) -> None:
    keep(sqlite_schema_store, [own(DAY, sources=[], destination=""), revoked(20, "//storage.googleapis.com/features")])
    about = incident(error=ErrorClass.PERMISSION, reason=reason, labels={"transfer_config": "daily"})
    assert len(before(sqlite_schema_store, about)) == 1


def test_the_slots_that_a_slow_upstream_job_uses_are_the_same_cause(sqlite_schema_store: SchemaStore) -> None:
    usual = [run("load", ago=HOUR + DAY * day, destination=SOURCE, slot_ms=10**6) for day in range(1, 8)]
    slow = run("load", ago=HOUR, seconds=3_500, destination=SOURCE, slot_ms=10**9)
    keep(sqlite_schema_store, [own(DAY, slot_ms=10**5), *usual, slow])
    about = incident(error=ErrorClass.TIMEOUT, kind=IncidentKind.JOB_FAILURE, opened_at=NOW, last_seen_at=NOW)
    assert [cause.kind for cause in before(sqlite_schema_store, about)] == [ChangeKind.SLOW_JOB]
    assert NAME not in {cause.what.values["job_name"] for cause in before(sqlite_schema_store, about)}
