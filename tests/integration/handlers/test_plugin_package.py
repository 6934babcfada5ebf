"""A notifier and an action of an installed package work like Hinomi's own; the notifier is the one in docs/handlers.md."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from cli.app import run
from handlers.spec import HandlerSpec
from shared.config import Settings
from shared.model import Mode, RunState
from shared.secret import Secret
from tests.support.handling import Desk
from tests.support.plugin_package import documented_notifier, importable, install

pytestmark = pytest.mark.sqlite

NOTIFY = HandlerSpec(name="room", action="chat", params={"channel": "night"}, mode=Mode.AUTO)
FORGETFUL = '''"""Pauses a pipeline.

It returns nothing by mistake.
"""

from pathlib import Path
from dataclasses import dataclass

NAME, PERMISSIONS, SETTINGS, SECRETS = "pause", (), (), ()


@dataclass(frozen=True)
class Params:
    pass


def target(incident, params):
    return incident.resource


def run(context, params):
    with Path({file!r}).open("a") as file:
        file.write("paused\\n")
    {end}
'''


class Room(ThreadingHTTPServer):
    """A chat room that stores its messages."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.texts: list[str] = []
        self.url = f"http://127.0.0.1:{self.server_port}/room"


class _Handler(BaseHTTPRequestHandler):
    server: Room

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.texts.append(json.loads(body)["text"])
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_args: Any) -> None:
        pass


@pytest.fixture
def room() -> Iterator[Room]:
    with Room() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def package(tmp_path: Path) -> Iterator[Path]:
    """The installed package; its action `pause` writes to a file."""
    site, worked = tmp_path / "site", tmp_path / "worked"
    modules = {
        "my_chat/__init__.py": "",
        "my_chat/notifier.py": documented_notifier(),
        "my_chat/nothing.py": FORGETFUL.format(file=str(worked), end="return None"),
        "my_chat/odd.py": FORGETFUL.replace('"pause"', '"pause_oddly"').format(
            file=str(worked),
            end="from handlers.context import ActionResult; return ActionResult('paused', details={'at': context.now})",
        ),
    }
    actions = {"pause": "my_chat.nothing", "pause_oddly": "my_chat.odd"}
    install(site, modules, {"hinomi.notifiers": {"chat": "my_chat.notifier"}, "hinomi.actions": actions})
    with importable(site):
        yield worked


@pytest.mark.usefixtures("package")
def test_the_notifier_of_a_package_sends_to_the_named_channel(desk: Desk, room: Room) -> None:
    desk.settings = Settings(environment={"HINOMI_CHAT_URL_NIGHT": Secret(room.url)})
    desk.apply(NOTIFY)
    desk.public_bucket()
    assert desk.work() == 1
    (done,) = desk.runs()
    assert (done.state, done.target, done.result) == (RunState.DONE, "chat:night", "sent to the room night")
    assert room.texts == [desk.detail().incident.title]


@pytest.mark.usefixtures("package")
def test_a_missing_secret_of_a_package_fails_the_run_and_is_named(desk: Desk) -> None:
    desk.settings = Settings()
    desk.apply(NOTIFY)
    desk.public_bucket()
    desk.work()
    (failed,) = desk.runs()
    assert (failed.state, failed.attempts) == (RunState.FAILED, 1)
    assert "HINOMI_CHAT_URL_NIGHT is not set" in (failed.error or "")


@pytest.mark.usefixtures("package")
def test_a_test_message_is_delivered(
    room: Room, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HINOMI_CHAT_URL_NIGHT", room.url)
    assert run(["notify-test", "--channel", "night"]) == 0  # it is the only configured notifier
    assert room.texts == ["Hinomi can reach this room."]
    assert "sent to the room night" in capsys.readouterr().out


@pytest.mark.usefixtures("package")
@pytest.mark.parametrize(
    ("url", "error"), [("http://127.0.0.1:1/s3cret", "ConnectionError"), ("s3cret", "MissingSchema")]
)
def test_a_room_that_cannot_be_called_is_one_line_without_its_url(
    url: str, error: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HINOMI_CHAT_URL", url)
    assert run(["notify-test", "--notifier", "chat"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert f"chat: {error}" in line
    assert "s3cret" not in line


@pytest.mark.usefixtures("package")
def test_the_secret_of_a_package_is_listed_without_its_value(
    room: Room, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HINOMI_CHAT_URL_NIGHT", room.url)
    assert run(["settings"]) == 0
    shown = capsys.readouterr().out
    assert "HINOMI_CHAT_URL_NIGHT = <secret>" in shown
    assert room.url not in shown


@pytest.mark.parametrize(
    ("action", "state"), [("pause", RunState.FAILED), ("pause_oddly", RunState.DONE)], ids=["no result", "odd details"]
)
def test_a_mistake_in_a_result_does_not_repeat_the_work(
    desk: Desk, package: Path, action: str, state: RunState
) -> None:
    desk.apply(HandlerSpec(name="pause", action=action, mode=Mode.AUTO))
    desk.public_bucket()
    for _ in range(3):
        desk.work()
        desk.wait(hours=2)
    (ended,) = desk.runs()
    assert (ended.state, package.read_text(encoding="utf-8")) == (state, "paused\n")
    assert (ended.error or "").startswith("the action 'pause' returned no result") is (state is RunState.FAILED)
