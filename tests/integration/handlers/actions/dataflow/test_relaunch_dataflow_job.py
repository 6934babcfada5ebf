"""The action relaunch_dataflow_job against a real HTTP server that speaks the API of Dataflow."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from demo.platform.dataflow import DataflowServer
from handlers.actions.dataflow import relaunch_dataflow_job
from handlers.actions.dataflow.relaunch_dataflow_job import Params
from handlers.context import ActionContext, ActionResult
from handlers.remediations.model import Journal, Outcome, Verdict
from shared.clients import Clients
from shared.config import Settings
from shared.errors import ActionError, InputError, TargetRefusal, TargetRefusedError
from shared.model import IncidentKind, Mode, Trigger
from shared.records import IncidentView
from shared.secret import Secret
from tests.support.incidents import NOW, action_run, incident
from tests.support.remediating import remediate

PROJECT, REGION = "example-project", "europe-west1"
NUMBER = "2026-11-20_00_15_12-6110555549864901093"
LABELS = {"job": "orders-enrich", "run": NUMBER, "location": REGION}
PATH = "gs://example-templates/enrich.json"
AT = NOW - timedelta(hours=1)


def add(server: DataflowServer, number: str, state: str, name: str = "orders-enrich", at: datetime = AT) -> None:
    server.add(PROJECT, number, name, state, location=REGION, type="JOB_TYPE_BATCH", createTime=at.isoformat())


@pytest.fixture
def server() -> Iterator[DataflowServer]:
    with DataflowServer(page_rows=2) as running:
        add(running, "2026-11-19_00_15_12-1", "DONE", at=AT - timedelta(days=1))
        add(running, NUMBER, "FAILED")
        add(running, "2026-11-20_00_20_00-7", "RUNNING", name="invoices-enrich", at=NOW)
        yield running


def settings(server: DataflowServer) -> Settings:
    return Settings(dataflow_endpoint=server.url, environment={"HINOMI_DATAFLOW_TEMPLATE_ENRICH": Secret(PATH)})


def view(labels: dict[str, str] | None = None, project: str = PROJECT) -> IncidentView:
    return incident(
        kind=IncidentKind.JOB_FAILURE,
        service="dataflow",
        rule="dataflow/job_failed",
        resource="orders-enrich",
        project=project,
        labels={**LABELS, **(labels or {})},
    )


def run(
    server: DataflowServer,
    labels: dict[str, str] | None = None,
    *,
    mode: Mode = Mode.AUTO,
    project: str = PROJECT,
    runs: tuple[Any, ...] = (),
    **params: Any,
) -> ActionResult:
    given = {"template": "enrich", **params}
    return remediate(
        relaunch_dataflow_job,
        settings(server),
        view(labels, project),
        mode=mode,
        params=given,
        journal=Journal(),
        actions_so_far=runs,
    )


def verify(server: DataflowServer, done: ActionResult, state: str, **change: Any) -> Verdict:
    server.jobs(PROJECT)[-1] |= {"currentState": f"JOB_STATE_{state}", **change}
    given = settings(server)
    later = datetime.now(UTC) + timedelta(minutes=6)
    context = ActionContext(view(), Trigger.OPENED, Mode.AUTO, later, Clients(given), given, run_id=7)
    assert done.plan is not None
    return relaunch_dataflow_job.verify(context, Params("enrich"), done.plan)


@pytest.mark.permissions
def test_a_failed_job_is_launched_from_its_template_under_its_name(server: DataflowServer) -> None:
    done = run(
        server,
        parameters={"input": "gs://in", "job": {"from": "resource"}},
        environment={"maxWorkers": 5},
    )
    assert done.text.en == "launched template enrich as job orders-enrich; it is pending now"
    assert server.launched == [
        {
            "jobName": "orders-enrich",
            "parameters": {"input": "gs://in", "job": "orders-enrich"},
            "environment": {"maxWorkers": 5},
            "containerSpecGcsPath": PATH,
        }
    ]


def test_a_classic_template_is_launched_by_its_path(server: DataflowServer) -> None:
    run(server, kind="classic", parameters={"a": "b"})
    assert server.launched == [
        {"jobName": "orders-enrich", "parameters": {"a": "b"}, "environment": {}, "gcsPath": PATH}
    ]


def test_a_job_whose_name_ends_with_a_changing_part_gets_another_one(server: DataflowServer) -> None:
    add(server, "2026-11-20_01_00_00-8", "FAILED", name="load-mart-1a2b3c4d")
    run(server, {"job": "load-mart-1a2b3c4d", "run": "2026-11-20_01_00_00-8"})
    (launched,) = server.launched
    assert launched["jobName"].startswith("load-mart-")
    assert launched["jobName"] != "load-mart-1a2b3c4d"


def test_a_dry_run_launches_nothing(server: DataflowServer) -> None:
    assert run(server, mode=Mode.DRY_RUN).text.en == "would launch template enrich as job orders-enrich"
    assert server.launched == []


@pytest.mark.parametrize(
    ("state", "outcome", "resolves"),
    [("RUNNING", Outcome.NOT_YET, True), ("DONE", Outcome.FIXED, False), ("FAILED", Outcome.NOT_FIXED, True)],
)
def test_a_batch_job_is_followed_to_its_end(
    server: DataflowServer, state: str, outcome: Outcome, *, resolves: bool
) -> None:
    verdict = verify(server, run(server), state)
    assert (verdict.outcome, verdict.resolves, verdict.may_help_again) == (outcome, resolves, False)


def test_a_streaming_job_that_runs_for_a_while_resolves_the_incident(server: DataflowServer) -> None:
    server.launched_type = "JOB_TYPE_STREAMING"
    done = run(server)
    assert verify(server, done, "RUNNING").outcome is Outcome.FIXED
    just_now = (datetime.now(UTC) + timedelta(minutes=2)).isoformat()
    assert verify(server, done, "RUNNING", currentStateTime=just_now).outcome is Outcome.NOT_YET


@pytest.mark.parametrize(("state", "left"), [("RUNNING", True), ("DONE", True), ("QUEUED", True), ("FAILED", False)])
def test_a_job_that_was_started_again_is_left_alone(server: DataflowServer, state: str, *, left: bool) -> None:
    add(server, "2026-11-20_00_50_00-9", state, at=NOW)
    done = run(server)
    assert done.changed is not left
    assert bool(server.launched) is not left
    if left:
        assert done.text.en == (
            f"nothing to do: Dataflow job orders-enrich was started again since, and is {state.lower()}"
        )


@pytest.mark.parametrize(
    ("labels", "project", "message", "reason"),
    [
        ({"job": "invoices-enrich"}, PROJECT, "is named orders-enrich", TargetRefusal.OTHER_TARGET),
        ({"run": "2026-11-19_00_15_12-1"}, PROJECT, "is done and did not fail", TargetRefusal.OTHER_TARGET),
        ({"run": "../x"}, PROJECT, "does not name a Dataflow job", TargetRefusal.OTHER_TARGET),
        ({"location": ""}, PROJECT, "does not name a Dataflow job", TargetRefusal.OTHER_TARGET),
        ({"run": "2026-11-19_00_15_12-404"}, PROJECT, "HTTP 404", TargetRefusal.TARGET_NOT_FOUND),
        ({}, "elsewhere-project", "HTTP 404", TargetRefusal.TARGET_NOT_FOUND),
    ],
)
def test_a_job_that_the_incident_does_not_name_or_that_did_not_fail_is_refused(
    server: DataflowServer, labels: dict[str, str], project: str, message: str, reason: TargetRefusal
) -> None:
    with pytest.raises(TargetRefusedError, match=message) as refused:
        run(server, labels, project=project)
    assert refused.value.reason is reason
    assert server.launched == []


def test_after_the_maximum_of_launches_for_an_incident_it_gives_up(server: DataflowServer) -> None:
    made = action_run(
        action=relaunch_dataflow_job.NAME, target=f"projects/{PROJECT}/locations/{REGION}/jobs/orders-enrich"
    )
    with pytest.raises(TargetRefusedError, match="failed again after it was launched once"):
        run(server, runs=(made,))
    assert run(server, runs=(made,), max_launches=2).changed


def test_a_template_that_is_not_set_names_the_variable(server: DataflowServer) -> None:
    with pytest.raises(ActionError, match="set HINOMI_DATAFLOW_TEMPLATE_OTHER"):
        run(server, template="other")
    assert "HINOMI_DATAFLOW_TEMPLATE_OTHER" in relaunch_dataflow_job.problem(settings(server), Params("other")).en
    assert not relaunch_dataflow_job.problem(Settings(), Params("other"))


@pytest.mark.parametrize(
    "values",
    [
        {"kind": "beam"},
        {"max_launches": 6},
        {"parameters": {"a": 7}},
        {"parameters": {"a": {"from": "nothing"}}},
        {"environment": {"containerSpecGcsPath": "gs://evil/x"}},
    ],
)
def test_the_parameters_are_checked_with_the_rule(values: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        Params("enrich", **values)


@pytest.mark.parametrize("value", ["enrich.json", "gs://b", "https://x/y", f"{PATH}\n", "gs://bucket/a b"])
def test_a_setting_that_is_not_the_path_of_a_template_is_rejected(value: str) -> None:
    with pytest.raises(InputError, match="is not the path of a template"):
        relaunch_dataflow_job.TEMPLATE.check(value)  # type: ignore[misc]
