"""The help of every command: complete in both languages, with a valid example."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
import typer

from cli.app import COMMANDS, app, load, run
from cli.help_page import page_of
from shared.texts.help import COMMON
from shared.texts.help import hinomi as of_hinomi
from shared.texts.wrap import width

LANGUAGES = ("en", "ja")
ENGLISH = ("Usage", "Options", "Arguments", "Commands", "Examples", "default:", "required", "Show ")


def commands() -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command with its path, including hidden ones."""
    yield (), typer.main.get_command(app)
    for name in COMMANDS:
        yield from _below((name,), load(name))


def _below(path: tuple[str, ...], command: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield path, command
    for name, inner in getattr(command, "commands", {}).items():
        yield from _below((*path, name), inner)


ALL = list(commands())
EXAMPLES = {example.command for path, _ in ALL for example in page_of(path).examples}
LEAVES = [(path, command) for path, command in ALL if not hasattr(command, "list_commands")]


def test_every_command_and_parameter_has_help() -> None:
    assert len(ALL) > 50
    for path, command in ALL:
        page = page_of(path)
        names = {parameter.name for parameter in command.params}
        assert (path, bool(page.summary)) == (path, True)
        assert (path, names - {*page.parameters, *COMMON}, set(page.parameters) - names) == (path, set(), set())


def test_no_page_is_about_a_command_that_does_not_exist() -> None:
    known = {path for path, _ in ALL}
    modules = [import_module(f"shared.texts.help.{name.replace('-', '_')}") for name in COMMANDS]
    pages = {(name, *rest.split()) for name, module in zip(COMMANDS, modules, strict=True) for rest in module.PAGES}
    assert pages <= known
    assert list(of_hinomi.COMMANDS) == list(COMMANDS)


def test_the_help_of_a_group_has_examples_of_its_commands(capsys: pytest.CaptureFixture[str]) -> None:
    for path, command in ALL:
        if hasattr(command, "list_commands"):
            assert run([*path, "--help"]) == 0
            assert capsys.readouterr().out.partition("Examples:\n")[2].startswith(" ".join(("  hinomi", *path)))


def test_every_command_has_an_example_that_it_takes() -> None:
    assert [path for path, _ in LEAVES if not page_of(path).examples] == []
    for path, command in LEAVES:
        for example in page_of(path).examples:
            line = example.command.rpartition("| ")[2].partition(" > ")[0]
            assert line.startswith(" ".join(("hinomi", *path)))
            arguments = shlex.split(line)[1 + len(path) :]
            command.make_context(path[-1], arguments)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("columns", [80, 200])
def test_help_fits_the_terminal_and_is_in_one_language(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], columns: int, language: str
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("HINOMI_LANGUAGE", language)
    for path, _ in ALL:
        assert run([*path, "--help"]) == 0
        text = capsys.readouterr().out
        lines = text.splitlines()
        assert [line for line in lines if width(line) > columns and line.strip() not in EXAMPLES] == []
        assert lines[0].startswith("Usage: " if language == "en" else "使い方: ")
        assert (path, language == "en" or [word for word in ENGLISH if word in text]) in ((path, True), (path, []))
