"""The entry points: the function `dashboard`, and `hinomi dashboard` on loopback."""

from __future__ import annotations

import socket
import threading
from http.server import HTTPServer
from typing import Any
from urllib.request import urlopen

import flask
import pytest
from werkzeug import Response
from werkzeug.test import EnvironBuilder

import main
from cli.app import run
from dashboard import function

pytestmark = pytest.mark.sqlite


@pytest.fixture(autouse=True)
def databases(monkeypatch: pytest.MonkeyPatch, sqlite_url: str, schema_sqlite_url: str) -> None:
    """The settings of an installation on two SQLite files."""
    monkeypatch.setenv("HINOMI_ERROR_DB_URL", sqlite_url)
    monkeypatch.setenv("HINOMI_SCHEMA_DB_URL", schema_sqlite_url)
    function._application.cache_clear()  # noqa: SLF001


def status(**environ: Any) -> int:
    builder = EnvironBuilder(path="/incidents", base_url="http://localhost/", environ_overrides=environ)
    response = main.dashboard(flask.Request(builder.get_environ()))
    assert isinstance(response, Response)
    return response.status_code


def test_the_function_rejects_everyone_on_google_cloud_without_the_token_of_the_proxy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert status(REMOTE_ADDR="127.0.0.1") == 200
    function._application.cache_clear()  # noqa: SLF001
    monkeypatch.setenv("K_SERVICE", "dashboard")
    assert status(REMOTE_ADDR="127.0.0.1") == 403
    assert (
        status(REMOTE_ADDR="127.0.0.1", HTTP_X_GOOG_AUTHENTICATED_USER_EMAIL="accounts.google.com:a@example.com") == 403
    )


def test_the_command_serves_the_dashboard_on_loopback_and_prints_its_address(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    statuses: list[int] = []

    def visit(server: HTTPServer) -> None:
        address = f"http://127.0.0.1:{server.server_address[1]}/healthz"
        visitor = threading.Thread(target=lambda: statuses.append(urlopen(address, timeout=10).status))
        visitor.start()
        server.handle_request()
        visitor.join()

    monkeypatch.setattr("werkzeug.serving.BaseWSGIServer.serve_forever", visit)
    assert run(["dashboard", "--port", "0"]) == 0
    assert statuses == [200]
    assert "http://127.0.0.1:" in capsys.readouterr().out


def test_a_port_in_use_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert run(["dashboard", "--port", str(taken.getsockname()[1])]) == 2
    assert "is in use. Choose another one with --port" in capsys.readouterr().err
