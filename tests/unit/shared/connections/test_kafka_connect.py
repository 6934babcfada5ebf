"""Connections to Kafka Connect: from environment variables to sessions."""

from __future__ import annotations

import pytest
import requests

from shared import config
from shared.clients import Clients
from shared.connections import kafka_connect
from shared.errors import InputError
from shared.secret import Secret

URL, AUTH, USERNAME, SECRET, CA = (
    f"HINOMI_KAFKA_CONNECT_CDC_{name}" for name in ("URL", "AUTH", "USERNAME", "SECRET", "CA")
)
HTTPS = "https://connect.example.com:8083"


def header(environ: dict[str, str], path: str = "/connectors") -> str | None:
    server = kafka_connect.server(Clients(config.load(environ)), "cdc")
    prepared = server.session.prepare_request(requests.Request("GET", f"{server.url}{path}"))
    return prepared.headers.get("Authorization")


@pytest.mark.parametrize(
    ("auth", "expected"),
    [("none", None), ("bearer", "Bearer hunter2"), ("basic", "Basic YWxpY2U6aHVudGVyMg==")],
)
def test_a_call_is_signed_as_the_settings_say(auth: str, expected: str | None) -> None:
    assert header({URL: f"{HTTPS}/", AUTH: auth, USERNAME: "alice", SECRET: "hunter2"}) == expected


def test_the_token_goes_to_no_other_host() -> None:
    server = kafka_connect.server(Clients(config.load({URL: HTTPS, AUTH: "bearer", SECRET: "hunter2"})), "cdc")
    prepared = server.session.prepare_request(requests.Request("GET", "https://connect.example.com/x"))
    assert "Authorization" not in prepared.headers


@pytest.mark.parametrize("url", ["http://connect:8083", HTTPS, "http://127.0.0.1:8083"])
def test_a_connect_without_secret_may_be_called_over_http(url: str) -> None:
    assert kafka_connect.configured(config.load({URL: url}), "cdc").url == url


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        (
            {URL: "http://connect:8083", AUTH: "basic"},
            f"{URL} is not an https address: set one .http only with {AUTH}=none",
        ),
        ({URL: "connect:8083"}, "is not an https address"),
        ({URL: "ftp://connect"}, "is not an https address"),
        ({URL: HTTPS, AUTH: "alice:hunter2"}, "none, basic, bearer"),
        ({URL: "https://alice:hunter2@connect"}, f"set {USERNAME} and {SECRET}"),
        ({AUTH: "none"}, f"set {URL}"),
    ],
)
def test_a_wrong_setting_is_named_without_its_value(environ: dict[str, str], message: str) -> None:
    with pytest.raises(InputError, match=message) as refused:
        config.load(environ)
    assert "hunter2" not in str(refused.value)


def test_the_variables_that_the_authentication_needs_are_required() -> None:
    environ = {URL: HTTPS, AUTH: "basic", URL.replace("CDC", "DEV"): HTTPS, AUTH.replace("CDC", "DEV"): "bearer"}
    secrets = {name: Secret(value) for name, value in environ.items()}
    needed = [name for name, _ in kafka_connect.required(secrets)]
    assert needed == [USERNAME, SECRET, SECRET.replace("CDC", "DEV")]


def test_a_wrong_form_of_certificates_is_named() -> None:
    with pytest.raises(InputError, match=f"{CA} does not contain certificates"):
        kafka_connect.server(Clients(config.load({URL: HTTPS, CA: "hunter2"})), "cdc")
