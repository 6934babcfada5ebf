from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from db.error_db import runs
from demo.platform.http import Reply
from demo.platform.storage import StorageServer
from demo.platform.teams import TeamsServer
from handlers.giving_up import backoff
from handlers.spec import HandlerSpec
from handlers.worker import LEASE, MAX_ATTEMPTS
from shared.config import Settings
from shared.connections.airflow import AirflowConnection
from shared.model import IncidentKind, Mode, RunState, Status, Trigger
from shared.secret import Secret
from tests.support.handling import BUCKET, GRANT, Desk

pytestmark = pytest.mark.sqlite

AWAY = Reply(503, {"error": {"message": "away"}})


def repair(**changes: Any) -> HandlerSpec:
    return HandlerSpec(**{"name": "repair", "action": "remove_iam_member", "mode": Mode.AUTO, **changes})


def card(**changes: Any) -> HandlerSpec:
    return HandlerSpec(**{"name": "card", "action": "teams", "mode": Mode.AUTO, "on": tuple(Trigger), **changes})


def writes(storage: StorageServer) -> int:
    return sum(request.method == "PUT" for request in storage.requests)


def test_a_verified_repair_resolves_the_incident(desk: Desk, storage: StorageServer) -> None:
    desk.apply(repair())
    desk.public_bucket()
    assert desk.work() == 1
    incident, run = desk.detail().incident, desk.runs()[0]
    assert storage.policy(BUCKET)["bindings"] == []
    assert (run.state, run.attempts) == (RunState.DONE, 1)
    assert run.undo == {"resource": f"bucket {BUCKET}", "add": [{"role": GRANT["role"], "member": "allUsers"}]}
    assert incident.status is Status.RESOLVED
    assert incident.resolution == f"repaired by repair: {run.result}"


def test_runs_that_a_repair_triggers_are_planned_with_it_and_run_at_once(desk: Desk) -> None:
    with TeamsServer() as teams:
        desk.settings = Settings(
            storage_endpoint=desk.settings.storage_endpoint,
            environment={"HINOMI_TEAMS_WEBHOOK_URL": Secret(teams.webhook)},
        )
        desk.apply(repair(), card(on=(Trigger.RESOLVED,)))
        changes = desk.public_bucket()
        assert desk.work(incident_ids=[changes[0].incident.id]) == 2
        assert len(teams.cards) == 1
    assert [run.trigger for run in desk.runs()] == ["opened", "resolved"]


def test_a_dry_run_changes_nothing_and_resolves_nothing(desk: Desk, storage: StorageServer) -> None:
    desk.apply(repair(mode=Mode.DRY_RUN))
    desk.public_bucket()
    desk.work()
    assert writes(storage) == 0
    assert desk.runs()[0].result == f"would remove allUsers as {GRANT['role']} from bucket {BUCKET}"
    assert desk.detail().incident.status is Status.OPEN


@pytest.mark.parametrize(
    ("other", "served", "is_ambiguous"),
    [
        pytest.param({"project": "dev-project"}, "prod", True, marks=pytest.mark.both_databases),
        ({"project": "dev-project"}, "example-project/prod", False),
        ({"project": "example-project"}, "prod", False),
        ({"project": "dev-project", "labels": {"environment": "dev"}}, "prod", False),
        ({"project": "dev-project", "service": "dataproc"}, "prod", False),
    ],
)
def test_a_connection_that_serves_an_environment_of_any_project_is_refused_if_two_have_one(
    desk: Desk, other: dict[str, Any], served: str, *, is_ambiguous: bool
) -> None:
    connection = AirflowConnection("http://127.0.0.1:1", "none", environment=served)
    desk.settings = Settings(connections={"airflow": {"etl": connection}})
    desk.apply(repair(action="clear_airflow_task", params={"airflow": "etl"}))
    labels = {"environment": "prod", "dag_id": "load", "task_id": "merge", "run_id": "r"}
    failed = {"rule": "composer/task_failed", "kind": IncidentKind.JOB_FAILURE, "service": "composer", "elements": {}}
    desk.public_bucket("e1", "etl/load/merge", **failed, labels=labels)
    desk.public_bucket("e2", "others", **{**failed, "labels": labels, **other})
    desk.work(incident_ids=[1])
    refused = "HINOMI_AIRFLOW_ETL_ENVIRONMENT to one of dev-project/prod, example-project/prod"
    assert (refused in str(desk.runs()[0].error)) is is_ambiguous


def test_an_outage_is_retried_with_backoff(desk: Desk, storage: StorageServer) -> None:
    desk.apply(repair())
    desk.public_bucket()
    storage.fail_next(AWAY, AWAY)
    desk.work()
    first = desk.runs()[0]
    assert (first.state, first.error) == (RunState.PLANNED, f"read the policy of bucket {BUCKET}: HTTP 503 away")
    assert first.not_before == desk.now + timedelta(seconds=30)
    assert desk.work() == 0
    desk.wait(seconds=30)
    desk.work()
    assert desk.runs()[0].not_before == desk.now + timedelta(seconds=60)
    desk.wait(seconds=60)
    desk.work()
    assert (desk.runs()[0].state, desk.runs()[0].error) == (RunState.DONE, None)


def test_the_server_may_request_a_longer_wait(desk: Desk, storage: StorageServer) -> None:
    desk.apply(repair())
    desk.public_bucket()
    storage.fail_next(Reply(429, headers={"Retry-After": "600"}))
    desk.work()
    assert desk.runs()[0].not_before == desk.now + timedelta(seconds=600)


