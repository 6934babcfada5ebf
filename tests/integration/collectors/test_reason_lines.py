"""The log line that explains a failure is read from Cloud Logging once, if the entry of the failure lacks it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest
from sqlalchemy import update

from collectors.metrics_analysis.reason_lines import reader
from db.error_db.models import ActionRun, Incident, LogReadingRow, Occurrence
from db.error_db.store import ErrorStore
from demo import entries
from demo.platform.logging.server import LoggingServer
from handlers.spec import HandlerSpec
from shared.model import Mode, Trigger
from tests.support.log_queries import logging_server
from tests.support.world import World, application_on, first_on_both

pytestmark = pytest.mark.sqlite

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
READER = "hinomi-metrics@example-project.iam.gserviceaccount.com"
WHY = "google.api_core.exceptions.Forbidden: 403 Access Denied: Table example-project:raw.orders"
CARD = HandlerSpec("card", "teams", on=(Trigger.OPENED, Trigger.CAUSE_FOUND, Trigger.RESOLVED), mode=Mode.AUTO)
AUDIT = "cloudaudit.googleapis.com%2F"


@pytest.fixture
def logs() -> Iterator[LoggingServer]:
    """A simulated Cloud Logging that evaluates filters."""
    with logging_server() as server:
        yield server


@pytest.fixture
def world(store: ErrorStore, logs: LoggingServer) -> World:
    """The function, which may read that Cloud Logging."""
    environment = {"HINOMI_LOGGING_ENDPOINT": logs.endpoint, "HINOMI_SERVICE_ACCOUNTS": READER}
    return World(application_on(store, **environment, HINOMI_REDACT="*.password,*.customer"), store.engine)


def at(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def entry(minutes: float, log: str, resource: str, where: dict[str, str], **payload: Any) -> entries.Entry:
    severity = payload.pop("severity", "INFO")
    return entries.log_entry(at(minutes), log, severity, resource, where, **payload)


def batch(minutes: float, *, failed: bool = True, number: str = "20261123") -> entries.Entry:
    """The end of a Dataproc batch, whose entry has no reason."""
    call: dict[str, Any] = {
        "serviceName": "dataproc.googleapis.com",
        "methodName": "google.cloud.dataproc.v1.BatchController.CreateBatch",
        "resourceName": f"projects/example-project/locations/europe-west1/batches/orders-{number}",
        "authenticationInfo": {"principalEmail": "pipeline@example-project.iam.gserviceaccount.com"},
    }
    if failed:
        call["status"] = {"code": 10, "message": "Batch failed. See the driver output."}
    where = {"service": "dataproc.googleapis.com", "method": call["methodName"]}
    end = {"id": f"b-{number}", "producer": "dataproc.googleapis.com", "last": True}
    return entry(minutes, f"{AUDIT}activity", "audited_resource", where, protoPayload=call, operation=end)


def driver(minutes: float, text: str, *, number: str = "20261123", **payload: Any) -> entries.Entry:
    """A line of the batch's driver."""
    where = {"batch_id": f"orders-{number}", "location": "europe-west1"}
    payload = payload or {"jsonPayload": {"message": text}}
    return entry(minutes, "dataproc.googleapis.com%2Foutput", "cloud_dataproc_batch", where, **payload)


def run_job(minutes: float, execution: str = "nightly-load-x7k2p") -> entries.Entry:
    status = {"code": 10, "message": f"Execution {execution} has failed to complete, 0/1 tasks were a success."}
    call = {
        "status": status,
        "serviceName": "run.googleapis.com",
        "methodName": "/Jobs.RunJob",
        "resourceName": f"namespaces/example-project/executions/{execution}",
    }
    where = {"job_name": "nightly-load", "location": "europe-west1"}
    return entry(minutes, f"{AUDIT}system_event", "cloud_run_job", where, protoPayload=call, severity="ERROR")


def dag_run(minutes: float) -> entries.Entry:
    text = "Marking run <DagRun load @ 2026-11-23 03:00:00+00:00: scheduled__2026-11-23T03:00:00+00:00, state:running> failed"
    where = {"environment_name": "etl", "location": "europe-west1"}
    return entry(
        minutes, "airflow-scheduler", "cloud_composer_environment", where, textPayload=text.replace("Mark", "mark")
    )


def task_line(minutes: float, task: str, text: str) -> entries.Entry:
    where = {"environment_name": "etl", "location": "europe-west1"}
    labels = {"workflow": "load", "task-id": task, "run-id": "scheduled__2026-11-23T03:00:00+00:00"}
    payload = {"textPayload": text, "severity": "ERROR", "labels": labels}
    return entry(minutes, "airflow-triggerer", "cloud_composer_environment", where, **payload)


