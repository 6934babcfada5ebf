"""The checks of a function with a trigger, before functions-framework reads the body."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import flask
import functions_framework
import pytest
from cloudevents.http import CloudEvent
from flask.testing import FlaskClient

from collectors.metrics_analysis import event_requests
from shared.texts import EMPTY

EVENT = {"ce-id": "1", "ce-source": "//pubsub", "ce-specversion": "1.0", "ce-type": "t"}
JSON = "application/json"
DEEP = b'{"a":' * 500 + b"1" + b"}" * 500


@dataclass
class Handled:
    """A fake application and pipeline: the events that the function got, and the bodies that went straight to the pipeline."""

    events: list[Any] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    trigger_route: str = "/evidence"

    @property
    def pipeline(self) -> Handled:
        return self

    def refusal(self, _source: str) -> Any:
        return EMPTY

    def handle(self, body: bytes, _now: Any, **_options: Any) -> None:
        self.bodies.append(body)


@pytest.fixture
def handled() -> Handled:
    return Handled()


@pytest.fixture
def client(handled: Handled) -> Iterator[FlaskClient]:
    """A client of the framework's own application, for a function that takes events."""
    app = flask.Flask("test")

    @functions_framework.cloud_event
    def taken(event: CloudEvent) -> None:
        handled.events.append(event.data)

    with app.app_context():
        event_requests.guard(lambda: handled)
    configure: Any = functions_framework._configure_app  # noqa: SLF001 - create_app needs a file
    configure(app, taken, "cloudevent")
    with app.test_client() as made:
        yield made


def test_an_event_reaches_the_function_with_its_whole_body(client: FlaskClient, handled: Handled) -> None:
    assert client.post("/", data=b'{"message": 1}', headers=EVENT, content_type=JSON).status_code == 200
    assert (handled.events, handled.bodies) == ([{"message": 1}], [])


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_the_liveness_path_says_ok_and_starts_nothing(client: FlaskClient, handled: Handled, method: str) -> None:
    answer = client.open("/healthz", method=method)
    assert (answer.status_code, answer.data) == (200, b"" if method == "HEAD" else b"ok")
    assert (handled.events, handled.bodies) == ([], [])


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/", 405), ("PUT", "/", 405), ("POST", "/admin", 404)])
def test_other_requests_get_a_short_text_that_reveals_nothing(
    client: FlaskClient, method: str, path: str, status: int
) -> None:
    answer = client.open(path, method=method, data=b"{}")
    assert (answer.status_code, answer.mimetype, len(answer.data) < 30) == (status, "text/plain", True)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (DEEP, JSON),
        (b'{"a":' + b"9" * 5000 + b"}", JSON),
        (b'{"a": NaN}', JSON),
        (b'{"a"', JSON),
        (b"\xff", JSON),
        (b"", JSON),
        (b"null", JSON),
        (b"[{}]", "application/cloudevents-batch+json"),
    ],
    ids=["deep", "huge number", "NaN", "cut off", "not UTF-8", "empty", "null", "batch"],
)
def test_a_body_that_the_framework_cannot_read_is_acknowledged_and_kept(
    client: FlaskClient, handled: Handled, body: bytes, content_type: str
) -> None:
    assert client.post("/", data=body, headers=EVENT, content_type=content_type).status_code == 200
    assert (handled.events, handled.bodies) == ([], [body])


@pytest.mark.parametrize(("path", "limit", "status"), [("/nothing", 2, 404), ("/", 1, 413)])
def test_another_path_and_a_body_that_is_too_large_are_refused(
    client: FlaskClient, handled: Handled, monkeypatch: pytest.MonkeyPatch, path: str, limit: int, status: int
) -> None:
    monkeypatch.setattr(event_requests, "MAX_BODY", limit)
    assert client.post(path, data=b"{}", headers=EVENT, content_type=JSON).status_code == status
    assert (handled.events, handled.bodies) == ([], [])


def _echo() -> bytes:
    return flask.request.get_data()


def test_other_functions_have_their_own_front_door(handled: Handled) -> None:
    app = flask.Flask("test")
    app.add_url_rule("/", "run", _echo, methods=["POST"])
    with app.app_context():
        event_requests.guard(lambda: handled)
    assert app.test_client().post("/", data=DEEP).data == DEEP


def test_outside_of_the_framework_nothing_is_checked(handled: Handled) -> None:
    event_requests.guard(lambda: handled)
