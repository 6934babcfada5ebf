"""The brakes of remediations: deny list, budgets per principal and in total, delay, circuit breaker."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from cli.app import run as command_line
from dashboard.incidents.runs import result_of
from db.error_db import queries
from db.error_db.runs import breakers
from demo.platform.http import Reply
from demo.platform.storage import StorageServer
from handlers.remediations import breaker
from handlers.remediations.brakes import Brakes, Breaker
from handlers.spec import HandlerSpec
from handlers.worker import LEASE
from shared.model import Mode, RunState, Status, Trigger
from shared.records import IncidentView
from shared.texts.stages import sentence
from tests.support.handling import GRANT, Desk

pytestmark = pytest.mark.sqlite

DENIED = Reply(403, {"error": {"message": "no access"}})
HOUR = timedelta(hours=1)


def apply(desk: Desk, *others: HandlerSpec, **changes: Any) -> None:
    repair = {"name": "repair", "action": "remove_iam_member", "mode": Mode.AUTO, **changes}
    desk.apply(HandlerSpec(**repair), *others)


def open_buckets(desk: Desk, storage: StorageServer, count: int, **changes: Any) -> list[str | None]:
    """Makes further buckets public and runs the handlers; returns why each run was suppressed, or None if it ran."""
    known = len(storage.policies())
    names = [f"bucket-{number}" for number in range(known, known + count)]
    for name in names:
        storage.add_bucket(name, [{"role": GRANT["role"], "members": ["allUsers"]}])
        desk.public_bucket(f"e-{name}", bucket=name, **changes)
    desk.work()
    with desk.store.reading() as session:
        found = {view.resource: view.id for view in queries.incidents(session, queries.IncidentFilter(), limit=100)}
    return [desk.runs(found[name])[0].reason for name in names]


def suppressed_by_breaker(desk: Desk, storage: StorageServer) -> list[dict[str, Any]]:
    """The decisions of the brakes about a further bucket, whose run the open circuit breaker suppresses."""
    (reason,) = open_buckets(desk, storage, 1)
    assert reason == "breaker_open"
    with desk.store.reading() as session:
        latest = max(each.id for each in queries.incidents(session, queries.IncidentFilter(service="storage"), limit=9))
    return [each for each in desk.runs(latest)[0].decision if each["stage"] == "brakes"]


def own_incidents(desk: Desk) -> list[IncidentView]:
    with desk.store.reading() as session:
        return queries.incidents(session, queries.IncidentFilter(service="hinomi"), limit=10)


@pytest.mark.parametrize(
    ("deny", "reason"),
    [
        ({"resource": ("bucket-*",)}, "deny_listed"),
        ({"resource": ("BUCKET-1",)}, "deny_listed"),
        ({"principal": ("*@example.com",)}, "deny_listed"),
        ({"project": ("example-*",)}, "deny_listed"),
        ({"resource": ("bucket",), "principal": ("alice",), "project": ("other",)}, None),
    ],
)
def test_the_deny_list_is_never_touched(
    desk: Desk, storage: StorageServer, deny: dict[str, tuple[str, ...]], reason: str | None
) -> None:
    apply(desk, brakes=Brakes(deny=deny))
    about = {"principal": "alice@example.com", "project": "example-project"}
    assert open_buckets(desk, storage, 1, **about) == [reason]
    assert bool(storage.policy("bucket-1")["bindings"]) is (reason is not None)


def test_one_principal_cannot_use_up_the_budget_of_another(desk: Desk, storage: StorageServer) -> None:
    apply(desk, budget=10, brakes=Brakes(principal_budget=2))
    spent = "principal_budget_spent"
    assert open_buckets(desk, storage, 3, principal="mallory@example.org") == [None, None, spent]
    assert open_buckets(desk, storage, 1, principal="alice@example.com") == [None]


def test_all_remediations_share_the_total_budget(desk: Desk, storage: StorageServer) -> None:
    second = HandlerSpec(
        "second", "remove_iam_member", mode=Mode.AUTO, on=(Trigger.RESOLVED,), brakes=Brakes(total_budget=1)
    )
    apply(desk, second, brakes=Brakes(total_budget=3))
    assert open_buckets(desk, storage, 2) == [None, None]
    assert [(run.handler_rule, run.reason) for run in desk.runs(1)] == [
        ("repair", None),
        ("second", "total_budget_spent"),
    ]
    assert open_buckets(desk, storage, 2) == [None, "total_budget_spent"]


def test_a_run_on_a_target_that_does_not_exist_spends_no_budget_and_is_no_failure(
    desk: Desk, storage: StorageServer
) -> None:
    apply(desk, budget=1, brakes=Brakes(breaker=Breaker(1, HOUR)))
    desk.public_bucket("gone", bucket="missing-bucket")
    desk.work()
    assert desk.runs()[0].refusal == "target_not_found"
    assert open_buckets(desk, storage, 2) == [None, "budget_spent"]


def test_after_a_delay_the_target_is_read_and_a_corrected_fault_is_left_alone(
    desk: Desk, storage: StorageServer
) -> None:
    apply(desk, brakes=Brakes(delay=timedelta(minutes=10)))
    open_buckets(desk, storage, 2)
    starts = "starts at 2026-11-23 12:10 UTC, after a delay, if the fault still exists then"
    assert result_of(desk.runs(1)[0], "en") == starts
    desk.wait(minutes=9)
    assert desk.work() == 0
    storage.add_bucket("bucket-1", [])
    desk.wait(minutes=1)
    assert desk.work() == 2
    corrected, repaired = desk.runs(1)[0], desk.runs(2)[0]
    assert (corrected.state, corrected.undo) == (RunState.DONE, None)
    assert str(corrected.result).startswith("nothing to do")
    assert storage.policy("bucket-2")["bindings"] == []
    assert repaired.decision[-4]["reason"] == "delayed"


def fail(desk: Desk, storage: StorageServer, count: int) -> list[str | None]:
    storage.fail_next(*[DENIED] * count)
    return open_buckets(desk, storage, count)


@pytest.mark.both_databases
def test_the_breaker_opens_after_failures_in_a_row_and_notifies(desk: Desk, storage: StorageServer) -> None:
    apply(desk, brakes=Brakes(breaker=Breaker(3, HOUR)))
    fail(desk, storage, 2)
    assert open_buckets(desk, storage, 1) == [None]
    fail(desk, storage, 2)
    assert own_incidents(desk) == []
    fail(desk, storage, 1)
    (incident,) = own_incidents(desk)
    assert (incident.rule, incident.resource, incident.severity) == ("hinomi/rule_stopped", "repair", "high")
    assert "HTTP 403 no access" in incident.summary
    assert open_buckets(desk, storage, 1) == ["breaker_open"]


def test_after_a_time_one_run_tries_and_closes_the_breaker(desk: Desk, storage: StorageServer) -> None:
    apply(desk, brakes=Brakes(breaker=Breaker(1, HOUR)))
    fail(desk, storage, 1)
    desk.wait(minutes=61)
    for name in ("a", "b"):
        storage.add_bucket(name * 3, [{"role": GRANT["role"], "members": ["allUsers"]}])
        desk.public_bucket(f"trial-{name}", bucket=name * 3)
    with desk.store.reading() as session:
        found = queries.incidents(session, queries.IncidentFilter(service="storage"), limit=10)
    reasons = {view.resource: desk.runs(view.id)[0].reason for view in found}
    assert (reasons["aaa"], reasons["bbb"]) == (None, "breaker_open")
    desk.work()
    assert own_incidents(desk)[0].status is Status.RESOLVED
    assert own_incidents(desk)[0].resolution == "a run of repair helped, so the rule runs again"
    assert open_buckets(desk, storage, 1) == [None]


def test_a_failed_try_keeps_the_breaker_open_for_the_same_time_again(desk: Desk, storage: StorageServer) -> None:
    apply(desk, brakes=Brakes(breaker=Breaker(1, HOUR)))
    fail(desk, storage, 1)
    desk.wait(minutes=61)
    assert fail(desk, storage, 1) == [None]
    assert open_buckets(desk, storage, 1) == ["breaker_open"]
    desk.wait(minutes=61)
    assert open_buckets(desk, storage, 1) == [None]
    assert [each.status for each in own_incidents(desk)] == [Status.RESOLVED]


def test_a_try_whose_target_is_gone_leaves_the_try_to_the_next_run(desk: Desk, storage: StorageServer) -> None:
    apply(desk, brakes=Brakes(breaker=Breaker(1, HOUR)))
    fail(desk, storage, 1)
    desk.wait(minutes=61)
    desk.public_bucket("gone", bucket="missing-bucket")
    desk.work()
    assert open_buckets(desk, storage, 1) == [None]


def test_the_worker_that_dies_in_a_try_does_not_stop_the_rule_for_ever(desk: Desk, storage: StorageServer) -> None:
    from db.error_db import runs

    apply(desk, brakes=Brakes(breaker=Breaker(1, HOUR)))
    fail(desk, storage, 1)
    desk.wait(minutes=61)
    desk.public_bucket("trial", bucket="trial-bucket")
    storage.add_bucket("trial-bucket", [{"role": GRANT["role"], "members": ["allUsers"]}])
    with desk.store.transaction(desk.now) as transaction:
        runs.claim(transaction.session, 2, owner="dead", now=desk.now, lease=LEASE)
    desk.wait(minutes=6)
    desk.work()
    assert own_incidents(desk)[0].status is Status.RESOLVED


def test_without_a_breaker_nothing_is_stopped(desk: Desk, storage: StorageServer) -> None:
    apply(desk, brakes=Brakes(breaker=None))
    fail(desk, storage, 4)
    assert open_buckets(desk, storage, 1) == [None]


def test_a_person_closes_the_breaker(
    desk: Desk,
    storage: StorageServer,
    error_db_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("HINOMI_ERROR_DB_URL", error_db_url)
    apply(desk, brakes=Brakes(breaker=Breaker(1, HOUR)))
    fail(desk, storage, 1)
    capsys.readouterr()
    assert command_line(["handlers", "list"]) == 0
    listed = " ".join(capsys.readouterr().out.split())
    assert "circuit breaker open until" in listed
    assert "stopped for 60 min after 1 failure" in listed
    monkeypatch.setenv("HINOMI_LANGUAGE", "ja")
    assert command_line(["handlers", "list"]) == 0
    assert "のポリシーの読み取りに失敗" in "".join(capsys.readouterr().out.split())
    assert [sentence(each).ja for each in suppressed_by_breaker(desk, storage)] == [
        "2026-11-23 13:00 UTC までサーキットブレーカーが開いた状態: バケット bucket-1 のポリシーの読み取りに失敗: HTTP 403 no access"
    ]
    monkeypatch.delenv("HINOMI_LANGUAGE")
    assert command_line(["handlers", "close-breaker", "repair", "--by", "alice"]) == 0
    assert "closed the circuit breaker of repair" in capsys.readouterr().out
    assert own_incidents(desk)[0].resolution == "alice closed the circuit breaker of repair"
    assert open_buckets(desk, storage, 1) == [None]
    assert command_line(["handlers", "close-breaker", "repair"]) == 2
    assert "is not open" in capsys.readouterr().err
    assert command_line(["handlers", "close-breaker", "repiar"]) == 2
    assert "no handler rule is named 'repiar': did you mean 'repair'?" in capsys.readouterr().err


def test_a_suppressed_run_starts_when_the_breaker_closes(desk: Desk, storage: StorageServer) -> None:
    from handlers.deferred_notifications import plan_deferred

    apply(desk, brakes=Brakes(breaker=Breaker(1, HOUR)))
    fail(desk, storage, 1)
    assert open_buckets(desk, storage, 1) == ["breaker_open"]
    with desk.store.transaction(desk.now) as transaction:
        breaker.close(transaction, "repair", by="alice", now=desk.now)
        assert plan_deferred(transaction, desk.now) == 1
    desk.work()
    assert storage.policy("bucket-2")["bindings"] == []


def test_a_success_forgets_the_failures(desk: Desk, storage: StorageServer) -> None:
    apply(desk)
    fail(desk, storage, 2)
    open_buckets(desk, storage, 1)
    with desk.store.reading() as session:
        found = breakers.find(session, "repair")
    assert found is not None
    assert (found.failures, found.opened_at) == (0, None)
