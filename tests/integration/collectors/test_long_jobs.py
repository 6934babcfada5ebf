"""BigQuery jobs that run too long, against a real HTTP server that speaks the BigQuery API, and the Error DB."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from collectors.metrics_analysis import detectors
from collectors.metrics_analysis.detectors import DetectorContext, Effect, long_jobs
from collectors.metrics_analysis.evidence import Tick
from demo.platform.bigquery.pipelines import PipelineServer
from demo.platform.http import Reply, Request, google_error
from deploy.permissions import declared
from main import Application
from shared import config
from shared.clients import Clients
from shared.config import Settings
from shared.model import Finding, Status
from shared.records import IncidentView
from tests.support.function_process import push_body
from tests.support.incidents import NOW, incident
from tests.support.shipped_rules import one_rule

PROJECT, JOB = "example-project", "bquxjob_7d1f0a2b_19a3c"
START = NOW - timedelta(minutes=250)


@pytest.fixture
def bigquery() -> Iterator[PipelineServer]:
    """Two running jobs at NOW: an Airflow task's query that began 130 minutes ago, and a load that began an hour ago.

    The server's clock then moves to four minutes after NOW.
    """
    times = [START, NOW - timedelta(minutes=60), NOW + timedelta(minutes=4)]
    with PipelineServer(lambda: times[0]) as server:
        labels = {"airflow-dag": "daily_sales", "airflow-task": "aggregate"}
        server.add_job(
            PROJECT,
            JOB,
            {"query": {"query": "SELECT 1"}, "labels": labels},
            statement="SELECT",
            email="etl@example.com",
        )
        times.pop(0)
        server.add_job(PROJECT, "short", {"load": {}})
        times.pop(0)
        yield server


def detect(server: PipelineServer, *unresolved: IncidentView, **settings: object) -> list[Effect]:
    chosen = Settings(**{"bigquery_endpoint": server.url, "projects": (PROJECT,), **settings})  # type: ignore[arg-type]
    context = DetectorContext(NOW, chosen, Clients(chosen), [], unresolved=lambda _: unresolved)
    return detectors.detect(Tick("load-check", NOW), context, [long_jobs])  # type: ignore[list-item]


@pytest.mark.permissions
def test_a_job_that_runs_longer_than_the_limit_is_a_finding_with_what_the_action_needs(
    bigquery: PipelineServer,
) -> None:
    (found,) = detect(bigquery)
    assert isinstance(found, Finding)
    assert found.resource == f"projects/{PROJECT}/jobs/{JOB}"
    assert found.labels == {"job": JOB, "location": "EU", "type": "query", "dag": "daily_sales", "task": "aggregate"}
    assert (found.principal, found.since) == ("etl@example.com", START + timedelta(hours=4))
    assert found.summary == (
        f"The BigQuery query job {JOB} of etl@example.com has been running for 4 h 10 min (limit 4 h)"
    )
    assert found.translations["ja"]["summary"].startswith("etl@example.com の BigQuery query ジョブ")


@pytest.mark.permissions
@pytest.mark.parametrize(
    ("reason", "text"),
    [("", "succeeded"), ("stopped", "cancelled"), ("resourcesExceeded", "failed (resourcesExceeded)"), ("-", "exists")],
)
def test_the_end_of_the_job_is_its_recovery(bigquery: PipelineServer, reason: str, text: str) -> None:
    """While the job of an open incident runs, or is not read, there is no recovery."""
    (found,) = detect(bigquery)
    assert isinstance(found, Finding)
    open_incident = incident(rule=long_jobs.RULE, resource=found.resource, labels=dict(found.labels))
    assert [type(each) for each in detect(bigquery, open_incident)] == [Finding]
    bigquery.delete(PROJECT, JOB) if reason == "-" else bigquery.finish(PROJECT, JOB, reason)
    (ended,) = detect(bigquery, open_incident)
    assert (ended.rule, ended.fingerprint) == (found.rule, found.fingerprint)
    assert text in ended.summary


@pytest.mark.parametrize(
    ("reply", "found"),
    [
        (
            google_error(403, "Access Denied: Project example-project: bigquery.jobs.list", "accessDenied"),
            ["BIGQUERY_403"],
        ),
        (google_error(403, "BigQuery API has not been used in project 1 before", "accessNotConfigured"), []),
        (Reply(503), []),
    ],
)
def test_a_project_that_cannot_be_read_is_said_once_and_resolves_nothing(
    bigquery: PipelineServer, reply: Reply, found: list[str]
) -> None:
    open_incident = incident(rule=long_jobs.RULE, resource="r", labels={"job": JOB, "location": "EU"})

    def answer(request: Request) -> Reply:
        del request
        return reply

    bigquery.reply = answer  # type: ignore[method-assign]
    effects = detect(bigquery, open_incident)
    assert [each.labels["code"] for each in effects if isinstance(each, Finding)] == found
    assert len(effects) == len(found)


def test_the_detection_and_its_permissions_can_be_switched_off(bigquery: PipelineServer) -> None:
    assert detect(bigquery, long_job_minutes=0) == []
    for minutes, is_granted in ((120, True), (0, False)):
        settings = Settings(long_job_minutes=minutes)
        granted = declared(
            "metrics_analysis", artifact={"load": [{}], "rules": []}, handlers_file=None, settings=settings
        )
        assert ("bigquery.jobs.listAll" in granted) is is_granted


def test_the_tick_opens_the_incident_of_the_job_and_resolves_it(
    bigquery: PipelineServer, sqlite_url: str, tmp_path: Path
) -> None:
    environ = {
        "HINOMI_ERROR_DB_URL": sqlite_url,
        "HINOMI_SCHEMA_DB_URL": f"sqlite:///{tmp_path / 'schema.db'}",
        "HINOMI_BIGQUERY_ENDPOINT": bigquery.url,
        "HINOMI_MONITORING_ENDPOINT": "127.0.0.1:1",
        "HINOMI_RULES_DIR": str(one_rule(tmp_path)),
        "HINOMI_PROJECTS": PROJECT,
    }
    app = Application(config.load(environ), lambda: NOW)
    app.pipeline.handle(push_body({"tick": "load-check"}, "1"), NOW)
    assert [each.status for each in _incidents(app)] == [Status.OPEN]
    bigquery.finish(PROJECT, JOB)
    app.pipeline.handle(push_body({"tick": "load-check"}, "2"), NOW + timedelta(minutes=5))
    assert [each.status for each in _incidents(app)] == [Status.RESOLVED]
    app.store().engine.dispose()


def _incidents(app: Application) -> list[IncidentView]:
    from db.error_db import queries
    from db.error_db.queries import IncidentFilter

    with app.store().reading() as session:
        return list(queries.incidents(session, IncidentFilter(), limit=10))
