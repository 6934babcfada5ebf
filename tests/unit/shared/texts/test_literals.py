"""All texts for people are in shared/texts."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.config import ROOT

WORDS = re.compile(r"[A-Za-z]{2,}[,:]? [A-Za-z(]{2,}|[A-Za-z]{2,}[,:]? [A-Za-z] ")
ERRORS = {"HinomiError", "InputError", "TransientError", "PermanentError", "ActionError", "CloudError"} | {
    "NotUnderstoodError", "ParamError"
}  # fmt: skip
OUTPUT = {
    "echo", "print", "print_text", "print_rows", "print_facts", "styled", "styled_lines", "folded", "table", "details",
    "add_row", "add_column", "add_task", "append", "mark", "TextColumn",
}  # fmt: skip
# Styles of the terminal, and English pages of the documentation.
STYLES = {"bold red", "bold white on red"}
PAGES = ROOT / "cli" / "reference"
# Literals of these errors reach a log or an HTTP response, and no person at the command line.
SERVED = {
    "shared/front_door.py",
    "collectors/history_analysis/request.py",
}


def literals(nodes: list[ast.expr]) -> Iterator[tuple[int, str]]:
    """The literal texts in expressions, including parts of f-strings, with their lines."""
    for node in nodes:
        for child in ast.walk(node):
            if isinstance(child, ast.Constant) and isinstance(child.value, str) and WORDS.search(child.value):
                yield child.lineno, child.value


def name_of(call: ast.Call) -> str:
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def calls(path: Path, names: set[str]) -> Iterator[ast.Call]:
    """The calls of functions of these names."""
    source = path.read_text(encoding="utf-8")
    if any(name in source for name in names):
        nodes = ast.walk(ast.parse(source))
        yield from (node for node in nodes if isinstance(node, ast.Call) and name_of(node) in names)


def printed(path: Path) -> Iterator[str]:
    """The literal texts that a file prints."""
    for call in calls(path, OUTPUT):
        for line, text in literals([*call.args, *(keyword.value for keyword in call.keywords)]):
            if text not in STYLES:
                yield f"{path.relative_to(ROOT)}:{line}: {text}"


def raised(path: Path) -> Iterator[str]:
    """The literal texts in errors that people see."""
    for call in calls(path, ERRORS):
        yield from (f"{path.relative_to(ROOT)}:{line}: {text}" for line, text in literals(call.args[:1]))


def sources(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def test_the_command_line_prints_no_literal_text() -> None:
    found = [text for path in sources("cli") if PAGES not in path.parents for text in printed(path)]
    assert found == []


@pytest.mark.parametrize(
    "package", ["cli", "collectors", "dashboard", "db", "deploy", "handlers", "insights", "shared"]
)
def test_no_error_has_a_literal_text(package: str) -> None:
    paths = [path for path in sources(package) if str(path.relative_to(ROOT)) not in SERVED]
    assert [text for path in paths for text in raised(path)] == []


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ('raise InputError("give a name")', True),
        ('typer.echo(f"no {name} was found")', True),
        ('console.print(output.styled("read the manual", "bold"))', True),
        ("typer.echo(localize(texts.X))", False),
        ('raise InputError(texts.X(name="a/b"))', False),
        ('output.styled(name, "bold red")', False),
    ],
)
def test_the_search_finds_literals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, code: str, found: bool) -> None:
    monkeypatch.setattr(sys.modules[__name__], "ROOT", tmp_path)
    path = tmp_path / "code.py"
    path.write_text(code)
    assert bool([*printed(path), *raised(path)]) == found
