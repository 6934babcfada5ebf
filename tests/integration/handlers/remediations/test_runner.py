"""A remediation makes the calls of its plan once, and its result is verified."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from db.error_db.runs import calls
from db.error_db.store import ErrorStore
from demo.platform.airflow import SimulatedAirflow
from demo.platform.http import Reply
from demo.platform.storage import StorageServer
from handlers import approvals
from handlers.spec import HandlerSpec
from shared.config import Settings
from shared.connections.airflow import AirflowConnection
from shared.model import IncidentKind, Mode, RunState, Severity, Status
from shared.records import CallView, RunView
from shared.secret import Secret
from tests.support.findings import finding
from tests.support.handling import BUCKET, GRANT, Desk

pytestmark = pytest.mark.sqlite

ALICE = "alice@example.com"
DAG, TASK, RUN = "load_mart", "merge_daily", "scheduled__2026-11-23"


def repair(mode: Mode = Mode.AUTO) -> HandlerSpec:
    return HandlerSpec(name="repair", action="remove_iam_member", mode=mode)


def made_calls(desk: Desk, run_id: int = 1) -> list[CallView]:
    with desk.store.reading() as session:
        return calls.of_run(session, run_id)


def open_bucket(desk: Desk, mode: Mode = Mode.AUTO) -> RunView:
    desk.apply(repair(mode))
    desk.public_bucket()
    desk.work()
    return desk.runs()[0]


def test_plan_calls_states_and_verdict_are_recorded(desk: Desk) -> None:
    run = open_bucket(desk)
    assert run.plan_made is not None
    assert [each["method"] for each in run.plan_made["calls"]] == ["PUT"]
    assert run.plan_made["calls"][0]["body"] == {"remove": [{"role": GRANT["role"], "member": "allUsers"}]}
    assert run.plan_made["before"] == {"grants": [{"role": GRANT["role"], "member": "allUsers"}]}
    assert (run.after, run.verdict, run.verify_at) == ({"grants": []}, "fixed", None)
    (call,) = made_calls(desk)
    assert call.resource.endswith(f"/storage/v1/b/{BUCKET}/iam")
    assert (call.method, call.effect, call.status, call.attempt) == ("PUT", "made", 200, 1)


def test_a_dry_run_records_its_plan_and_makes_no_call(desk: Desk) -> None:
    run = open_bucket(desk, Mode.DRY_RUN)
    assert run.plan_made is not None
    assert len(run.plan_made["calls"]) == 1
    assert (run.verdict, made_calls(desk)) == (None, [])


def test_a_conflict_plans_again_and_both_answers_are_recorded(desk: Desk, storage: StorageServer) -> None:
    read = Reply(200, storage.policy(BUCKET))
    storage.fail_next(read, Reply(412))
    assert open_bucket(desk).verdict == "fixed"
    assert [(each.effect, each.status) for each in made_calls(desk)] == [("none", 412), ("made", 200)]


def test_a_lost_answer_is_recorded_as_unknown_and_nothing_is_changed_twice(desk: Desk, storage: StorageServer) -> None:
    read = Reply(200, storage.policy(BUCKET))
    storage.fail_next(read, Reply(503))
    run = open_bucket(desk)
    assert run.state is RunState.PLANNED
    storage.add_bucket(BUCKET, [])
    desk.wait(minutes=1)
    desk.work()
    run = desk.runs()[0]
    assert [each.effect for each in made_calls(desk)] == ["unknown"]
    assert str(run.result).endswith("(probably done by an earlier attempt that was interrupted)")
    assert run.undo is not None


def test_an_attempt_that_was_rejected_is_not_credited_with_the_change_of_another(
    desk: Desk, storage: StorageServer
) -> None:
    read = Reply(200, storage.policy(BUCKET))
    storage.fail_next(read, Reply(429))
    open_bucket(desk)
    storage.add_bucket(BUCKET, [])
    desk.wait(minutes=1)
    desk.work()
    run = desk.runs()[0]
    assert run.result == f"nothing to do: bucket {BUCKET} no longer has the grant"
    assert run.undo is None


@pytest.mark.both_databases
def test_a_target_that_does_not_exist_is_a_named_refusal(desk: Desk) -> None:
    desk.apply(repair())
    desk.public_bucket(resource="missing-bucket")
    desk.work()
    run = desk.runs()[0]
    assert (run.state, run.refusal) == (RunState.FAILED, "target_not_found")


def test_a_plan_that_changed_since_it_was_approved_waits_for_another_approval(
    desk: Desk, storage: StorageServer
) -> None:
    both = ["allUsers", "allAuthenticatedUsers"]
    storage.add_bucket(BUCKET, [{"role": GRANT["role"], "members": both}])
    desk.apply(repair(Mode.APPROVE))
    desk.public_bucket(elements={"deltas": [{**GRANT, "member": member} for member in both]})
    desk.work()
    with desk.store.transaction(desk.now) as transaction:
        approvals.approve(transaction.session, 1, by=ALICE, now=desk.now)
    storage.add_bucket(BUCKET, [{"role": GRANT["role"], "members": both[1:]}])
    desk.work()
    run = desk.runs()[0]
    assert (run.waits_for_approval, run.mode, made_calls(desk)) == (True, Mode.DRY_RUN, [])
    assert run.plan("en").startswith("would remove allAuthenticatedUsers")
    assert run.plan("en").endswith("(approve again: the plan has changed since alice@example.com approved it)")
    assert run.approval is not None
    assert [each["by"] for each in run.approval["void"]] == [ALICE]
    with desk.store.transaction(desk.now) as transaction:
        approvals.approve(transaction.session, 1, by=ALICE, now=desk.now)
    desk.work()
    assert desk.runs()[0].verdict == "fixed"


def test_a_plan_without_calls_needs_no_approval(desk: Desk, storage: StorageServer) -> None:
    storage.add_bucket(BUCKET, [])
    run = open_bucket(desk, Mode.APPROVE)
    assert (run.state, run.waits_for_approval) == (RunState.DONE, False)


@pytest.fixture
def airflow() -> Iterator[SimulatedAirflow]:
    with SimulatedAirflow(3, "hinomi", "password") as server:
        server.add_run(DAG, RUN, [TASK])
        server.finish(DAG, RUN, TASK, "failed")
        yield server


@pytest.fixture
def cleared(airflow: SimulatedAirflow, store: ErrorStore) -> Desk:
    """A task that was cleared five minutes ago."""
    from handlers.plan import plan

    connection = AirflowConnection(airflow.url, "token", "hinomi", Secret("password"))
    desk = Desk(store, Settings(connections={"airflow": {"etl": connection}}))
    rerun = HandlerSpec(
        "rerun", "clear_airflow_task", mode=Mode.AUTO, params={"airflow": "etl", "max_clears": 1}, then="page"
    )
    desk.apply(rerun, HandlerSpec("page", "teams", mode=Mode.DRY_RUN))
    labels = {"dag_id": DAG, "task_id": TASK, "run_id": RUN, "environment": "etl"}
    failure = finding(
        rule="composer/task_failed",
        kind=IncidentKind.JOB_FAILURE,
        severity=Severity.HIGH,
        service="composer",
        resource=f"{DAG}.{TASK}",
        labels=labels,
    )
    with store.transaction(desk.now) as transaction:
        plan(transaction.record(failure, redact=()), transaction, desk.now)
    desk.work()
    assert desk.runs()[0].verdict == "not_yet"
    desk.wait(minutes=5)
    return desk


@pytest.mark.parametrize(("state", "verdict"), [("success", "fixed"), ("failed", "not_fixed"), ("running", "not_yet")])
def test_a_remediation_whose_effect_takes_time_is_verified_again(
    cleared: Desk, airflow: SimulatedAirflow, state: str, verdict: str
) -> None:
    airflow.finish(DAG, RUN, TASK, state)
    cleared.work()
    run = cleared.runs()[0]
    assert (run.state, run.verdict, run.after) == (RunState.DONE, verdict, {"state": state})
    assert (run.verify_at is not None) is (verdict == "not_yet")
    assert str(run.result).endswith(f"it is {state} now")
    assert cleared.detail().incident.status is Status.OPEN
    assert len(airflow.take_cleared()) == 1
    cleared.work()
    assert [each.handler_rule for each in cleared.runs()[1:]] == (["page"] if verdict == "not_fixed" else [])


def test_verification_ends_at_its_time_limit(cleared: Desk) -> None:
    cleared.wait(hours=6)
    cleared.work()
    run = cleared.runs()[0]
    assert (run.verdict, run.verify_at) == ("unverified", None)
    assert str(run.result).endswith("not verified within 360 min")
    assert [each.handler_rule for each in cleared.runs()[1:]] == ["page"]


def test_a_verification_that_cannot_read_its_target_is_tried_again(cleared: Desk, airflow: SimulatedAirflow) -> None:
    airflow.fail_next(*[Reply(503)] * 3)
    cleared.work()
    run = cleared.runs()[0]
    assert (run.verdict, run.verify_at) == ("not_yet", cleared.now + timedelta(seconds=300))
