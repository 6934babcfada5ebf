"""A worker that is killed, or rejected by Pub/Sub, neither loses an order nor runs it twice (on the Pub/Sub emulator)."""

from __future__ import annotations

import json

import pytest

from cli.worker_subscription import WorkerSubscription
from handlers.scripts.orders.runner import OrderRunner
from shared.errors import InputError, TransientError
from tests.support.script_orders import (
    PULL_SECONDS,
    RESULTS,
    Place,
    script,
)

pytestmark = [pytest.mark.emulator, pytest.mark.sqlite]


class Killed(BaseException):
    """Raised in place of a kill of the process."""


@pytest.mark.parametrize(
    ("idempotent", "lines", "words"),
    [("false", 1, "clear may have run: its worker stopped meanwhile"), ("true", 2, "it succeeded")],
)
def test_after_a_kill_while_the_script_ran(
    place: Place, monkeypatch: pytest.MonkeyPatch, idempotent: str, lines: int, words: str
) -> None:
    script(place, more=f"idempotent: {idempotent}")
    place.open_incident()

    def dies(*_arguments: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(OrderRunner, "_ended", dies)
        with pytest.raises(Killed):
            place.work()
    place.work(waits=False)
    place.work(waits=False)
    place.hear(2)
    assert len(place.lines) == lines
    assert words in (place.run.result or "")


@pytest.mark.parametrize("step", ["acknowledge", "publish"])
def test_a_kill_before_the_start_leaves_an_order_that_is_delivered_again_and_runs_once(
    place: Place, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    script(place)
    place.open_incident()

    def dies(_self: WorkerSubscription, _argument: object) -> None:
        raise Killed

    received = place.bus.pull(PULL_SECONDS)
    assert received is not None
    with monkeypatch.context() as patched:
        patched.setattr(WorkerSubscription, step, dies)
        for runner in place.runner():
            with pytest.raises(Killed):
                runner.take(runner.read(received.data), received.ack_id)
    assert place.lines == []
    place.bus.subscriber.modify_ack_deadline(
        subscription=place.bus.name, ack_ids=[received.ack_id], ack_deadline_seconds=0
    )
    assert place.work()
    place.hear(3 if step == "acknowledge" else 2)
    assert place.lines == ["ran"]
    assert place.run.result == "ordered worker onprem to run clear; it succeeded"


def test_a_result_that_pubsub_does_not_take_is_published_at_the_next_round(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    script(place)
    place.open_incident()
    publish = WorkerSubscription.publish

    def lost(self: WorkerSubscription, data: bytes) -> None:
        if json.loads(data)["worker_state"] == "ended":
            raise TransientError("unavailable")
        publish(self, data)

    with monkeypatch.context() as patched:
        patched.setattr(WorkerSubscription, "publish", lost)
        with pytest.raises(TransientError):
            place.work()
    place.work(waits=False)
    place.hear(2)
    assert place.lines == ["ran"]
    assert place.run.result == "ordered worker onprem to run clear; it succeeded"


def test_a_worker_that_may_not_publish_runs_nothing_and_leaves_the_order(place: Place) -> None:
    script(place)
    place.open_incident()
    place.bus.publisher.delete_topic(topic=RESULTS)
    with pytest.raises(InputError, match="hinomi-results-onprem"):
        place.work()
    assert place.lines == []
    place.bus.publisher.create_topic(name=RESULTS)
    for runner in place.runner():
        entry = runner.ledger.find(_order(place))
    assert entry is not None
    assert entry.state == "taken"


def _order(place: Place) -> str:
    return str(((place.run.plan_made or {}).get("details") or {})["order"])
