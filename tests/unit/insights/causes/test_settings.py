"""Changed settings before a failure of the resource to which they belong: a test case per kind of call."""

from __future__ import annotations

from typing import Any

import pytest

from db.schema_db.store import SchemaStore
from insights.causes.model import ChangeKind
from shared.history import MetricPoint, SeriesKey
from shared.kafka.observation import CHANGED_SETTINGS
from shared.model import ErrorClass
from tests.support.causes import (
    BIGQUERY,
    ENVIRONMENT,
    SOURCE,
    TABLE,
    before,
    deployment,
    incident,
    own,
    report,
    task,
    what,
)
from tests.support.runs import DAY, MINUTE, NOW, PROJECT, keep

PLACE = f"projects/{PROJECT}/locations/europe-west1"
RESERVATION = (
    "//bigqueryreservation.googleapis.com/projects/admin-project/locations/EU/reservations/prod/assignments/71"
)

pytestmark = pytest.mark.sqlite


def _run_job(**changed: Any) -> Any:
    """The incident of a failed execution of a Cloud Run job."""
    labels = {"job": "export", "execution": "export-x1y2z", "location": "europe-west1"}
    return incident(rule="functions/run_job_failed", service="functions", resource="export", labels=labels, **changed)


def _late(job: str) -> Any:
    """The incident of a scheduled job that did not start."""
    return incident(rule="jobs/missing", service="scheduler", resource=job, labels={"job": job}, principal="")


@pytest.mark.parametrize(
    ("about", "service", "method", "resource", "message"),
    [
        (_run_job(), "run", "google.cloud.run.v2.Jobs.UpdateJob", f"{PLACE}/jobs/export", "export was updated"),
        (_run_job(), "run", "google.cloud.run.v1.Jobs.ReplaceJob", f"{PLACE}/jobs/export", "export was replaced"),
        (
            _late("nightly"),
            "cloudscheduler",
            "CloudScheduler.UpdateJob",
            f"{PLACE}/jobs/nightly",
            "nightly was updated",
        ),
        (_late("nightly"), "cloudscheduler", "CloudScheduler.PauseJob", f"{PLACE}/jobs/nightly", "nightly was paused"),
        (
            task(error=ErrorClass.UNKNOWN),
            "composer",
            "Environments.ExecuteAirflowCommand",
            ENVIRONMENT,
            "etl was changed by an Airflow command",
        ),
        (task(error=ErrorClass.UNKNOWN), "composer", "Environments.UpdateEnvironment", ENVIRONMENT, "etl was updated"),
    ],
)
def test_a_setting_that_was_changed_before_the_failure_is_the_cause(
    schema_store: SchemaStore, about: Any, service: str, method: str, resource: str, message: str
) -> None:
    full = resource if resource.startswith("//") else f"//{service}.googleapis.com/{resource}"
    keep(schema_store, [deployment(20, full, service=f"{service}.googleapis.com", method=method)])
    (found,) = before(schema_store, about)
    assert (found.kind, found.who, what(found).rpartition("job ")[2].removeprefix("Composer environment ")) == (
        ChangeKind.DEPLOYMENT, "ci@example.com", message,
    )  # fmt: skip


@pytest.mark.parametrize("account", ["system", "bigquery-adminbot@system.gserviceaccount.com"])
def test_a_table_that_expired_is_the_cause_of_a_job_that_does_not_find_it(
    schema_store: SchemaStore, account: str
) -> None:
    expired = {"service": "bigquery.googleapis.com", "method": "InternalTableExpired", "principal": account}
    about = incident(error=ErrorClass.NOT_FOUND)
    keep(schema_store, [own(DAY, sources=[SOURCE]), deployment(40, f"{BIGQUERY}/staging/tables/orders", **expired)])
    (found,) = before(schema_store, about)
    assert (found.kind, found.who) == (ChangeKind.SCHEMA, "")
    assert what(found) == f"table {SOURCE} was removed at its expiration time"
    assert found.what.text.ja == f"テーブル {SOURCE} が有効期限により削除"


