"""A script runs as a Cloud Run job: started once, followed without blocking, its output read from the log."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from demo.platform.http import Reply
from demo.platform.logging.server import LoggingServer
from demo.platform.run import RunServer
from handlers.actions import run_script
from handlers.context import ActionContext, ActionResult
from handlers.remediations import runner
from handlers.remediations.model import Effect, Journal, Outcome, Verdict
from handlers.scripts.cloud_run import KEY
from shared.clients import Clients
from shared.config import Settings
from shared.errors import ActionError
from shared.model import Mode, Trigger
from shared.secret import Secret
from tests.support.incidents import NOW, incident
from tests.support.script_folder import add_script

pytestmark = pytest.mark.server

PLACE = "projects/example-project/locations/europe-west1"
JOB = f"{PLACE}/jobs/hinomi-script-clear-dag"
PARAMS = run_script.Params("clear_dag", {"count": 2})


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[RunServer, LoggingServer]]:
    logging = LoggingServer()
    logging.start()
    with RunServer() as run:
        yield run, logging
    logging.stop()


@pytest.fixture
def cloud(servers: tuple[RunServer, LoggingServer]) -> RunServer:
    servers[0].add_job(JOB)
    servers[0].requests.clear()
    return servers[0]


@pytest.fixture
def log(servers: tuple[RunServer, LoggingServer]) -> LoggingServer:
    return servers[1]


@pytest.fixture
def context(servers: tuple[RunServer, LoggingServer], tmp_path: Path, request: pytest.FixtureRequest) -> ActionContext:
    add_script(tmp_path, "clear_dag", more="time_limit: 2m")
    run, logging = servers
    settings = Settings(
        actions_dir=str(tmp_path),
        run_endpoint=run.url,
        logging_endpoint=logging.endpoint,
        on_google_cloud=True,
        environment={"HINOMI_SCRIPT_LOCATION": Secret(PLACE)},
    )
    view = incident(labels={"dag_id": "load_mart"}, resource=request.node.name)
    number = zlib.crc32(request.node.name.encode())
    return ActionContext(
        view, Trigger.OPENED, Mode.AUTO, NOW, Clients(settings), settings, run_id=number, journal=Journal()
    )


def run(context: ActionContext) -> ActionResult:
    return runner.run(run_script, context, PARAMS)


def later(context: ActionContext, **length: float) -> Verdict:
    assert context.journal.plan is not None
    return run_script.verify(replace(context, now=NOW + timedelta(**length)), PARAMS, context.journal.plan)


def key(cloud: RunServer) -> str:
    env = cloud.executions[JOB][0]["template"]["containers"][0]["env"]
    return str(next(each["value"] for each in env if each["name"] == KEY))


def test_the_execution_has_the_checked_values_and_a_time_limit(cloud: RunServer, context: ActionContext) -> None:
    result = run(context)
    assert result.text.en == "started clear_dag as the Cloud Run job hinomi-script-clear-dag; it is still running"
    assert result.verdict is not None
    assert result.verdict.outcome is Outcome.NOT_YET
    assert result.details is not None
    assert result.details["execution"] == "hinomi-script-clear-dag-1"
    (execution,) = cloud.executions[JOB]
    env = {each["name"]: each["value"] for each in execution["template"]["containers"][0]["env"]}
    assert (env["PARAM_DAG_ID"], env["PARAM_COUNT"], env["HINOMI_INCIDENT_ID"]) == ("load_mart", "2", "42")
    assert execution["template"]["timeout"] == "180s"


def test_a_dry_run_shows_the_job_and_the_command_and_starts_nothing(cloud: RunServer, context: ActionContext) -> None:
    plan = run_script.plan(context, PARAMS)
    assert "as the Cloud Run job hinomi-script-clear-dag: ./run.sh --dag=load_mart 2" in plan.text.en
    assert plan.calls[0].shown_body["command"] == ["./run.sh", "--dag=load_mart", "2"]
    assert cloud.executions[JOB] == []


@pytest.mark.parametrize(
    ("code", "outcome", "text"),
    [(0, Outcome.BY_EVENT, "it succeeded"), (3, Outcome.NOT_FIXED, "it failed: exit code 3")],
)
def test_the_end_has_the_exit_code_and_the_output_of_the_log(
    cloud: RunServer, log: LoggingServer, context: ActionContext, code: int, outcome: Outcome, text: str
) -> None:
    run(context)
    assert later(context, seconds=20).outcome is Outcome.NOT_YET
    cloud.finish(JOB, NOW + timedelta(seconds=30), succeeded=code == 0)
    assert later(context, seconds=40).text.en == "the script has ended; its output is not in the log yet"
    report = {"hinomi_script_key": key(cloud), "output": "cleared 1 task", "exit": code, "seconds": 2.5}
    entry = {
        "logName": "projects/example-project/logs/run.googleapis.com%2Fstdout",
        "timestamp": NOW.isoformat(),
        "jsonPayload": report,
    }
    log.add(entry)
    verdict = later(context, seconds=50)
    assert (verdict.outcome, verdict.text.en) == (outcome, text)
    assert (verdict.after["output"], verdict.after["exit"]) == ("cleared 1 task", code)
    assert verdict.after["log"].startswith("https://console.cloud.google.com/logs")


def test_without_a_log_the_end_is_known_from_the_execution(cloud: RunServer, context: ActionContext) -> None:
    run(context)
    message = "Task hinomi-task0 failed with message: The container exited with an error."
    cloud.finish(JOB, NOW, succeeded=False, message=message)
    verdict = later(context, minutes=2)
    assert verdict.outcome is Outcome.NOT_FIXED
    assert verdict.text.en == f"it failed: {message}"


@pytest.mark.parametrize("started", [True, False])
def test_a_start_whose_answer_was_lost_is_found_by_its_key(
    cloud: RunServer, context: ActionContext, *, started: bool
) -> None:
    if started:
        run(context)
    context.journal.effects[:] = [Effect.UNKNOWN]
    context.journal.begin(run_script._plan(context, _script(context), {"dag_id": "load_mart", "count": "2"}))  # noqa: SLF001
    result = run(context)
    assert len(cloud.executions[JOB]) == 1
    assert "still running" in result.text.en


def _script(context: ActionContext) -> Any:
    from handlers.scripts import catalogue

    return catalogue.find(context.settings, "clear_dag")


@pytest.mark.parametrize(
    ("reply", "permanent"),
    [(Reply(403), True), (Reply(404), True), (Reply(429, headers={"Retry-After": "7"}), False), (Reply(503), False)],
)
def test_an_error_of_the_api_fails_or_is_tried_again(
    cloud: RunServer, context: ActionContext, reply: Reply, *, permanent: bool
) -> None:
    cloud.fail_next(reply)
    with pytest.raises(ActionError, match=r"run the Cloud Run job hinomi-script-clear-dag: HTTP") as caught:
        run(context)
    assert caught.value.permanent is permanent
    assert cloud.executions[JOB] == []


def test_a_function_without_a_location_says_what_to_set(context: ActionContext) -> None:
    settings = replace(context.settings, environment={})
    with pytest.raises(ActionError, match="set HINOMI_SCRIPT_LOCATION"):
        run(replace(context, settings=settings, clients=Clients(settings)))
