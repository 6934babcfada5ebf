"""The contract of all notifiers: how they judge responses, keep secrets and limit sizes, and what each message contains."""

from __future__ import annotations

import base64
import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest

from cli.app import run
from demo.platform.http import Reply, Request
from demo.platform.smtp import MailboxServer
from deploy import secrets
from deploy.required_settings import required
from handlers import registry
from handlers.context import ActionContext, ActionResult, Notifier
from handlers.declared_settings import declaration
from handlers.messages import http_call, smtp
from handlers.notifiers import _workflows, pubsub
from shared.clients import Clients
from shared.errors import ActionError, ChannelError
from shared.model import Mode
from shared.secret import Secret
from tests.support.incidents import action_run, incident
from tests.support.receiver import Receiver, context_with

pytestmark = pytest.mark.server

SECRET = "t0ps3cr3tSignature"
KEY = "whsec_" + base64.b64encode(SECRET.encode() * 2).decode()
TRANSIENT = (408, 425, 429, 500, 502, 503, 504, 507, 599)
PERMANENT = (400, 401, 402, 403, 404, 405, 407, 409, 410, 413, 415, 422, 451, 501, 505)
Settings = dict[str, str]


@dataclass(frozen=True)
class Case:
    """A notifier over HTTP: its settings for an address, and how to read a sent message. `most` is the limit in bytes."""

    settings: Callable[[str], Settings]
    text: Callable[[Request], str]
    most: int


def _body(request: Request) -> str:
    return json.dumps(request.body, ensure_ascii=False)


def _published(request: Request) -> str:
    return base64.b64decode(request.body["messages"][0]["data"]).decode()


def _as_apprise(address: str) -> str:
    return address.replace("http://", f"json://hinomi:{SECRET}@")


CASES = {
    "apprise": Case(lambda url: {"HINOMI_APPRISE_URLS": _as_apprise(url)}, _body, 4_000),
    "pubsub": Case(
        lambda _url: {"HINOMI_PUBSUB_TOPIC": "projects/example-project/topics/incidents"}, _published, 64_000
    ),
    "teams": Case(lambda url: {"HINOMI_TEAMS_WEBHOOK_URL": url}, _body, 28 * 1024),
    "webhook": Case(lambda url: {"HINOMI_WEBHOOK_URL": url, "HINOMI_WEBHOOK_KEY": KEY}, _body, 64_000),
}
MAIL = {"HINOMI_EMAIL_FROM": "hinomi@example.com", "HINOMI_EMAIL_TO": "oncall@example.com"}
OVER_HTTP = pytest.mark.parametrize("name", CASES)


class EchoingReceiver(Receiver):
    """A receiver whose error responses repeat the request. Requests to Pub/Sub contain no secret of Hinomi."""

    def answer(self, request: Request) -> Reply:
        """The status; a success has a message id, as that of Pub/Sub."""
        if self.always.status < 400:
            return Reply(self.always.status, {"messageIds": ["1"]})
        echo = "" if request.parts[0] == "v1" else f"{self.address} {request.headers} {KEY}"
        return Reply(self.always.status, {"error": {"message": f"no {echo}"}}, self.always.headers)


@pytest.fixture
def receiver() -> Iterator[EchoingReceiver]:
    with EchoingReceiver(Reply(200)) as server:
        yield server


def context(name: str, receiver: Receiver, **changes: Any) -> ActionContext:
    """The context of a run whose calls reach the receiver."""
    made = context_with(CASES[name].settings(receiver.address), **changes)
    settings = replace(made.settings, pubsub_endpoint=receiver.url)
    return replace(made, settings=settings, clients=Clients(settings))


def plugin(name: str) -> Notifier:
    return registry.find_notifier(name)


def send(name: str, receiver: Receiver, **changes: Any) -> ActionResult:
    return plugin(name).run(context(name, receiver, **changes), registry.params(plugin(name), {}))


def refusal(name: str, receiver: Receiver, reply: Reply) -> ActionError:
    receiver.always = reply
    with pytest.raises(ActionError) as caught:
        send(name, receiver)
    return caught.value


def test_every_notifier_is_in_the_table() -> None:
    assert {*CASES, "email"} == set(registry.notifiers())


@OVER_HTTP
def test_each_status_retries_or_breaks_the_channel_and_loses_no_message(name: str, receiver: EchoingReceiver) -> None:
    found = {status: refusal(name, receiver, Reply(status)) for status in (*TRANSIENT, *PERMANENT)}
    assert [status for status in TRANSIENT if found[status].permanent] == []
    assert [status for status in PERMANENT if not isinstance(found[status], ChannelError)] == []
    receiver.always = Reply(200)
    assert send(name, receiver).changed


@OVER_HTTP
def test_no_error_contains_a_secret(name: str, receiver: EchoingReceiver, capsys: pytest.CaptureFixture[str]) -> None:
    errors = [refusal(name, receiver, Reply(status)) for status in (400, 401, 404, 413, 429, 503)]
    shown = "".join(f"{error.text.en}{error.text.ja}{error.__cause__!r}" for error in errors) + "".join(
        capsys.readouterr()
    )
    receiver.always = Reply(200)
    result = send(name, receiver)
    shown += f"{result.text.en}{result.details}"
    assert [secret for secret in (SECRET, KEY, "T0ps3cr3tPath") if secret in shown] == []


@pytest.mark.parametrize(("name", "seconds"), [("pubsub", 90.0), ("teams", 90.0), ("webhook", 90.0), ("apprise", None)])
def test_a_channel_says_how_long_to_wait(name: str, seconds: float | None, receiver: EchoingReceiver) -> None:
    assert refusal(name, receiver, Reply(429, None, {"Retry-After": "90"})).retry_after == seconds