def test_a_table_that_expired_and_that_the_job_does_not_use_is_no_cause(schema_store: SchemaStore) -> None:
    expired = {"service": "bigquery.googleapis.com", "method": "InternalTableExpired", "principal": "system"}
    keep(schema_store, [own(DAY, sources=[SOURCE]), deployment(40, f"{BIGQUERY}/staging/tables/clicks", **expired)])
    assert not report(schema_store, incident(error=ErrorClass.NOT_FOUND)).causes


def test_a_single_run_of_a_job_and_a_setting_of_another_job_are_no_cause(schema_store: SchemaStore) -> None:
    keep(schema_store, [
        deployment(20, f"//run.googleapis.com/{PLACE}/jobs/export", service="run.googleapis.com", method="Jobs.RunJob"),
        deployment(20, f"//run.googleapis.com/{PLACE}/jobs/import", service="run.googleapis.com", method="Jobs.UpdateJob"),
    ])  # fmt: skip
    assert not report(schema_store, _run_job()).causes


@pytest.mark.parametrize("method", ["DeleteAssignment", "MoveAssignment", "UpdateReservation"])
@pytest.mark.parametrize(("used", "count"), [("admin-project:EU.prod", 1), ("admin-project:EU.batch", 0)])
def test_an_assignment_to_the_reservation_of_the_job_is_a_cause(
    schema_store: SchemaStore, method: str, used: str, count: int
) -> None:
    resource = RESERVATION if method != "UpdateReservation" else RESERVATION.partition("/assignments")[0]
    change = deployment(
        30, resource, service="bigqueryreservation.googleapis.com", method=f"ReservationService.{method}"
    )
    keep(schema_store, [own(DAY, reservation_id=used), change])
    about = incident(error=ErrorClass.QUOTA, reason="Resources exceeded during query execution")
    assert len(before(schema_store, about)) == count


@pytest.mark.parametrize("method", ["google.cloud.bigquery.v2.TableService.PatchTable", "tableservice.update"])
def test_a_changed_table_setting_is_the_cause_of_a_failed_job_that_reads_it(
    schema_store: SchemaStore, method: str
) -> None:
    name = TABLE.split(".")
    resource = f"//bigquery.googleapis.com/projects/{name[0]}/datasets/{name[1]}/tables/{name[2]}"
    about = incident(error=ErrorClass.NOT_FOUND, reason=f"Not found: Table {name[0]}:{name[1]}.{name[2]}")
    keep(schema_store, [deployment(20, resource, service="bigquery.googleapis.com", method=method)])
    (found,) = before(schema_store, about)
    assert found.kind is ChangeKind.SCHEMA
    assert NOW - found.time == 20 * MINUTE


def _connector(**changed: Any) -> Any:
    """The incident of a connector whose task failed."""
    return incident(
        rule="kafka/connector_failed", service="kafka", resource="orders", labels={"connector": "orders"}, **changed
    )


def _changed(name: str, minutes: int, count: int = 2) -> MetricPoint:
    labels = {"connect_cluster": "cdc", "connector": name}
    key = SeriesKey("kafka", CHANGED_SETTINGS, "ALIGN_MEAN", "1", "cdc", f"cdc/{name}", "kafka", labels)
    return MetricPoint(key, NOW - minutes * MINUTE, float(count))


def test_the_changed_configuration_of_a_connector_is_the_cause_of_its_failure(sqlite_schema_store: SchemaStore) -> None:
    keep(sqlite_schema_store, [_changed("orders", 20), _changed("customers", 5)])
    (cause,) = before(sqlite_schema_store, _connector(error=ErrorClass.UNKNOWN))
    assert (cause.kind, what(cause), cause.who) == (
        ChangeKind.DEPLOYMENT, "the configuration of connector orders was changed", "",
    )  # fmt: skip
    assert "2 settings" in [one.text.en for one in cause.evidence]


def test_a_change_of_a_connector_after_its_failure_is_excluded(sqlite_schema_store: SchemaStore) -> None:
    keep(sqlite_schema_store, [_changed("orders", -20)])
    assert before(sqlite_schema_store, _connector()) == []