def reading(world: World, number: int = 0) -> dict[str, Any]:
    """The record of the reading from Cloud Logging, in the evidence of an occurrence."""
    evidence: dict[str, Any] = world.rows(Occurrence.evidence)[number][0]
    record: dict[str, Any] = evidence.get("log_reading", {})
    return record


def why(world: World) -> tuple[str | None, str | None]:
    """The reason and the error class of the only incident."""
    ((reason, error),) = world.rows(Incident.reason, Incident.error_class)
    return reason, error


@pytest.mark.both_databases
@pytest.mark.permissions
def test_the_reason_of_a_batch_is_read_once_and_recorded_with_who_read_what(world: World, logs: LoggingServer) -> None:
    world.apply(NOW, CARD)
    logs.add(driver(-3, "Traceback (most recent call last):"))
    logs.add(driver(-2, WHY))
    logs.add(driver(-1, "Another error: of another batch", number="20261122"))
    world.send(batch(0))
    assert why(world) == (WHY, "permission")
    record = reading(world)
    assert {name: record[name] for name in ("outcome", "by", "project", "entries", "attempts", "text")} == {
        "outcome": "found", "by": READER, "project": "example-project", "entries": 2, "attempts": 1, "text": WHY,
    }  # fmt: skip
    assert record["query"] == 'resource.type="cloud_dataproc_batch" AND resource.labels.batch_id="orders-20261123"'
    assert record["since"] < record["line_time"] < record["until"]
    world.send(batch(0))  # delivered again
    world.sweep(at(5))
    assert len(logs.requests) == 1
    (request,) = logs.requests
    assert (request.page_size, list(request.resource_names)) == (100, ["projects/example-project"])
    assert [row[0] for row in world.rows(ActionRun.trigger)] == ["opened"]  # which contains it


@pytest.mark.parametrize(
    "case",
    first_on_both(
        [
            (
                run_job(0),
                entry(
                    -1, "run.googleapis.com%2Fstderr", "cloud_run_job",
                    {"job_name": "nightly-load", "location": "europe-west1"},
                    labels={"run.googleapis.com/execution_name": "nightly-load-x7k2p"}, severity="ERROR",
                    textPayload='Traceback (most recent call last):\n  File "a.py", line 3, in <module>\n    main()\nMemoryError',
                ),
                ("MemoryError", "memory"),
            ),
            (
                dag_run(0),
                task_line(-2, "extract", "[2026-11-23T11:58:00.1+0000] {x.py:1} ERROR - requests.exceptions.ConnectionError: refused"),
                ("extract: requests.exceptions.ConnectionError: refused", "network"),
            ),
            (
                entry(0, "bigquerydatatransfer.googleapis.com%2Ftransfer_config", "bigquery_dts_config",
                      {"config_id": "6597a1c2", "location": "eu"}, labels={"run_id": "r1"},
                      jsonPayload={"message": "Summary: succeeded 0 jobs, failed 1 jobs."}),
                entry(-1, "bigquerydatatransfer.googleapis.com%2Ftransfer_config", "bigquery_dts_config",
                      {"config_id": "6597a1c2", "location": "eu"}, labels={"run_id": "r1"}, severity="ERROR",
                      jsonPayload={"message": "Error code 5 : Not found: Table example-project:raw.orders"}),
                ("Error code 5 : Not found: Table example-project:raw.orders", "not_found"),
            ),
            (
                batch(0),
                driver(-1, "", textPayload=(
                    "26/11/23 11:59:00 ERROR ApplicationMaster: User class threw exception\n"
                    "org.apache.spark.SparkException: Job aborted.\n\tat org.apache.spark.X.run(X.scala:1)\n"
                    "Caused by: java.io.FileNotFoundException: gs://raw/orders.parquet does not exist\n\t... 12 more"
                )),
                ("java.io.FileNotFoundException: gs://raw/orders.parquet does not exist", "not_found"),
            ),
        ]
    ),
)  # fmt: skip
def test_the_line_gives_the_class_and_the_first_failing_task(
    world: World, logs: LoggingServer, case: tuple[entries.Entry, entries.Entry, tuple[str, str]]
) -> None:
    failure, line, expected = case
    logs.add(line)
    world.send(failure)
    assert why(world) == expected


def test_an_entry_that_says_why_needs_no_reading(world: World, logs: LoggingServer) -> None:
    failure = batch(0)
    failure["protoPayload"]["status"]["message"] = "Multi-region quota exceeded: CPUS"
    world.send(failure)
    assert (logs.requests, world.rows(LogReadingRow.query), why(world)) == ([], [], (None, "quota"))


def test_of_several_tasks_the_one_that_failed_first_is_named(world: World, logs: LoggingServer) -> None:
    logs.add(task_line(-9, "extract", "PermissionError: permission denied: /data"))
    logs.add(task_line(-5, "load", "KeyError: 'orders' not found in schema"))
    world.send(dag_run(0))
    assert why(world) == ("extract: PermissionError: permission denied: /data", "permission")