@OVER_HTTP
def test_a_message_has_the_number_the_link_and_the_command_and_a_limited_size(
    name: str, receiver: EchoingReceiver
) -> None:
    send(name, receiver)
    text = CASES[name].text(receiver.requests[0])
    for expected in ("42", "https://hinomi.example.com/incidents/42", "hinomi incidents show 42", "Bucket made public"):
        assert expected in text
    huge = "🔥<*" * 20_000
    view = incident(title=huge, summary=huge, resource=huge, evidence={"fields": {"a": huge}}, labels={"b": huge})
    send(name, receiver, incident=view, actions_so_far=(action_run(result=huge),) * 30)
    assert len(CASES[name].text(receiver.requests[-1]).encode()) <= CASES[name].most


@OVER_HTTP
def test_a_dry_run_sends_nothing(name: str, receiver: EchoingReceiver) -> None:
    assert not send(name, receiver, mode=Mode.DRY_RUN).changed
    assert receiver.requests == []


@contextmanager
def silent() -> Iterator[str]:
    """The address of a server that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def closed() -> str:
    """The address of a port where nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return f"http://127.0.0.1:{listening.getsockname()[1]}"


@dataclass
class Absent:
    """Has the interface of a receiver whose server is down. The last parameters let Apprise give up soon."""

    url: str

    @property
    def address(self) -> str:
        return f"{self.url}/hooks/T0ps3cr3tPathOfTheHook?sig={SECRET}&cto=0.2&rto=0.2"


@OVER_HTTP
def test_a_server_that_is_away_or_silent_is_tried_again(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (_workflows, http_call, pubsub):
        monkeypatch.setattr(module, "TIMEOUT_SECONDS", 0.1)
    with silent() as url:
        for address in (url, closed()):
            with pytest.raises(ActionError) as caught:
                send(name, Absent(address))  # type: ignore[arg-type]
            assert not caught.value.permanent
            assert SECRET not in f"{caught.value.text.en}{caught.value.__cause__!r}{caught.value.__context__!r}"


@pytest.mark.parametrize("name", [*CASES, "email"])
def test_a_channel_without_settings_is_broken_and_names_them(name: str) -> None:
    with pytest.raises(ChannelError, match=f"set HINOMI_{name.upper()}|HINOMI_{name.upper()}_.* is not set"):
        plugin(name).run(context_with({}), registry.params(plugin(name), {}))


@pytest.mark.parametrize("name", [*CASES, "email"])
def test_the_command_sends_a_test_message(
    name: str, receiver: EchoingReceiver, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with MailboxServer() as mailbox:
        settings = (
            {**MAIL, "HINOMI_EMAIL_SERVER": mailbox.url} if name == "email" else CASES[name].settings(receiver.address)
        )
        for variable, value in {**settings, "HINOMI_PUBSUB_ENDPOINT": receiver.url}.items():
            monkeypatch.setenv(variable, value)
        assert run(["notify-test", "--notifier", name, "--lang", "ja"]) == 0
        accepted = capsys.readouterr().out
        receiver.always = Reply(403)
        mailbox.plan("MAIL", "550 no")
        assert run(["notify-test", "--notifier", name]) == 1
    refused = capsys.readouterr()
    assert len(mailbox.mails) + len(receiver.requests) in (1, 2)
    assert any(ord(letter) > 0x3000 for letter in accepted)
    assert SECRET not in accepted + refused.out + refused.err


def test_a_mail_server_that_is_away_or_silent_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "TIMEOUT_SECONDS", 0.1)
    with silent() as url:
        for address in (url, closed()):
            environment = {**MAIL, "HINOMI_EMAIL_SERVER": address.replace("http", "smtp")}
            with pytest.raises(ActionError) as caught:
                plugin("email").run(context_with(environment), registry.params(plugin("email"), {}))
            assert not caught.value.permanent


def test_deploy_names_the_variables_of_each_channel_and_mounts_its_secrets(tmp_path: Any) -> None:
    rules = [f"  - {{name: {name}, action: {name}, params: {{channel: data}}}}" for name in registry.notifiers()]
    file = tmp_path / "handlers.yaml"
    file.write_text("\n".join(["handlers:", *rules]), encoding="utf-8")
    needed = required(file, {"X": Secret("x")})
    assert set(needed) == {
        "HINOMI_APPRISE_URLS_DATA",
        "HINOMI_EMAIL_FROM",
        "HINOMI_EMAIL_SERVER",
        "HINOMI_EMAIL_TO_DATA",
        "HINOMI_PUBSUB_TOPIC_DATA",
        "HINOMI_TEAMS_WEBHOOK_URL_DATA",
        "HINOMI_WEBHOOK_KEY_DATA",
        "HINOMI_WEBHOOK_URL_DATA",
    }
    assert set(required(file, {"HINOMI_EMAIL_USER": Secret("x")})) == {*needed, "HINOMI_EMAIL_PASSWORD"}
    declared = {variable: declaration(variable) for variable in (*needed, "HINOMI_EMAIL_PASSWORD")}
    mounted = {variable for variable, each in declared.items() if each and each.is_secret}
    assert {variable.removeprefix("HINOMI_") for variable in mounted} == {
        *("APPRISE_URLS_DATA", "EMAIL_PASSWORD", "TEAMS_WEBHOOK_URL_DATA", "WEBHOOK_KEY_DATA", "WEBHOOK_URL_DATA")
    }
    assert {secrets.functions_of(each) for each in declared.values() if each} == {("metrics_analysis",)}
    assert set(secrets.parse([f"{name}=x" for name in mounted], [])) == mounted
