"""Reads of remediations return an object, or fail with an error that says why not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from demo.platform.http import JsonServer, Reply
from handlers.remediations.reads import read, read_if_any
from shared.errors import ActionError
from shared.texts import Text

DOES = Text(en="read the job", ja="ジョブの読み取り")


@pytest.fixture
def server() -> Iterator[JsonServer]:
    with JsonServer() as running:
        yield running


def test_the_object_and_its_query_arrive(server: JsonServer) -> None:
    server.fail_next(Reply(200, {"state": "DONE"}))
    assert read(requests.Session(), f"{server.url}/jobs/1", DOES, location="EU") == {"state": "DONE"}
    assert server.requests[-1].query == {"location": "EU"}


@pytest.mark.parametrize("body", [b"[]", b"null", b"<html>", b""], ids=str)
def test_another_body_is_an_error_and_no_empty_object(server: JsonServer, body: bytes) -> None:
    server.fail_next(Reply(200, body))
    with pytest.raises(ActionError, match="read the job: the response is not a JSON object") as raised:
        read(requests.Session(), server.url, DOES)
    assert raised.value.permanent


def test_a_redirect_is_not_followed(server: JsonServer) -> None:
    server.fail_next(Reply(302, b"", {"Location": f"{server.url}/elsewhere"}))
    with pytest.raises(ActionError, match="HTTP 302"):
        read(requests.Session(), server.url, DOES)
    assert len(server.requests) == 1


def test_what_does_not_exist_is_none_or_an_error_with_its_status(server: JsonServer) -> None:
    server.fail_next(Reply(404), Reply(404), Reply(503))
    assert read_if_any(requests.Session(), server.url, DOES) is None
    with pytest.raises(ActionError) as raised:
        read(requests.Session(), server.url, DOES)
    assert raised.value.status == 404
    with pytest.raises(ActionError) as raised:
        read_if_any(requests.Session(), server.url, DOES)
    assert raised.value.status == 503
