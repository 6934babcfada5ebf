"""A session of `requests` whose calls go to the simulated Google APIs without a connection.

A read over HTTP costs ten times as much, and preparing a request costs as much as the rest of the planner; it makes seventy
reads in each of four hundred plans of the tests. deploy.sh and `hinomi doctor` read over HTTP in other tests.
"""

from __future__ import annotations

import json as as_json
from collections.abc import Mapping
from typing import Any

import requests

from tests.support.gcloud_server import GoogleServer, as_bytes, received


class ServerSession(requests.Session):
    """Calls of the planner: each is a method, a URL, headers and a body."""

    def __init__(self, server: GoogleServer) -> None:
        super().__init__()
        self._server = server

    def request(  # type: ignore[override]
        self, method: str, url: str, *, headers: Mapping[str, str], json: Any = None
    ) -> requests.Response:
        """The answer of the server. Raises ConnectionError for none."""
        raw = b"" if json is None else as_json.dumps(json).encode()
        found = self._server.answer(received(method, url, {**headers, "Content-Type": "application/json"}, raw))
        if found is None:
            raise requests.ConnectionError
        response = requests.Response()
        response.url, response.status_code = url, found[0]
        response._content = as_bytes(found[1])  # noqa: SLF001 - what a read body becomes
        return response
