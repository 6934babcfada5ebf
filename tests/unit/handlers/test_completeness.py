"""Every action and notifier is complete; otherwise the test names what is missing."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from handlers import completeness, registry
from shared.config import ROOT
from tests.support import plugin_package
from tests.support.plugin_package import (
    documented_notifier,
    documented_project,
    documented_test,
    importable,
    install,
)


@pytest.mark.parametrize("name", registry.names())
def test_every_action_and_notifier_is_complete(name: str) -> None:
    assert completeness.problems(name) == []


@pytest.mark.parametrize("name", registry.names())
def test_every_action_and_notifier_has_a_test_of_its_own(name: str) -> None:
    assert list((ROOT / "tests").rglob(f"test_{name}*.py"))


def problems(site: Path, *changes: tuple[str, str]) -> list[str]:
    """The parts that are missing if the documented notifier is changed in this way."""
    source = documented_notifier()
    for old, new in changes:
        assert old in source
        source = source.replace(old, new)
    install(site, {"my_chat/__init__.py": "", "my_chat/notifier.py": source})
    with importable(site):
        return completeness.problems("chat")


def test_the_documented_notifier_is_complete(tmp_path: Path) -> None:
    assert problems(tmp_path) == []


def test_the_documented_test_of_the_notifier_passes(tmp_path: Path) -> None:
    points = tomllib.loads(documented_project())["project"]["entry-points"]
    install(tmp_path, {"my_chat/__init__.py": "", "my_chat/notifier.py": documented_notifier()}, points)
    tests = dict[str, Any]()
    with importable(tmp_path), pytest.MonkeyPatch.context() as patch:
        exec(documented_test(), tests)  # noqa: S102 - the code of docs/handlers.md
        tests["test_an_incident_is_posted_to_its_room"](patch)
        tests["test_the_plug_in_is_complete"]()


HEAD = '''"""Sends one line to a chat room.

The room is a webhook that accepts JSON.
"""'''


RESULT = "return ActionResult(SENT(room=params.channel))"
WRITTEN = [
    'return ActionResult("sent")',
    'return ActionResult("sent to " + params.channel)',
    'return ActionResult("sent to {}".format(params.channel))',
    'return ActionResult("sent" if params.channel else SENT(room=""))',
    'text = f"sent to {params.channel}"\n    return ActionResult(text)',
]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (HEAD, "", "the module has no docstring"),
        (HEAD, '"""Sends one line."""', "no paragraph behind its first line"),
        ("PERMISSIONS: tuple[str, ...] = ()", "", "the action 'chat' has no PERMISSIONS"),
        (
            "PERMISSIONS: tuple[str, ...] = ()",
            'PERMISSIONS = ("owner",)',
            "PERMISSIONS: 'owner' is not an IAM permission",
        ),
        (
            "PERMISSIONS: tuple[str, ...] = ()",
            'PERMISSIONS = ()\nDRY_RUN_PERMISSIONS = ("storage.buckets.get",)',
            "DRY_RUN_PERMISSIONS: 'storage.buckets.get' is not in PERMISSIONS",
        ),
        ('parameter("The room.", "default")', '"default"', "the parameter 'channel' has no documentation"),
        ('NAME = "chat"', 'NAME = "talk"', "NAME is 'talk' and not 'chat'"),
        ("def send_test(", "def _unused(", "a notifier has send_test"),
        ("def target(", "def _unused(", "the action 'chat' has no target"),
        ('ja="ルーム {room} に送信"', 'ja=""', "SENT is empty in 'ja'"),
        ('ja="ルーム {room} に送信"', 'ja="{channel} に送信"', "SENT has other placeholders in one language"),
        (', ja="ルーム {room} に送信"', "", "TypeError"),
        ('ja="ルーム {room} に送信"', 'ja="ルーム {room:>9} に送信"', "SENT has the placeholder {room:>9}"),
        ('ja="ルーム {room} に送信"', 'ja="ルーム {room!r} に送信"', "SENT has the placeholder {room!r}"),
        ('ja="ルーム {room} に送信"', 'ja="ルーム {} に送信"', "SENT has the placeholder {}"),
        ('ja="ルーム {room} に送信"', 'ja="ルーム {room に送信"', "SENT has a wrong brace"),
        (
            "return ActionResult(SENT(room=params.channel))",
            "return ActionResult(SENT(to=1))",
            "SENT lacks the value of room",
        ),
        *((RESULT, written, "the text of ActionResult is not a Text") for written in WRITTEN),
        (RESULT, 'raise ChannelError("closed")', "the text of ChannelError is not a Text"),
        ("yield SENT(room=params.channel)", 'yield "sent"', "the text is not a Text"),
        ("SECRETS = (ROOM_URL,)", "SECRETS = ROOM_URL", "SECRETS is not a tuple"),
        ("SECRETS = (ROOM_URL,)", "", "ROOM_URL (HINOMI_CHAT_URL[_<CHANNEL>]) is neither in SETTINGS nor in SECRETS"),
        ('"HINOMI_CHAT_URL[_<CHANNEL>]"', '"CHAT_URL"', "is not a Setting with a HINOMI_ variable"),
        ('"HINOMI_CHAT_URL[_<CHANNEL>]"', '"HINOMI_LANGUAGE"', "HINOMI_LANGUAGE is a setting of Hinomi"),
        ('"HINOMI_CHAT_URL[_<CHANNEL>]"', '"HINOMI_CHAT_URL[_<ROOM>]"', "needs a parameter 'room'"),
        ("SECRETS = (ROOM_URL,)", 'SETTINGS = (Setting("HINOMI_CHAT_TOKEN", "It."),)', "looks like a secret: move it"),
    ],
)
def test_what_is_missing_is_named(tmp_path: Path, old: str, new: str, problem: str) -> None:
    assert any(problem in found for found in problems(tmp_path, (old, new))), problems(tmp_path, (old, new))


@pytest.mark.parametrize(
    ("line", "error"), [("import no_such_package\n", "ModuleNotFoundError"), ("raise SystemExit(3)\n", "SystemExit: 3")]
)
def test_a_package_that_cannot_be_imported_is_named_with_the_reason(tmp_path: Path, line: str, error: str) -> None:
    (problem,) = problems(tmp_path, ("from __future__ import annotations\n", line))
    assert problem.startswith(f"'chat' of the package my-chat cannot be imported: {error}")


def test_a_package_cannot_replace_a_notifier_of_hinomi(tmp_path: Path) -> None:
    points = {"hinomi.notifiers": {"teams": "my_chat.notifier"}}
    install(tmp_path, {"my_chat/__init__.py": "", "my_chat/notifier.py": documented_notifier()}, points)
    with importable(tmp_path):
        assert registry.find("teams").__name__ == "handlers.notifiers.teams"  # type: ignore[attr-defined]
        assert registry.conflicts() == ["'teams' is brought by Hinomi and my-chat"]


def test_the_documented_notifier_is_the_only_one_of_its_page() -> None:
    assert plugin_package.documented_notifier().count("def run(") == 1