@pytest.mark.parametrize(
    "case",
    first_on_both(
        [
            (grpc.StatusCode.PERMISSION_DENIED, "denied", 1),
            (grpc.StatusCode.RESOURCE_EXHAUSTED, "quota", 3),
            (grpc.StatusCode.UNAVAILABLE, "unavailable", 3),
            (grpc.StatusCode.INVALID_ARGUMENT, "failed", 1),
        ]
    ),
)
def test_a_failed_call_takes_nothing_from_the_incident_and_the_evidence_says_why_there_is_no_line(
    world: World, logs: LoggingServer, case: tuple[grpc.StatusCode, str, int]
) -> None:
    code, outcome, calls = case
    world.apply(NOW, CARD)
    logs.fail(code)
    world.send(batch(0))
    assert (why(world), reading(world)["outcome"]) == ((None, "unknown"), outcome)
    assert reading(world)["error"].endswith("made-up answer")
    for minute in range(1, 12):
        world.sweep(at(minute))
    assert (len(logs.requests), reading(world)["attempts"]) == (calls, calls)
    assert [row[0] for row in world.rows(ActionRun.trigger)] == ["opened"]


def test_a_line_that_is_visible_later_is_found_by_the_sweep_and_told_once(world: World, logs: LoggingServer) -> None:
    world.apply(NOW, CARD)
    world.send(batch(0))
    assert reading(world)["outcome"] == "nothing"
    with world.engine.begin() as connection:
        connection.execute(update(ActionRun).values(state="done"))
    logs.add(driver(-1, WHY))
    for minute in (2, 4, 6):
        world.sweep(at(minute))
    assert (why(world), reading(world)["outcome"], len(logs.requests)) == ((WHY, "permission"), "found", 2)
    assert [row[0] for row in world.rows(ActionRun.trigger)] == ["opened", "cause_found"]


def test_an_answer_that_does_not_come_is_given_up_after_the_time_out(
    world: World, logs: LoggingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "FIRST_SECONDS", 0.2)
    logs.goes_on.clear()
    world.send(batch(0))
    logs.goes_on.set()
    assert (why(world), reading(world)["outcome"]) == ((None, "unknown"), "timeout")


def test_hostile_lines_are_cut_cleaned_and_redacted(world: World, logs: LoggingServer) -> None:
    text = (
        "ValueError: bad\x1b]0;owned\x07 \u202egpj.exe <script> password=hunter2hunter2 customer 4711-secret "
        + "x" * 9_000
    )
    logs.add(driver(-1, "", jsonPayload={"message": text, "error": {"customer": "4711-secret"}}))
    logs.add(driver(-2, "", jsonPayload={"message": {"nested": ["Error", {"a": 1}]}, "error": 5}))
    world.send(batch(0))
    shown, _ = why(world)
    assert shown is not None
    assert shown.startswith("ValueError: bad")
    assert len(shown) <= 510
    for part in ("\x1b", "\x07", "\u202e", "hunter2"):
        assert part not in shown
    assert "hunter2" not in str(reading(world))


def test_a_name_in_an_entry_cannot_change_what_is_read(world: World, logs: LoggingServer) -> None:
    failure = batch(0)
    failure["protoPayload"]["resourceName"] += '" OR resource.type="audited_resource'
    logs.add(driver(-1, WHY))
    world.send(failure)
    assert why(world)[0] is None
    assert '\\" OR resource.type=\\"audited_resource"' in logs.requests[0].filter


def test_a_storm_reads_no_more_than_its_share_of_the_quota_and_never_reads_old_failures(
    world: World, logs: LoggingServer
) -> None:
    failures = [batch(0, number=f"a{number:02}") for number in range(24)]
    for number, failure in enumerate(failures):
        failure["insertId"] = f"storm-{number}"
        failure["protoPayload"]["resourceName"] = (
            f"projects/example-project/locations/europe-west1/batches/job{chr(97 + number)}"
        )
        failure["operation"]["id"] = f"op-{number}"
    world.send(*failures)
    assert len(logs.requests) == 20
    world.sweep(at(90))
    outcomes = [row[0].get("log_reading", {}).get("outcome") for row in world.rows(Occurrence.evidence)]
    assert len(logs.requests) == 20
    assert outcomes.count("skipped") + outcomes.count("nothing") == 24


def test_without_the_setting_nothing_is_planned(store: ErrorStore, logs: LoggingServer) -> None:
    quiet = World(
        application_on(store, HINOMI_LOGGING_ENDPOINT=logs.endpoint, HINOMI_REASON_LOG_ENTRIES="0"), store.engine
    )
    quiet.send(batch(0))
    assert (logs.requests, quiet.rows(LogReadingRow.query), why(quiet)) == ([], [], (None, "unknown"))
