"""Installed packages with plug-ins are copied into the functions, in the installed version."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy import plugin_packages
from shared.errors import InputError
from tests.support.plugin_package import documented_notifier, importable, install

MODULES = {"my_chat/__init__.py": "", "my_chat/notifier.py": documented_notifier()}


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return tmp_path / "site"


def copied(site: Path) -> list[str]:
    folder, lock = site.parent / "function", site.parent / "requirements.txt"
    folder.mkdir()
    lock.write_text("requests==2.32.0 \\\n    --hash=sha256:00\n", encoding="utf-8")
    with importable(site):
        plugin_packages.copy(folder, lock)
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def refused(site: Path) -> str:
    with pytest.raises(InputError) as error:
        copied(site)
    return str(error.value)


def test_without_packages_nothing_is_copied(site: Path) -> None:
    site.mkdir()
    assert copied(site) == []


def test_the_package_is_copied_without_files_of_this_machine(site: Path) -> None:
    install(site)
    info = "my_chat-1.0.dist-info"
    assert copied(site) == [
        f"{info}/METADATA",
        f"{info}/entry_points.txt",
        "my_chat/__init__.py",
        "my_chat/notifier.py",
    ]


def test_what_it_requires_is_copied_unless_it_is_locked_or_for_an_extra(site: Path) -> None:
    install(site, requires=("chat-colors>=1", "requests>=2", 'pytest>=9 ; extra == "dev"'))
    install(site, {"chat_colors.py": ""}, {}, name="chat-colors", requires=("my-chat",))
    assert [name for name in copied(site) if name.endswith(".py")] == [
        "chat_colors.py",
        "my_chat/__init__.py",
        "my_chat/notifier.py",
    ]


def test_a_requirement_that_is_not_installed_is_named(site: Path) -> None:
    install(site, requires=("chat-colors>=1",))
    assert refused(site) == "my-chat requires chat-colors, which is not installed"


def test_compiled_code_is_rejected(site: Path) -> None:
    install(site, {**MODULES, "my_chat/fast.cpython-311-x86_64-linux-gnu.so": ""})
    assert refused(site).startswith("my-chat has compiled code (my_chat/fast.")


def test_an_editable_installation_is_rejected(site: Path) -> None:
    install(site, {**MODULES, "_my_chat.pth": ""})
    assert "is installed in editable mode: install it with `pip install PATH`" in refused(site)


def test_an_incomplete_plug_in_is_rejected_with_its_missing_parts(site: Path) -> None:
    source = documented_notifier().replace('ja="ルーム {room} に送信"', 'ja=""')
    install(site, {**MODULES, "my_chat/notifier.py": source})
    assert refused(site).startswith("the plug-in 'chat' of my-chat is not complete: SENT is empty in 'ja';")


def test_a_name_that_hinomi_uses_is_rejected(site: Path) -> None:
    install(site, MODULES, {"hinomi.notifiers": {"teams": "my_chat.notifier"}})
    assert refused(site) == "two plug-ins have the same name: 'teams' is brought by Hinomi and my-chat"


def test_a_file_of_hinomi_is_not_replaced(site: Path) -> None:
    install(site, {**MODULES, "main.py": ""})
    (site.parent / "function").mkdir()
    (site.parent / "function" / "main.py").touch()
    lock = site.parent / "lock"
    lock.touch()
    with importable(site), pytest.raises(InputError, match=r"my-chat has a file main\.py"):
        plugin_packages.copy(site.parent / "function", lock)
