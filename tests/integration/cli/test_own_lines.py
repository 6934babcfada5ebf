"""The log lines of a broken channel: the alert policy's filter matches them, and `hinomi doctor` reads them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from cli import own_health
from cli.commands import doctor
from collectors.metrics_analysis.pipeline import Pipeline
from db.error_db.store import ErrorStore
from demo.platform.http import Reply
from demo.platform.logging import lql
from demo.platform.teams import TeamsServer
from deploy.doctor import Problem
from deploy.site import read_plan
from handlers.spec import HandlerSpec
from main import Application
from shared.config import Settings
from shared.model import Mode
from shared.secret import Secret
from tests.support.gcloud_server import GoogleServer
from tests.support.handling import Desk
from tests.support.planning import Ground

POLICIES = {spec["name"]: lql.parse(spec["log"]) for spec in read_plan()["alerts"]["policies"] if "log" in spec}


@pytest.fixture
def ground() -> Iterator[Ground]:
    with GoogleServer() as server:
        yield Ground(server)


@pytest.fixture
def teams() -> Iterator[TeamsServer]:
    with TeamsServer() as server:
        yield server


@pytest.fixture
def desk(sqlite_store: ErrorStore, teams: TeamsServer) -> Desk:
    desk = Desk(sqlite_store, Settings(environment={"HINOMI_TEAMS_WEBHOOK_URL": Secret(teams.webhook)}))
    desk.apply(HandlerSpec(name="card", action="teams", mode=Mode.AUTO))
    return desk


def entries(output: str, service: str = "metrics-analysis") -> list[dict[str, Any]]:
    """The log lines in the form in which Cloud Logging stores lines of a Cloud Run service."""
    resource = {"type": "cloud_run_revision", "labels": {"service_name": service}}
    lines = [json.loads(line) for line in output.splitlines()]
    now = datetime.now(UTC).isoformat()
    return [
        {"resource": resource, "timestamp": now, "severity": line.pop("severity"), "jsonPayload": line}
        for line in lines
    ]


def fired(found: list[dict[str, Any]]) -> list[str]:
    return [name for name, ast in POLICIES.items() if any(lql.accepts(ast, entry) for entry in found)]


def problems(ground: Ground) -> list[Problem]:
    return list(own_health.logged(ground.site(), datetime.now(UTC)))


def test_a_broken_channel_fires_its_alert_and_the_doctor_names_it_until_it_works(
    desk: Desk, teams: TeamsServer, ground: Ground, capsys: pytest.CaptureFixture[str]
) -> None:
    teams.always(Reply(403))
    desk.public_bucket()
    desk.work()
    written = capsys.readouterr().out
    assert fired(entries(written)) == ["Hinomi cannot notify"]
    assert fired(entries(written, "another-service")) == []
    ground.server.services.entries = entries(written)
    (problem,) = problems(ground)
    assert problem.what.startswith(
        "teams:default has not accepted notifications since 2026-11-23 12:00 UTC, they wait: Teams answered 403"
    )
    assert problem.fix == "hinomi notify-test --notifier teams --channel default"

    teams.always(None)
    desk.wait(minutes=1)
    desk.work()
    ground.server.services.entries += entries(capsys.readouterr().out)
    assert problems(ground) == []


def test_a_rejected_message_fires_its_alert_and_the_doctor_says_why(
    sqlite_url: str, ground: Ground, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline: Pipeline = Application(Settings(error_db_url=sqlite_url)).pipeline
    pipeline.handle(b"nonsense", datetime.now(UTC))
    found = entries(capsys.readouterr().out)
    assert fired(found) == ["Hinomi: messages are rejected"]
    ground.server.services.entries = found
    ((what, fix),) = [(problem.what, problem.fix) for problem in problems(ground)]
    assert what.startswith("messages were rejected within the last hour: ")
    assert fix == "hinomi dlq list"


def test_lines_of_yesterday_and_of_other_services_are_not_problems(
    desk: Desk, teams: TeamsServer, ground: Ground, capsys: pytest.CaptureFixture[str]
) -> None:
    teams.always(Reply(404))
    desk.public_bucket()
    desk.work()
    (line,) = [each for each in entries(capsys.readouterr().out) if "alert" in each["jsonPayload"]]
    other = {**line, "resource": {"type": "cloud_run_revision", "labels": {"service_name": "shop"}}}
    ground.server.services.entries = [{**line, "timestamp": "2026-01-01T00:00:00Z"}, other]
    assert problems(ground) == []


def test_the_check_names_the_logs_that_it_read(ground: Ground) -> None:
    ((area, found),) = doctor.own_health_area(ground.site())
    assert found == []
    assert "log of the last hour" in area.en