def test_an_outage_is_a_failure_after_eight_attempts(desk: Desk, storage: StorageServer) -> None:
    desk.apply(repair())
    desk.public_bucket()
    storage.fail_next(*[AWAY] * (MAX_ATTEMPTS + 1))
    for _ in range(MAX_ATTEMPTS + 2):
        desk.work()
        desk.wait(hours=1)
    assert (desk.runs()[0].state, desk.runs()[0].attempts) == (RunState.FAILED, MAX_ATTEMPTS)
    assert len(storage.requests) == MAX_ATTEMPTS


def test_a_late_repair_skips_a_resolved_incident(desk: Desk, storage: StorageServer) -> None:
    desk.apply(repair())
    desk.public_bucket()
    storage.fail_next(AWAY)
    desk.work()
    desk.recover()
    desk.wait(minutes=1)
    desk.work()
    assert writes(storage) == 0
    assert desk.runs()[0].result == "nothing to do: the incident is resolved"


def test_a_permanent_error_fails_at_once_and_is_reported_once(
    desk: Desk, storage: StorageServer, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.apply(repair(on=(Trigger.OPENED, Trigger.REOCCURRED)))
    desk.public_bucket("e1", resource="missing-bucket")
    desk.work()
    desk.public_bucket("e2", resource="missing-bucket")
    desk.work()
    assert [run.state for run in desk.runs()] == [RunState.FAILED, RunState.FAILED]
    assert capsys.readouterr().out.count("failed permanently") == 1
    assert len(storage.requests) == 2


def test_a_run_of_a_removed_action_fails_with_a_reason(desk: Desk) -> None:
    desk.apply(repair(action="open_the_gates"))
    desk.public_bucket()
    desk.work()
    assert desk.runs()[0].state is RunState.FAILED
    assert "there is no action 'open_the_gates'" in str(desk.runs()[0].error)


@pytest.mark.both_databases
@pytest.mark.parametrize("workers", [2, 6])
def test_a_run_is_claimed_by_one_of_several_workers(desk: Desk, storage: StorageServer, workers: int) -> None:
    desk.apply(repair())
    desk.public_bucket()
    start = threading.Barrier(workers)

    def work(_: int) -> None:
        worker = desk.worker()
        start.wait()
        worker.run_due(desk.now)

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(work, range(workers)))
    assert writes(storage) == 1
    assert (desk.runs()[0].state, desk.runs()[0].attempts) == (RunState.DONE, 1)


@pytest.mark.both_databases
def test_concurrent_workers_execute_each_run_once(desk: Desk, storage: StorageServer) -> None:
    desk.apply(repair())
    for number in range(8):
        storage.add_bucket(f"bucket-{number}", [{"role": GRANT["role"], "members": ["allUsers"]}])
        desk.public_bucket(f"e{number}", bucket=f"bucket-{number}")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: desk.work(), range(4)))
    assert writes(storage) == 8
    assert [desk.runs(number + 1)[0].state for number in range(8)] == [RunState.DONE] * 8


def test_a_run_whose_worker_died_is_retried_after_the_lease(desk: Desk, storage: StorageServer) -> None:
    desk.apply(repair())
    desk.public_bucket()
    with desk.store.transaction(desk.now) as transaction:
        runs.claim(transaction.session, desk.runs()[0].id, owner="dead", now=desk.now, lease=LEASE)
    assert desk.work() == 0
    desk.wait(seconds=LEASE.total_seconds() + 1)
    assert desk.work() == 1
    assert (desk.runs()[0].state, desk.runs()[0].attempts) == (RunState.DONE, 2)
    assert writes(storage) == 1


def test_a_run_that_kills_its_worker_every_time_is_given_up(desk: Desk) -> None:
    desk.apply(repair())
    desk.public_bucket()
    for _ in range(MAX_ATTEMPTS):
        with desk.store.transaction(desk.now) as transaction:
            runs.claim(transaction.session, desk.runs()[0].id, owner="dead", now=desk.now, lease=LEASE)
        desk.wait(minutes=6)
    desk.work()
    assert desk.runs()[0].error == "gave up after 8 attempts that did not finish"


def test_a_repair_killed_before_its_result_was_stored_is_not_repeated_and_keeps_its_undo(
    desk: Desk, storage: StorageServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.apply(repair())
    desk.public_bucket()
    with monkeypatch.context() as patch:
        patch.setattr(runs, "finish", _die)
        with pytest.raises(KeyboardInterrupt):
            desk.work()
    desk.wait(minutes=6)
    desk.work()
    assert writes(storage) == 1
    assert "interrupted" in str(desk.runs()[0].result)
    assert desk.runs()[0].undo is not None
    assert desk.detail().incident.status is Status.RESOLVED


def _die(*_: object, **__: object) -> bool:
    raise KeyboardInterrupt


def test_only_runs_of_the_given_incidents_are_executed(desk: Desk) -> None:
    desk.apply(repair())
    desk.public_bucket("e1", bucket="bucket-1")
    desk.public_bucket("e2", bucket="bucket-2")
    desk.work(incident_ids=[2])
    assert [desk.runs(1)[0].state, desk.runs(2)[0].attempts] == [RunState.PLANNED, 1]


def test_the_number_of_started_runs_is_limited(desk: Desk) -> None:
    desk.apply(repair())
    for number in range(3):
        desk.public_bucket(f"e{number}", bucket=f"bucket-{number}")
    assert desk.work(limit=2) == 2


@pytest.mark.parametrize(
    ("attempts", "requested", "seconds"), [(1, None, 30), (2, None, 60), (4, None, 240), (9, None, 3600), (1, 90.0, 90)]
)
def test_the_wait_doubles_up_to_an_hour(attempts: int, requested: float | None, seconds: int) -> None:
    assert backoff(attempts, requested) == timedelta(seconds=seconds)
