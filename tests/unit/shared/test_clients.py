"""Clients are created once, at first use, and never send a credential to an unknown host."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import cast

import google.auth
import pytest
import requests
from google.oauth2.credentials import Credentials

from shared import clients as module
from shared.clients import Clients, new_session
from shared.config import ROOT, Settings
from shared.connections.airflow import AirflowConnection, AirflowServer, server
from shared.errors import InputError
from shared.secret import Secret


class Echo(BaseHTTPRequestHandler):
    """Responds with the Authorization header of the request; /slow responds too late."""

    def do_GET(self) -> None:
        if self.path == "/slow":
            cast("EchoServer", self.server).stopped.wait()
        self._answer(401 if self.path == "/expired" else 200, self.headers.get("Authorization", "none"))

    def do_POST(self) -> None:
        server = cast("EchoServer", self.server)
        user = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        server.tokens += user == {"username": "alice", "password": "pw"}
        self._answer(201, json.dumps({"access_token": f"token-{server.tokens}"}))

    def _answer(self, status: int, text: str) -> None:
        self.send_response(status)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Logs nothing."""


class EchoServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Echo)
        self.stopped = threading.Event()
        self.tokens = 0

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignores a caller that closed the connection."""


@pytest.fixture
def echo() -> Iterator[str]:
    server = EchoServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.stopped.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def signed(monkeypatch: pytest.MonkeyPatch) -> None:
    credentials = Credentials(token="made-up-token")  # type: ignore[no-untyped-call]
    monkeypatch.setattr(google.auth, "default", lambda **_: (credentials, "example-project"))


def authorization(session: requests.Session, url: str) -> str | None:
    prepared = session.prepare_request(requests.Request("GET", url))
    value = prepared.headers.get("Authorization")
    return value.decode() if isinstance(value, bytes) else value


def airflow(url: str, auth: str = "google", name: str = "main") -> AirflowServer:
    connection = AirflowConnection(url, auth, username="alice", password=Secret("pw"))
    return server(Clients(Settings(connections={"airflow": {"main": connection}})), name)


@pytest.mark.server
def test_nothing_heavy_is_imported_before_a_client_is_asked_for() -> None:
    code = "import sys, shared.clients as c; c.Clients(c.Settings()); print([name for name in ('google.auth', 'grpc', 'requests') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_threads_share_one_client() -> None:
    clients = Clients(Settings(monitoring_endpoint="127.0.0.1:1"))
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: clients.monitoring(), range(8)))
    assert all(client is made[0] for client in made)


@pytest.mark.usefixtures("signed")
@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/b",
        "https://example.com/",
        "http://storage.googleapis.com/b",
        "https://googleapis.com.example.com/",
    ],
)
def test_a_token_goes_to_no_other_host_than_google(url: str) -> None:
    assert authorization(Clients(Settings()).http(), url) is None


@pytest.mark.usefixtures("signed")
def test_a_google_api_gets_an_access_token() -> None:
    session = Clients(Settings()).http()
    assert authorization(session, "https://storage.googleapis.com/storage/v1/b/x/iam") == "Bearer made-up-token"


@pytest.mark.usefixtures("signed")
def test_a_composer_airflow_gets_an_access_token_and_its_neighbours_do_not() -> None:
    url = "https://abc-dot-europe-west1.composer.googleusercontent.com"
    session = airflow(url + "/").session
    assert authorization(session, url + "/api/v2/dags") == "Bearer made-up-token"
    assert authorization(session, url + ".example.com/api/v2/dags") is None


@pytest.mark.server
def test_a_call_without_a_timeout_ends(echo: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TIMEOUT_SECONDS", 0.05)
    with pytest.raises(requests.Timeout):
        Clients(Settings(storage_endpoint=echo)).http().get(f"{echo}/slow")


@pytest.mark.server
def test_an_airflow_with_basic_authentication_gets_user_and_password(echo: str) -> None:
    connection = airflow(echo + "/", auth="basic")
    assert connection.url == echo
    assert connection.session.get(f"{echo}/api").text == "Basic YWxpY2U6cHc="


@pytest.mark.server
def test_an_airflow_without_authentication_gets_nothing(echo: str) -> None:
    assert airflow(echo, auth="none").session.get(f"{echo}/api").text == "none"


def test_an_unknown_airflow_says_which_variable_to_set() -> None:
    with pytest.raises(InputError, match="HINOMI_AIRFLOW_OTHER_URL"):
        airflow("http://127.0.0.1:1", name="other")


@pytest.mark.server
def test_an_airflow_token_is_asked_for_once_and_again_after_a_401(echo: str) -> None:
    session = airflow(echo, auth="token").session
    assert [session.get(f"{echo}/api").text for _ in range(2)] == ["Bearer token-1"] * 2
    session.get(f"{echo}/expired")
    assert session.get(f"{echo}/api").text == "Bearer token-2"


def test_local_endpoints_replace_google() -> None:
    clients = Clients(Settings(storage_endpoint="http://127.0.0.1:1/", resourcemanager_endpoint=""))
    assert clients.storage_url == "http://127.0.0.1:1"
    assert clients.resourcemanager_url == "https://cloudresourcemanager.googleapis.com"


def test_a_local_bigquery_needs_no_credentials() -> None:
    client = Clients(Settings(bigquery_endpoint="http://127.0.0.1:1")).bigquery("example-project")
    assert client.project == "example-project"


def test_a_session_uses_the_proxies_of_the_environment_for_each_host(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "no_proxy"):  # upper case is for other programs
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:3128")
    monkeypatch.setenv("no_proxy", "inside.example.com")
    session = new_session()
    for _ in range(2):
        outside = session.merge_environment_settings("http://example.com/a?b=c", {}, None, None, None)["proxies"]
        assert outside.pop("http") == "http://127.0.0.1:3128"
        inside = session.merge_environment_settings("http://inside.example.com/a", {}, None, None, None)["proxies"]
        assert "http" not in inside
