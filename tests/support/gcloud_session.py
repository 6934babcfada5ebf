"""A replacement of a `requests` session that calls the simulated Google APIs directly.

A read over HTTP costs ten times as much, and preparing a request costs as much as the rest of the planner. The planner
makes seventy reads in each of four hundred plans of the tests. deploy.sh and `hinomi doctor` read over HTTP in other
tests.
"""

from __future__ import annotations

import json as as_json
from collections.abc import Mapping
from typing import Any

import requests

from tests.support.gcloud_server import GoogleServer, as_bytes, received


class ServerSession(requests.Session):
    """The session of the planner."""

    def __init__(self, server: GoogleServer) -> None:
        super().__init__()
        self._server = server

    def request(  # type: ignore[override]
        self, method: str, url: str, *, headers: Mapping[str, str], json: Any = None
    ) -> requests.Response:
        """Returns the server's response. Raises ConnectionError if there is none."""
        raw = b"" if json is None else as_json.dumps(json).encode()
        found = self._server.answer(received(method, url, {**headers, "Content-Type": "application/json"}, raw))
        if found is None:
            raise requests.ConnectionError
        response = requests.Response()
        response.url, response.status_code = url, found[0]
        response._content = as_bytes(found[1])  # noqa: SLF001 - what a read body becomes
        return response
