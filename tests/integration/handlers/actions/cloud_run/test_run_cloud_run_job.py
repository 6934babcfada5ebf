"""The action run_cloud_run_job against a real HTTP server that speaks the API of Cloud Run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from demo.platform.run import RunServer
from handlers.actions.cloud_run import run_cloud_run_job
from handlers.actions.cloud_run.run_cloud_run_job import KEY, Params
from handlers.context import ActionResult
from handlers.remediations.model import Journal, Outcome
from shared.config import Settings
from shared.errors import ActionError, InputError, TargetRefusal, TargetRefusedError
from shared.model import IncidentKind, Mode
from tests.support.incidents import NOW, incident
from tests.support.remediating import remediate

JOB = "projects/example-project/locations/europe-west1/jobs/nightly-load"
LABELS = {"job": "nightly-load", "execution": "nightly-load-1", "location": "europe-west1"}
AT = NOW - timedelta(hours=1)


@pytest.fixture
def server() -> Iterator[RunServer]:
    with RunServer() as running:
        running.add_job(JOB)
        running.execute(JOB, at=AT)
        running.finish(JOB, AT, succeeded=False, failedCount=1)
        yield running


def run(
    server: RunServer,
    labels: dict[str, str] | None = None,
    *,
    mode: Mode = Mode.AUTO,
    journal: Journal | None = None,
    project: str = "example-project",
    **params: Any,
) -> ActionResult:
    view = incident(
        kind=IncidentKind.JOB_FAILURE,
        service="functions",
        rule="functions/run_job_failed",
        resource="nightly-load",
        project=project,
        labels=LABELS if labels is None else labels,
    )
    settings = Settings(run_endpoint=server.url)
    return remediate(run_cloud_run_job, settings, view, mode=mode, params=params, journal=journal or Journal())


def runs(server: RunServer) -> int:
    return sum(request.method == "POST" for request in server.requests)


def fail_again(server: RunServer) -> None:
    server.finish(JOB, NOW, succeeded=False, message="Task failed with exit code 2", failedCount=1)


@pytest.mark.permissions
def test_a_failed_job_runs_again_as_it_is_configured(server: RunServer) -> None:
    done = run(server)
    assert done.text.en == "started job nightly-load again; it is still running"
    assert (done.details or {})["execution"] == "nightly-load-2"
    (request,) = [request for request in server.requests if request.method == "POST"]
    override = request.body["overrides"]["containerOverrides"][0]
    assert (request.body["etag"], override["name"], [each["name"] for each in override["env"]]) == (
        '"1"',
        "main",
        [KEY],
    )


def test_a_job_that_could_not_start_runs_again(server: RunServer) -> None:
    server.executions[JOB][0]["completionTime"] = None
    assert run(server).changed


def test_a_dry_run_names_the_job_and_runs_nothing(server: RunServer) -> None:
    assert run(server, mode=Mode.DRY_RUN).text.en == "would run job nightly-load again"
    assert runs(server) == 0


@pytest.mark.parametrize(
    ("end", "outcome", "text"),
    [
        (lambda server: server.finish(JOB, NOW), Outcome.FIXED, "started job nightly-load again; it succeeded"),
        (fail_again, Outcome.NOT_FIXED, "started job nightly-load again; it failed: Task failed with exit code 2"),
    ],
)
def test_the_new_execution_is_followed_to_its_end(
    server: RunServer, end: Callable[[RunServer], None], outcome: Outcome, text: str
) -> None:
    journal = Journal()
    run(server, journal=journal)
    end(server)
    done = run(server, journal=journal)
    assert done.verdict is not None
    assert (done.verdict.outcome, done.recovered) == (outcome, False)
    assert done.text.en.replace(" (probably done by an earlier attempt that was interrupted)", "") == text
    assert runs(server) == 1


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (
            lambda server: server.execute(JOB),
            "nothing to do: job nightly-load has run again since (execution nightly-load-2)",
        ),
        (
            lambda server: (server.execute(JOB), server.finish(JOB, NOW)),
            "nothing to do: job nightly-load has run again since",
        ),
        (
            lambda server: server.finish(JOB, AT, succeeded=False, cancelledCount=1),
            "nothing to do: a person cancelled execution nightly-load-1 of job nightly-load",
        ),
    ],
)
def test_a_job_that_ran_again_or_was_cancelled_is_left_alone(
    server: RunServer, change: Callable[[RunServer], object], text: str
) -> None:
    change(server)
    assert run(server).text.en.startswith(text)
    assert runs(server) == 0


@pytest.mark.parametrize(
    "overrides",
    [
        {"containerOverrides": [{"args": ["--day=2026-11-20"]}]},
        {"containerOverrides": [{"env": [{"name": "DAY", "value": "2026-11-20"}]}]},
        {"containerOverrides": [{"env": [{"name": "MODE", "value": "full"}]}]},
        {"taskCount": 7},
    ],
)
def test_an_execution_with_other_arguments_is_left_to_a_person(server: RunServer, overrides: dict[str, Any]) -> None:
    server.execute(JOB, overrides)
    server.finish(JOB, NOW, succeeded=False, failedCount=1)
    with pytest.raises(TargetRefusedError, match="run it by hand") as refused:
        run(server, {**LABELS, "execution": "nightly-load-2"})
    assert refused.value.reason is TargetRefusal.OTHER_TARGET
    assert runs(server) == 0


def test_a_job_that_failed_after_each_rerun_reaches_its_limit(server: RunServer) -> None:
    for number in (1, 2):
        run(server, {**LABELS, "execution": f"nightly-load-{number}"}, journal=Journal())
        fail_again(server)
        server.executions[JOB][0]["template"]["containers"][0]["env"][-1]["value"] = f"run {number}"
    with pytest.raises(TargetRefusedError, match="failed again after it was run again 2 times") as refused:
        run(server, {**LABELS, "execution": "nightly-load-3"})
    assert refused.value.reason is TargetRefusal.LIMIT_REACHED
    server.execute(JOB)
    server.finish(JOB, NOW)
    server.execute(JOB)
    fail_again(server)
    assert run(server, {**LABELS, "execution": "nightly-load-5"}).changed


def test_a_job_that_was_changed_after_it_was_read_is_read_again(server: RunServer) -> None:
    reply = server.reply

    def answer(request: Any) -> Any:
        if request.method == "POST":
            server.jobs[JOB]["etag"] = '"2"'
            server.reply = reply  # type: ignore[method-assign]
        return reply(request)

    server.reply = answer  # type: ignore[method-assign]
    assert run(server).changed
    assert runs(server) == 2


@pytest.mark.parametrize(
    ("labels", "reason"),
    [
        ({"execution": "nightly-load-9"}, TargetRefusal.TARGET_NOT_FOUND),
        ({"job": "other"}, TargetRefusal.TARGET_NOT_FOUND),
        ({"job": "../x"}, TargetRefusal.OTHER_TARGET),
        ({"location": "europe"}, TargetRefusal.OTHER_TARGET),
        ({"execution": ""}, TargetRefusal.OTHER_TARGET),
    ],
)
def test_a_job_that_the_incident_does_not_name_is_refused(
    server: RunServer, labels: dict[str, str], reason: TargetRefusal
) -> None:
    with pytest.raises(TargetRefusedError) as refused:
        run(server, {**LABELS, **labels})
    assert refused.value.reason is reason


def test_an_execution_that_did_not_fail_and_a_job_of_another_project_are_refused(server: RunServer) -> None:
    with pytest.raises(ActionError, match="HTTP 404"):
        run(server, project="elsewhere-project")
    server.finish(JOB, AT)
    with pytest.raises(TargetRefusedError, match="did not fail"):
        run(server)
    with pytest.raises(InputError, match="from 1 to 10"):
        Params(max_reruns=11)
