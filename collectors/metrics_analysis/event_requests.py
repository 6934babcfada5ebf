"""Checks requests before functions-framework parses the body and calls a function with a trigger.

Pub/Sub would deliver a body that cannot be parsed again until it drops it, because such a trigger has no dead letters.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

import flask

from collectors.metrics_analysis.envelope import MAX_BODY, is_readable
from shared import front_door
from shared.lazy.dataclass import dataclass

ENDPOINT = "cloudevent"  # the framework's name of a function that takes CloudEvents
BATCH = "application/cloudevents-batch"
TOPIC = r"/projects/[^/]+/topics/[^/]+"  # where the framework reads the topic of a push without ce- headers
TEXT = {"Content-Type": "text/plain; charset=utf-8"}


def guard(application: Callable[[], Any]) -> None:
    """Checks the requests of the Flask application that loads this function, if its function takes CloudEvents."""
    if flask.has_app_context():
        flask.current_app.before_request(partial(_checked, application))


def _checked(application: Callable[[], Any]) -> tuple[str, int, dict[str, str]] | None:
    """The response to a request that the framework cannot read; None for any other one."""
    if ENDPOINT not in flask.current_app.view_functions:
        return None
    request = flask.request
    if request.path == front_door.LIVENESS:
        front_door.stop_reading(request)
        return "ok", 200, TEXT
    request.max_content_length = MAX_BODY + 1  # also limits a body without a length
    paths = ("/", request.path) if re.fullmatch(TOPIC, request.path) else ("/",)
    try:
        body = front_door.body(_Whole(request), paths=paths, limit=MAX_BODY)
    except front_door.RefusedError as refused:
        return refused.text, refused.status, TEXT
    if is_readable(body) and not (request.content_type or "").startswith(BATCH):
        return None
    app = application()
    headers = headers_of(request)
    app.pipeline.handle(body, datetime.now(UTC), route=app.trigger_route, headers=headers, refusal=app.refusal(""))
    return "OK", 200, TEXT


def headers_of(request: flask.Request) -> dict[str, str]:
    """The headers by their names in lower case."""
    return {name.lower(): value for name, value in request.headers.items()}


@dataclass
class _Whole:
    """A request whose body is read at once and kept for the framework; also the stream of this body."""

    request: flask.Request
    is_read: bool = False

    @property
    def method(self) -> str:
        return self.request.method

    @property
    def path(self) -> str:
        return self.request.path

    @property
    def content_length(self) -> int | None:
        return self.request.content_length

    @property
    def environ(self) -> dict[str, Any]:
        return self.request.environ

    @property
    def stream(self) -> _Whole:
        return self

    def read(self, _size: int) -> bytes:
        if self.is_read:
            return b""
        self.is_read = True
        return self.request.get_data()
