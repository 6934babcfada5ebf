from __future__ import annotations

import base64
import json
import queue
import sys
import threading
import time
from collections.abc import Iterator
from types import FrameType
from typing import Any

import pytest

from demo import publisher as module
from demo.platform.http import JsonServer, Reply, Request
from demo.publisher import TICKS_AGAIN, Publisher

pytestmark = pytest.mark.server


class Function(JsonServer):
    """Acknowledges every message."""

    def answer(self, request: Request) -> Reply:
        del request
        return Reply(200)

    def received(self) -> list[dict[str, Any]]:
        return [json.loads(base64.b64decode(request.body["message"]["data"])) for request in self.requests]


@pytest.fixture
def function() -> Iterator[Function]:
    with Function() as server:
        yield server


@pytest.fixture
def publisher(function: Function) -> Iterator[Publisher]:
    made = Publisher([function.url])
    made.start()
    yield made
    made.stop()


def wait(publisher: Publisher) -> None:
    deadline = time.monotonic() + 60
    while publisher.waiting and time.monotonic() < deadline:
        time.sleep(0.01)


def test_a_message_arrives_with_its_data(publisher: Publisher, function: Function) -> None:
    publisher.publish({"tick": "sweep"})
    wait(publisher)

    assert function.received()[0] == {"tick": "sweep"}


def test_a_server_error_is_delivered_again(publisher: Publisher, function: Function) -> None:
    function.fail_next(Reply(500), Reply(503))
    publisher.publish({"tick": "sweep"})
    wait(publisher)

    assert (publisher.retried, publisher.waiting, publisher.lost) == (2, 0, [])


def test_a_share_of_messages_comes_twice_and_a_share_as_cloud_events(publisher: Publisher, function: Function) -> None:
    for number in range(60):
        publisher.publish({"number": number})
    wait(publisher)
    cloud_events = [request for request in function.requests if "ce-id" in request.headers]

    assert 60 < len(function.requests) < 80
    assert 5 < len(cloud_events) < 40


def test_redelivery_brings_every_message_so_many_times_with_its_id(publisher: Publisher, function: Function) -> None:
    for number in range(5):
        publisher.publish({"number": number})
    wait(publisher)
    before = len(function.requests)

    assert publisher.redeliver(3) == 15
    wait(publisher)
    again = [request.body["message"]["messageId"] for request in function.requests[before:]]
    assert sorted(again) == sorted([message.message_id for message in publisher.history] * 3)


def test_redelivery_brings_few_of_the_ticks_that_a_slow_machine_has_had(publisher: Publisher) -> None:
    for _ in range(TICKS_AGAIN + 5):
        publisher.publish({"tick": "sweep"})
    publisher.publish({"number": 1})
    wait(publisher)

    assert publisher.redeliver(2) == 2 * (TICKS_AGAIN + 1)
    wait(publisher)


def test_messages_are_spread_over_all_instances() -> None:
    with Function() as one, Function() as two:
        publisher = Publisher([one.url, two.url])
        publisher.start()
        for number in range(10):
            publisher.publish({"number": number})
        wait(publisher)
        publisher.stop()

        assert min(len(one.requests), len(two.requests)) >= 5


def test_no_interrupt_can_leave_the_queue_between_two_lines(publisher: Publisher) -> None:
    """A Ctrl-C in the put of `queue.Queue` took the wake-up of a later message: the demo did not end."""
    executed: set[str] = set()

    def trace(frame: FrameType, _event: str, _argument: object) -> None:
        executed.add(frame.f_code.co_filename)

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        publisher.publish({"number": 1})
    finally:
        sys.settrace(before)

    assert module.__file__ in executed
    assert not executed & {queue.__file__, threading.__file__}
