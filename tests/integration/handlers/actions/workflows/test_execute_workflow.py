"""The action execute_workflow against a real HTTP server that speaks the Workflow Executions API."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from db.error_db.store import ErrorStore
from demo.platform.http import Reply
from demo.platform.jobs.workflows import WorkflowsServer
from handlers.actions.workflows import execute_workflow
from handlers.actions.workflows.execute_workflow import Params
from handlers.context import ActionResult
from handlers.remediations.model import Journal
from handlers.spec import HandlerSpec
from shared.config import Settings
from shared.errors import ActionError, InputError, TargetRefusedError
from shared.model import Mode, RunState
from shared.secret import Secret
from tests.support.handling import Desk
from tests.support.incidents import incident
from tests.support.remediating import remediate

WORKFLOW = "projects/my-project/locations/asia-northeast1/workflows/reload"
VARIABLE = "HINOMI_WORKFLOW_RELOAD"
ARGUMENT = {"table": {"from": "resource", "pattern": "[a-z.-]+"}, "reason": "repair"}


@pytest.fixture
def server() -> Iterator[WorkflowsServer]:
    with WorkflowsServer() as running:
        running.add(WORKFLOW)
        yield running


def settings(server: WorkflowsServer, value: str = WORKFLOW) -> Settings:
    return Settings(workflows_endpoint=server.url, environment={VARIABLE: Secret(value)})


def run(
    server: WorkflowsServer,
    *,
    mode: Mode = Mode.AUTO,
    journal: Journal | None = None,
    resource: str = "mart.orders",
    **params: Any,
) -> ActionResult:
    given = {"workflow": "reload", "argument": ARGUMENT, **params}
    view = incident(service="bigquery", resource=resource, labels={})
    return remediate(execute_workflow, settings(server), view, mode=mode, params=given, journal=journal or Journal())


def posts(server: WorkflowsServer) -> int:
    return sum(request.method == "POST" for request in server.requests)


@pytest.mark.permissions
def test_a_workflow_starts_with_values_of_the_incident(server: WorkflowsServer) -> None:
    done = run(server)
    assert done.text.en == "started workflow reload; it is still running"
    assert done.details == {"execution": "1"}
    (execution,) = server.executions[WORKFLOW]
    assert json.loads(execution["argument"]) == {"table": "mart.orders", "reason": "repair"}
    assert execution["labels"]["hinomi_incident"] == "42"


def test_a_dry_run_shows_the_argument_and_starts_nothing(server: WorkflowsServer) -> None:
    done = run(server, mode=Mode.DRY_RUN)
    assert done.text.en == "would execute workflow reload"
    assert done.plan is not None
    assert done.plan.calls[0].shown_body == {"argument": {"table": "mart.orders", "reason": "repair"}}
    assert posts(server) == 0


@pytest.mark.parametrize("acts", [True, False])
def test_an_execution_whose_response_was_lost_is_found_and_not_started_twice(
    server: WorkflowsServer, *, acts: bool
) -> None:
    journal, reply = Journal(), server.reply

    def answer(request: Any) -> Reply:
        if request.method != "POST":
            return reply(request)
        server.reply = reply  # type: ignore[method-assign]
        if acts:
            reply(request)
        return Reply(500)

    server.reply = answer  # type: ignore[method-assign]
    with pytest.raises(ActionError, match="HTTP 500") as failed:
        run(server, journal=journal)
    assert not failed.value.permanent
    assert run(server, journal=journal).text.en.startswith("started workflow reload")
    assert len(server.executions[WORKFLOW]) == 1


def test_none_starts_while_one_for_the_incident_runs(server: WorkflowsServer) -> None:
    other = {"hinomi_run": "x", "hinomi_incident": "42"}
    server.executions[WORKFLOW] = [
        *({"name": f"{WORKFLOW}/executions/o{number}", "state": "SUCCEEDED"} for number in range(25)),
        {"name": f"{WORKFLOW}/executions/e1", "state": "ACTIVE", "labels": other},
    ]
    done = run(server)
    assert done.text.en == "nothing to do: execution e1 of workflow reload for this incident has not ended"
    assert not done.changed
    server.executions[WORKFLOW][-1]["state"] = "FAILED"
    assert run(server).changed


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("state", "fields", "result", "then"),
    [
        ("SUCCEEDED", {"result": "{}"}, "started workflow reload; it succeeded", 0),
        (
            "FAILED",
            {"error": {"payload": '{"message":\n "no table"}', "context": "step"}},
            'started workflow reload; it ended as FAILED: {"message": "no table"}',
            1,
        ),
        ("CANCELLED", {}, "started workflow reload; it ended as CANCELLED: no error given", 1),
    ],
)
def test_an_execution_is_followed_to_its_end(
    store: ErrorStore, server: WorkflowsServer, state: str, fields: dict[str, Any], result: str, then: int
) -> None:
    desk = Desk(store, settings(server))
    params = {"workflow": "reload", "argument": ARGUMENT}
    desk.apply(
        HandlerSpec("reload", execute_workflow.NAME, mode=Mode.AUTO, params=params, then="page"),
        HandlerSpec("page", "teams", mode=Mode.DRY_RUN),
    )
    desk.public_bucket()
    for _ in range(2):
        desk.work()
        desk.wait(minutes=2)
    assert desk.runs()[0].result == "started workflow reload; it is still running"
    server.finish(WORKFLOW, state, **fields)
    desk.work()
    assert desk.runs()[0].result == result
    assert [run.handler_rule for run in desk.runs()[1:]] == ["page"] * then
    assert desk.runs()[0].state is RunState.DONE
    assert desk.runs()[0].verify_at is None


def test_a_value_of_the_incident_that_does_not_match_its_pattern_starts_nothing(server: WorkflowsServer) -> None:
    with pytest.raises(ActionError, match="does not match"):
        run(server, resource="mart; DROP")
    with pytest.raises(ActionError, match="has 40011 bytes"):
        run(server, argument={"a": "x" * 40_002})
    assert server.requests == []


def test_a_workflow_that_does_not_exist_is_not_a_failure_of_the_rule(server: WorkflowsServer) -> None:
    server.executions.clear()
    with pytest.raises(TargetRefusedError, match="HTTP 404"):
        run(server)


@pytest.mark.parametrize("value", ["reload", "projects/p/workflows/w", f"{WORKFLOW}/executions/x", f"{WORKFLOW}\n"])
def test_a_setting_that_is_not_a_workflow_is_rejected(value: str) -> None:
    with pytest.raises(InputError, match="is not a workflow"):
        execute_workflow.WORKFLOW.check(value)  # type: ignore[misc]


def test_a_workflow_that_is_not_set_names_the_variable(server: WorkflowsServer) -> None:
    with pytest.raises(ActionError, match="set HINOMI_WORKFLOW_OTHER"):
        run(server, workflow="other")
    assert "HINOMI_WORKFLOW_OTHER" in execute_workflow.problem(settings(server), Params("other")).en
    assert not execute_workflow.problem(Settings(), Params("other"))
    with pytest.raises(InputError, match=r"argument\.a"):
        Params("reload", {"a": {"from": "nothing"}})
