"""The action run_scheduler_job against a real HTTP server that speaks the API of Cloud Scheduler."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from demo.platform.http import Reply
from demo.platform.jobs.scheduler import SchedulerServer
from handlers.actions.scheduler import run_scheduler_job
from handlers.actions.scheduler.run_scheduler_job import Params
from handlers.context import ActionContext, ActionResult
from handlers.remediations.model import Journal, Outcome, Verdict
from shared.clients import Clients
from shared.config import Settings
from shared.errors import ActionError, InputError, TargetRefusal, TargetRefusedError
from shared.model import IncidentKind, Mode, Trigger
from shared.records import IncidentView
from tests.support.incidents import NOW, action_run, incident
from tests.support.remediating import remediate

JOB = "projects/example-project/locations/europe-west1/jobs/nightly"
LABELS = {"job": "nightly", "location": "europe-west1"}


@pytest.fixture
def server() -> Iterator[SchedulerServer]:
    with SchedulerServer(lambda: NOW) as running:
        running.add(JOB, NOW - timedelta(hours=1), scheduleTime=(NOW + timedelta(hours=23)).isoformat())
        yield running


def view(labels: dict[str, str] | None = None, project: str = "example-project") -> IncidentView:
    return incident(
        kind=IncidentKind.JOB_FAILURE,
        service="scheduler",
        rule="scheduler/attempt_failed",
        resource="nightly",
        project=project,
        labels={**LABELS, **(labels or {})},
    )


def run(
    server: SchedulerServer,
    labels: dict[str, str] | None = None,
    *,
    mode: Mode = Mode.AUTO,
    project: str = "example-project",
    journal: Journal | None = None,
    **more: Any,
) -> ActionResult:
    settings = Settings(scheduler_endpoint=server.url)
    return remediate(
        run_scheduler_job, settings, view(labels, project), mode=mode, journal=journal or Journal(), **more
    )


def verify(server: SchedulerServer, done: ActionResult, **later: float) -> Verdict:
    settings = Settings(scheduler_endpoint=server.url)
    context = ActionContext(
        view(), Trigger.OPENED, Mode.AUTO, NOW + timedelta(**later), Clients(settings), settings, run_id=7
    )
    assert done.plan is not None
    return run_scheduler_job.verify(context, Params(), done.plan)


@pytest.mark.permissions
def test_a_job_whose_attempt_failed_runs_now(server: SchedulerServer) -> None:
    done = run(server)
    assert done.text.en == "started scheduled job nightly; its attempt succeeded"
    assert not done.recovered
    assert server.runs == [JOB]


def test_a_dry_run_runs_nothing(server: SchedulerServer) -> None:
    assert run(server, mode=Mode.DRY_RUN).text.en == "would run scheduled job nightly now"
    assert server.runs == []


def test_a_failed_attempt_is_known_after_its_deadline(server: SchedulerServer) -> None:
    server.failing = True
    done = run(server)
    assert done.text.en == "started scheduled job nightly; its attempt has no result yet"
    assert verify(server, done, minutes=3).outcome is Outcome.NOT_YET
    failed = verify(server, done, minutes=5)
    assert (failed.outcome, failed.may_help_again) == (Outcome.NOT_FIXED, True)
    assert failed.text.en == "its attempt failed: Original HTTP response code number = 500"
    server.jobs[JOB]["lastAttemptTime"] = (NOW - timedelta(hours=1)).isoformat()
    assert verify(server, done, minutes=5).text.en == "its attempt has not begun"


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"status": {}}, "nothing to do: the last attempt of scheduled job nightly succeeded"),
        ({"status": {"code": -1}}, "nothing to do: the last attempt of scheduled job nightly has no result yet"),
        ({"state": "PAUSED"}, "nothing to do: scheduled job nightly is PAUSED"),
        (
            {"scheduleTime": (NOW + timedelta(minutes=10)).isoformat()},
            "nothing to do: scheduled job nightly runs on schedule at 06:15:12 UTC",
        ),
    ],
)
def test_a_job_that_needs_no_run_is_left_alone(server: SchedulerServer, change: dict[str, Any], text: str) -> None:
    server.jobs[JOB] |= change
    done = run(server)
    assert (done.text.en, done.changed) == (text, False)
    assert server.runs == []


@pytest.mark.parametrize("acts", [True, False])
def test_a_run_whose_response_was_lost_is_made_once(server: SchedulerServer, *, acts: bool) -> None:
    server.failing = True
    journal, reply = Journal(), server.reply

    def answer(request: Any) -> Reply:
        if request.method != "POST":
            return reply(request)
        server.reply = reply  # type: ignore[method-assign]
        if acts:
            reply(request)
        return Reply(503)

    server.reply = answer  # type: ignore[method-assign]
    with pytest.raises(ActionError, match="HTTP 503"):
        run(server, journal=journal)
    assert run(server, journal=journal).text.en.startswith("started scheduled job nightly")
    assert server.runs == [JOB]


def test_after_the_maximum_of_runs_for_an_incident_it_gives_up(server: SchedulerServer) -> None:
    made = action_run(action=run_scheduler_job.NAME, target=JOB)
    other = action_run(action=run_scheduler_job.NAME, target=JOB, details={"changed": False})
    with pytest.raises(TargetRefusedError, match="failed again after it was run 2 times") as refused:
        run(server, actions_so_far=(made, made, other))
    assert refused.value.reason is TargetRefusal.LIMIT_REACHED
    assert run(server, actions_so_far=(made, other)).changed


@pytest.mark.parametrize(
    ("labels", "project", "message"),
    [
        ({"job": "../x"}, "example-project", "does not name a job"),
        ({"location": ""}, "example-project", "does not name a job"),
        ({"job": "other"}, "example-project", "HTTP 404"),
        ({}, "elsewhere-project", "HTTP 404"),
        ({}, "", "does not name a job"),
    ],
)
def test_a_job_that_the_incident_does_not_name_is_refused(
    server: SchedulerServer, labels: dict[str, str], project: str, message: str
) -> None:
    with pytest.raises(TargetRefusedError, match=message):
        run(server, labels, project=project)
    assert server.runs == []


def test_the_limit_of_runs_is_checked_with_the_rule() -> None:
    with pytest.raises(InputError, match="from 1 to 10"):
        Params(max_runs=0)
