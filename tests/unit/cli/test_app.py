"""The command `hinomi` itself: its help, and how errors read."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import typer

from cli import app as cli_app
from cli.app import COMMANDS, run
from shared.errors import InputError, PermanentError, TransientError

ROOT = Path(__file__).resolve().parents[3]
HEAVY = ("sqlalchemy", "sigma", "grpc", "alembic", "requests", "pymsteams", "yaml")


def raising(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Makes `hinomi analyze` raise this."""
    broken = typer.Typer()

    @broken.command()
    def analyze() -> None:
        raise error

    monkeypatch.setattr("cli.app.load", lambda _name: typer.main.get_command(broken))


@pytest.mark.parametrize(
    ("error", "status", "told"),
    [
        (InputError("give a name", file="rules/a.yml", line=3), 2, "hinomi: rules/a.yml:3: give a name\n"),
        (InputError("first\nsecond"), 2, "hinomi: first\nhinomi: second\n"),
        (TransientError("the Error DB did not answer"), 1, "hinomi: the Error DB did not answer\n"),
        (PermanentError("no\x1b[2J"), 1, "hinomi: no\N{REPLACEMENT CHARACTER}[2J\n"),
        (typer.Exit(3), 3, ""),
        (typer.Abort(), 1, "hinomi: aborted\n"),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_an_expected_error_is_one_line_and_a_status(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    status: int,
    told: str,
) -> None:
    raising(monkeypatch, error)
    assert run(["analyze"]) == status
    assert capsys.readouterr() == ("", told)


@pytest.mark.parametrize("args", [["nonsense"], ["--nonsense"], ["analyze"], ["analyze", "--severity", "huge", "x"]])
def test_wrong_arguments_are_one_line_that_says_where_the_right_ones_are(
    capsys: pytest.CaptureFixture[str], args: list[str]
) -> None:
    assert run(args) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert "--help" in err


def test_a_bug_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    raising(monkeypatch, ZeroDivisionError("a bug"))
    with pytest.raises(ZeroDivisionError):
        run(["analyze"])


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_that_the_help_lists_is_there(name: str) -> None:
    assert cli_app.load(name).get_short_help_str()


def test_the_help_imports_no_sub_command_and_nothing_heavy() -> None:
    code = (
        "import sys; from cli.app import run; run(['--help']); "
        f"print([m for m in sys.modules if m.startswith('cli.') or m in {HEAVY}], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stderr == "['cli.app']\n"
    for name in COMMANDS:
        assert name in done.stdout


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("hinomi ")
