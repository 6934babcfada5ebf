"""The words of a service that refuses."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from shared.error_responses import LONGEST, error_words, one_line


def answer(body: Any) -> requests.Response:
    response = requests.Response()
    response._content = body if isinstance(body, bytes) else json.dumps(body).encode()  # noqa: SLF001 - as it comes
    return response


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"error": {"code": 403, "message": "Access\n denied"}}, "Access denied"),
        ({"error": "invalid_grant"}, ""),
        ({"detail": "DAG not found", "title": "Not Found"}, "DAG not found"),
        ({"title": "Not Found"}, "Not Found"),
        ({"detail": [{"msg": "field required"}]}, "[{'msg': 'field required'}]"),
        (["a list"], ""),
        (b"<html>Bad gateway</html>", ""),
        ({}, ""),
    ],
)
def test_the_words_are_those_of_google_or_airflow(body: Any, words: str) -> None:
    assert error_words(answer(body)) == words


def test_long_words_are_cut() -> None:
    assert len(error_words(answer({"error": {"message": "no " * 1000}}))) == LONGEST


def test_nothing_is_an_empty_line() -> None:
    assert one_line(None) == ""
