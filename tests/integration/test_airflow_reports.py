"""A report of hinomi_airflow and the log lines of Composer about one failure are one incident."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from collectors.metrics_analysis.detectors import DetectorContext
from collectors.metrics_analysis.detectors import report as report_detector
from collectors.metrics_analysis.evidence import Report
from collectors.metrics_analysis.sigma import artifact
from db.error_db.models import Incident, Occurrence, ReasonRow, ReportedRunRow
from db.error_db.store import ErrorStore
from demo import entries
from shared.clients import Clients
from shared.config import ROOT, Settings
from shared.model import Finding
from tests.support.function_process import push_body
from tests.support.reporters import reporter
from tests.support.shipped_rules import engine as shipped_engine
from tests.support.world import World, application_on, first_on_both

pytestmark = pytest.mark.sqlite

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
DAG, TASK, RUN = "build_orders", "merge", "scheduled__2026-11-23T03:00:00+00:00"
OTHER_RUN = "scheduled__2026-11-23T04:00:00+00:00"
ERROR = "google.api_core.exceptions.NotFound: 404 Not found: Table example-project:raw.orders"


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rules")
    artifact.write(folder, {**artifact.load(ROOT / "rules"), "reporters": [reporter("airflow", service=["composer"])]})
    return folder


@pytest.fixture
def world(store: ErrorStore, engine: Engine, rules: Path) -> World:
    return World(application_on(store, HINOMI_RULES_DIR=str(rules)), engine)


def at(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def report(minutes: float, state: str = "failed", task: str = TASK, run: str = RUN, **more: Any) -> dict[str, Any]:
    """A report in the form that clients/hinomi_airflow sends."""
    place = {"environment": entries.ENVIRONMENT, "location": entries.REGION}
    labels = {**place, "dag_id": DAG, "run_id": run, **more.pop("labels", {})}
    if task:
        labels = {"task_id": task, "map_index": "-1", "try_number": "3", **labels}
    job = "/".join(filter(None, (entries.ENVIRONMENT, DAG, task)))
    message = {"report": "airflow", "job": job, "state": state, "service": "composer", "id": run, "labels": labels}
    message["project"] = entries.PROJECT
    return {**message, "time": at(minutes).isoformat(), **more}


def publish(world: World, *reports: dict[str, Any]) -> None:
    for number, each in enumerate(reports):
        now = datetime.fromisoformat(each["time"]) + timedelta(seconds=1)
        world.application.pipeline.handle(
            push_body(each, f"r{number}-{each['time']}", publishTime=now.isoformat()), now
        )


def send(world: World, *events: dict[str, Any]) -> None:
    for each in events:
        publish(world, each) if "report" in each else world.send(each)


def log(minutes: float, state: str = "FAILED", run: str = RUN) -> entries.Entry:
    return entries.airflow_task(at(minutes), DAG, TASK, run, state, attempt=3)


@pytest.mark.parametrize("order", first_on_both(permutations(range(3))), ids=str)
def test_a_report_a_log_line_and_the_dag_run_are_one_incident_closed_by_the_run(
    world: World, order: Sequence[int]
) -> None:
    sent = [report(0, severity="high", summary=ERROR), log(0.1), report(1, task="", summary="task_failure")]
    send(world, *(sent[number] for number in order))
    assert [status for _, status, *_ in world.incidents()] == ["open"]
    assert world.rows(Incident.severity, Incident.occurrence_count) == [("high", 3)]
    send(world, report(20, "ok", task=""))
    assert [(status, ended) for _, status, _, ended in world.incidents()] == [("resolved", at(20))]


def test_the_log_of_a_success_resolves_what_a_report_opened_and_the_other_way_round(world: World) -> None:
    send(world, report(0), log(10, "SUCCESS"))
    assert [(status, ended) for _, status, _, ended in world.incidents()] == [("resolved", at(10))]
    send(world, log(100), report(110, "ok"))
    assert [status for _, status, *_ in world.incidents()] == ["resolved", "resolved"]


def test_the_success_of_another_run_or_of_another_airflow_resolves_nothing(world: World) -> None:
    other = report(6, "ok", labels={"environment": "staging"}, job=f"staging/{DAG}/{TASK}")
    send(world, report(0), report(5, "ok", run=OTHER_RUN), other)
    assert [status for _, status, *_ in world.incidents()] == ["open"]
    send(world, report(7, labels={"environment": "staging"}, job=f"staging/{DAG}/{TASK}"))
    assert [status for _, status, *_ in world.incidents()] == ["open", "open"]


def test_a_retried_attempt_opens_no_incident_and_its_error_shows_when_the_task_fails(world: World) -> None:
    send(world, report(0, "retrying", summary=ERROR, labels={"try_number": "1"}))
    assert world.incidents() == []
    assert world.rows(ReasonRow.text) == [(ERROR,)]
    send(world, report(1))
    assert world.rows(Incident.reason, Incident.error_class) == [(ERROR, "not_found")]


def test_a_listener_and_a_callback_report_one_occurrence_and_a_second_failure_another(world: World) -> None:
    send(world, report(0), report(0.01), report(0))
    assert len(world.rows(Occurrence.id)) == 1
    send(world, report(5, labels={"try_number": "4"}))
    assert len(world.rows(Occurrence.id)) == 2


def test_an_airflow_outside_of_google_cloud_needs_neither_project_nor_location(world: World) -> None:
    instances = ({"location": "", "map_index": index} for index in ("1", "2"))
    send(world, *(report(number, project="", labels=labels) for number, labels in enumerate(instances)))
    assert [status for _, status, *_ in world.incidents()] == ["open"]
    send(world, report(2, "ok", task="", project="", labels={"location": ""}))
    assert [status for _, status, *_ in world.incidents()] == ["resolved"]


def test_instances_of_a_mapped_task_that_fail_in_one_run_are_one_incident_until_all_succeeded(world: World) -> None:
    send(world, *(report(index, labels={"map_index": str(index)}) for index in range(3)))
    assert [status for _, status, *_ in world.incidents()] == ["open"]
    send(world, *(report(10 + index, "ok", labels={"map_index": str(index), "try_number": "4"}) for index in (0, 1)))
    assert [status for _, status, *_ in world.incidents()] == ["open"]
    send(world, report(13, "ok", labels={"map_index": "2", "try_number": "4"}))
    assert [status for _, status, *_ in world.incidents()] == ["resolved"]


def test_a_missed_deadline_is_an_incident_until_the_run_succeeds(world: World) -> None:
    send(world, report(0, "late", task="", summary="the deadline was 2026-11-23T11:00:00+00:00"))
    ((title, summary, status),) = world.rows(Incident.title, Incident.summary, Incident.status)
    assert (title, status) == ("Airflow deadline missed", "open")
    assert "2026-11-23T11:00" in summary
    send(world, report(30, "ok", task=""))
    assert [(status, ended) for _, status, _, ended in world.incidents()] == [("resolved", at(30))]


def test_dag_runs_are_runs_of_a_job_and_their_tasks_are_not(world: World) -> None:
    send(world, report(0, "started", task=""), report(1, "late", task=""), report(2), report(3, task=""))
    job = f"{entries.ENVIRONMENT}/{DAG}"
    assert world.rows(ReportedRunRow.job, ReportedRunRow.run, ReportedRunRow.state) == [(job, RUN, "failed")]


def test_labels_of_another_job_than_the_declared_one_link_nothing(world: World) -> None:
    send(world, log(0))
    send(world, report(5, "ok", job=f"{entries.ENVIRONMENT}/other/{TASK}"))
    assert [status for _, status, *_ in world.incidents()] == ["open"]


def test_the_links_of_reports_are_those_of_the_rules_for_the_logs() -> None:
    of_log = shipped_engine().evaluate(log(0)).findings[0]
    (of_report,) = report_detector.detect(
        Report("airflow", report(0), at(0), "1"),
        DetectorContext(at(0), Settings(), Clients(Settings()), [], [reporter("airflow", service=["composer"])]),
    )
    assert isinstance(of_report, Finding)
    assert (of_report.fingerprint, of_report.links) == (of_log.fingerprint, of_log.links)
    assert of_report.labels.items() >= of_log.labels.items()
    of_run_log = shipped_engine().evaluate(entries.airflow_run(at(0), DAG, RUN, "failed")).findings[0]
    (of_run,) = report_detector.detect(
        Report("airflow", report(0, task=""), at(0), "1"),
        DetectorContext(at(0), Settings(), Clients(Settings()), [], [reporter("airflow", service=["composer"])]),
    )
    assert isinstance(of_run, Finding)
    assert (of_run.fingerprint, of_run.links) == (of_run_log.fingerprint, of_run_log.links)
