"""Action runs are planned once, claimed by one worker, and finished only by the worker with the lease."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from db.error_db import runs
from db.error_db.runs import FinishedRun, NewRun
from db.error_db.store import ErrorStore
from shared.model import Mode, RunState, Trigger
from shared.records import RunView
from tests.support.findings import NOON, at, finding

LEASE = timedelta(minutes=5)


@pytest.fixture
def session(store: ErrorStore) -> Iterator[Session]:
    with store.transaction(NOON) as transaction:
        transaction.record(finding(), redact=())
        yield transaction.session


def new_run(**changes: Any) -> NewRun:
    values: dict[str, Any] = {
        "incident_id": 1,
        "handler_rule": "tell-the-team",
        "trigger": Trigger.OPENED,
        "cause": "entry-0",
        "action": "teams",
        "target": "default",
        "params": {"channel": "default"},
        "mode": Mode.AUTO,
    }
    return NewRun(**values | changes)


def planned(session: Session, now: datetime = NOON, **changes: Any) -> int:
    run_id = runs.add(session, new_run(**changes), now=now)
    assert run_id is not None
    return run_id


def claimed(session: Session, run_id: int, now: datetime = NOON, owner: str = "worker-1") -> RunView:
    run = runs.claim(session, run_id, owner=owner, now=now, lease=LEASE)
    assert run is not None
    return run


def the_run(session: Session) -> RunView:
    session.expire_all()
    (run,) = runs.of_incident(session, 1)
    return run


def test_a_run_is_planned_once_for_each_cause(session: Session) -> None:
    assert runs.add(session, new_run(), now=NOON) is not None
    assert runs.add(session, new_run(), now=NOON) is None
    assert runs.add(session, new_run(cause="entry-1"), now=NOON) is not None


def test_an_added_run_exists(session: Session) -> None:
    key: dict[str, Any] = {
        "incident_id": 1,
        "handler_rule": "tell-the-team",
        "trigger": Trigger.OPENED,
        "cause": "entry-0",
    }
    assert not runs.exists(session, **key)
    planned(session)
    assert runs.exists(session, **key)


def test_a_skipped_run_keeps_its_reason_and_is_never_due(session: Session) -> None:
    runs.add(session, new_run(reason="cooldown"), now=NOON)
    assert (the_run(session).state, the_run(session).reason) == (RunState.SKIPPED, "cooldown")
    assert runs.due(session, at(60), limit=10) == []


def test_a_planned_run_is_due_from_its_time_on(session: Session) -> None:
    run_id = runs.add(session, replace(new_run(), held_until=at(10)), now=NOON)
    assert runs.due(session, at(9), limit=10) == []
    assert [run.id for run in runs.due(session, at(10), limit=10)] == [run_id]


def test_due_runs_can_be_asked_for_some_incidents_only(session: Session) -> None:
    planned(session)
    assert runs.due(session, NOON, limit=10, incident_ids=[99]) == []
    assert len(runs.due(session, NOON, limit=10, incident_ids=[1])) == 1


def test_a_claim_counts_an_attempt(session: Session) -> None:
    run = claimed(session, planned(session))
    assert (run.state, run.attempts, run.started_at) == (RunState.RUNNING, 1, NOON)


def test_a_claimed_run_cannot_be_claimed_by_another_worker(session: Session) -> None:
    run_id = planned(session)
    claimed(session, run_id)
    assert runs.claim(session, run_id, owner="worker-2", now=at(1), lease=LEASE) is None
    assert runs.due(session, at(1), limit=10) == []


def test_a_run_whose_lease_expired_is_claimed_again(session: Session) -> None:
    run_id = planned(session)
    claimed(session, run_id)
    assert claimed(session, run_id, now=at(6), owner="worker-2").attempts == 2


def test_a_done_run_stores_its_result(session: Session) -> None:
    run_id = planned(session)
    claimed(session, run_id)
    assert runs.finish(session, run_id, FinishedRun("sent", details={"status": 202}), owner="worker-1", now=at(1))
    run = the_run(session)
    assert (run.state, run.result, run.details, run.undo, run.finished_at) == (
        RunState.DONE,
        "sent",
        {"status": 202},
        None,
        at(1),
    )


def test_a_worker_that_lost_its_lease_writes_nothing(session: Session) -> None:
    run_id = planned(session)
    claimed(session, run_id)
    claimed(session, run_id, now=at(6), owner="worker-2")
    assert not runs.finish(session, run_id, FinishedRun("sent"), owner="worker-1", now=at(7))
    assert the_run(session).state == RunState.RUNNING


def test_a_failed_run_is_not_due_again(session: Session) -> None:
    run_id = planned(session)
    claimed(session, run_id)
    assert runs.fail(session, run_id, owner="worker-1", now=at(1), error="404 from the webhook")
    assert (the_run(session).state, the_run(session).error) == (RunState.FAILED, "404 from the webhook")
    assert runs.due(session, at(600), limit=10) == []


def test_a_failed_attempt_is_due_again_later(session: Session) -> None:
    run_id = planned(session)
    claimed(session, run_id)
    assert runs.retry_later(session, run_id, owner="worker-1", not_before=at(2), error="503")
    assert runs.due(session, at(1), limit=10) == []
    assert claimed(session, run_id, now=at(2)).attempts == 2


def test_a_run_that_was_put_off_counts_no_attempt(session: Session) -> None:
    run_id = planned(session)
    claimed(session, run_id)
    assert runs.put_off(session, run_id, owner="worker-1", not_before=at(2), text="the channel is busy")
    assert claimed(session, run_id, now=at(2)).attempts == 1


def test_the_last_run_is_the_one_that_ended_last(session: Session) -> None:
    assert runs.last_run_at(session, "tell-the-team", "default") is None
    run_id = planned(session)
    claimed(session, run_id)
    runs.finish(session, run_id, FinishedRun("sent"), owner="worker-1", now=at(3))
    runs.add(session, new_run(cause="entry-1", reason="cooldown"), now=at(4))
    assert runs.last_run_at(session, "tell-the-team", "default") == at(3)


def test_a_planned_run_counts_as_the_last_one(session: Session) -> None:
    planned(session, now=at(1))
    assert runs.last_run_at(session, "tell-the-team", "default") == at(1)


def test_a_budget_counts_what_was_planned_and_not_skipped(session: Session) -> None:
    planned(session, now=at(0))
    planned(session, now=at(30), cause="entry-1")
    runs.add(session, new_run(cause="entry-2", reason="cooldown"), now=at(31))
    assert runs.count_since(session, "tell-the-team", at(10)) == 1


def test_earlier_runs_are_those_that_were_done_for_real(session: Session) -> None:
    for cause, mode in (("a", Mode.AUTO), ("b", Mode.DRY_RUN)):
        run_id = planned(session, cause=cause, mode=mode)
        claimed(session, run_id)
        runs.finish(session, run_id, FinishedRun("done"), owner="worker-1", now=NOON)
    assert runs.count_done(session, "tell-the-team", "default") == 1
