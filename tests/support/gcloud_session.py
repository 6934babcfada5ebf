"""A session of `requests` whose calls go to the simulated Google APIs without a connection.

A read over HTTP costs ten times as much; the planner makes seventy of them in each of a hundred tests.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import requests
from requests.adapters import BaseAdapter

from shared.clients import new_session
from tests.support.gcloud_server import GoogleServer, as_bytes, received


def session(server: GoogleServer) -> requests.Session:
    """A session as in the product; its calls of the server's URL need no running server."""
    made = new_session()
    made.trust_env = False
    made.mount(server.url, _Adapter(server))
    return made


class _Adapter(BaseAdapter):
    def __init__(self, server: GoogleServer) -> None:
        super().__init__()
        self._server = server

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: ARG002, FBT001, FBT002
        timeout: float | tuple[float, float] | tuple[float, None] | None = None,  # noqa: ARG002
        verify: bool | str = True,  # noqa: ARG002, FBT001, FBT002
        cert: bytes | str | tuple[bytes | str, bytes | str] | None = None,  # noqa: ARG002
        proxies: Mapping[str, str] | None = None,  # noqa: ARG002
    ) -> requests.Response:
        raw: Any = request.body or b""
        found = self._server.answer(received(str(request.method), str(request.url), request.headers, raw))
        if found is None:
            raise requests.ConnectionError(request=request)
        response = requests.Response()
        response.request, response.url = request, str(request.url)
        response.status_code = found[0]
        response.raw = io.BytesIO(as_bytes(found[1]))
        return response

    def close(self) -> None:
        """Nothing is open."""
