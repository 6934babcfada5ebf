"""The command `hinomi` itself: its help, and its error messages."""

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
HEAVY = ("sqlalchemy", "sigma", "grpc", "alembic", "requests", "pymsteams", "yaml", "pydantic", "rich")


def raising(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Makes `hinomi analyze` raise this error."""
    broken = typer.Typer()

    @broken.command()
    def analyze() -> None:
        raise error

    monkeypatch.setattr("cli.app.load", lambda _name: typer.main.get_command(broken))


@pytest.mark.parametrize(
    ("error", "status", "output"),
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
    output: str,
) -> None:
    raising(monkeypatch, error)
    assert run(["analyze"]) == status
    assert capsys.readouterr() == ("", output)


@pytest.mark.parametrize("args", [["nonsense"], ["--nonsense"], ["analyze"], ["analyze", "--severity", "huge", "x"]])
def test_wrong_arguments_are_one_line_that_says_where_the_right_ones_are(
    capsys: pytest.CaptureFixture[str], args: list[str]
) -> None:
    assert run(args) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert "--help" in err


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ("incidnets", "no command 'incidnets': did you mean 'incidents'? (see 'hinomi --help')"),
        ("nonsense", "no command 'nonsense' (see 'hinomi --help')"),
        ("db upgrade --hlp", "no option '--hlp': did you mean '--help'? (see 'hinomi db upgrade --help')"),
        ("settings HINOMI_X", "unexpected argument 'HINOMI_X' (see 'hinomi settings --help')"),
        ("access diff --since 7d", "no option '--since' (see 'hinomi access diff --help')"),
        ("rules list compsr", "no rule is named compsr: did you mean 'composer/*'?"),
        ("incidents lst", "no command 'lst': did you mean 'list'? (see 'hinomi incidents --help')"),
        (
            "incidents list --sevrity high",
            "no option '--sevrity': did you mean '--severity'? (see 'hinomi incidents list --help')",
        ),
        (
            "incidents list --status opne",
            "invalid value 'opne' for --status: did you mean 'open'? (see 'hinomi incidents list --help')",
        ),
        (
            "incidents list --status zzz",
            "invalid value 'zzz' for --status: use open, acknowledged, resolved (see 'hinomi incidents list --help')",
        ),
        (
            "incidents list --limit 0",
            "invalid value for --limit: use 1 or more (see 'hinomi incidents list --help')",
        ),
        (
            "incidents show x",
            "invalid value for ID: use a whole number (see 'hinomi incidents show --help')",
        ),
        ("incidents show", "missing argument ID (see 'hinomi incidents show --help')"),
        ("access who", "missing argument RESOURCE (see 'hinomi access who --help')"),
        ("silences add --for 1h", "missing option --reason (see 'hinomi silences add --help')"),
        ("incidents list --status", "option '--status' requires an argument"),
    ],
)
def test_wrong_arguments_name_what_was_probably_intended(
    capsys: pytest.CaptureFixture[str], args: str, message: str
) -> None:
    assert run(args.split()) == 2
    assert capsys.readouterr() == ("", f"hinomi: {message}\n")


@pytest.mark.parametrize("args", [[], ["incidents"], ["cost", "by"]])
def test_a_group_without_a_command_shows_its_help_and_no_error(
    capsys: pytest.CaptureFixture[str], args: list[str]
) -> None:
    assert run(args) == 0
    alone = capsys.readouterr()
    assert run([*args, "--help"]) == 0
    assert capsys.readouterr() == alone
    assert alone.err == ""
    assert alone.out.startswith(" ".join(["Usage: hinomi", *args]))


def test_the_help_cuts_no_sentence_off_and_uses_a_wide_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def widest(columns: int) -> int:
        monkeypatch.setenv("COLUMNS", str(columns))
        assert run(["access", "--help"]) == 0
        text = capsys.readouterr().out
        assert "..." not in text.partition("Commands")[2]
        return max(map(len, text.splitlines()))

    assert widest(80) <= 80 < widest(200) <= 120


def test_a_bug_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    raising(monkeypatch, ZeroDivisionError("a bug"))
    with pytest.raises(ZeroDivisionError):
        run(["analyze"])


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_that_the_help_lists_is_there(name: str) -> None:
    assert cli_app.load(name).name == name


@pytest.mark.server
def test_the_help_imports_no_sub_command_and_nothing_heavy() -> None:
    code = (
        "import sys; from cli.app import run; run(['--help']); "
        f"print([m for m in sys.modules if m.startswith('cli.') or m in {HEAVY}], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert (
        done.stderr
        == "['cli.library_notices', 'cli.printable', 'cli.language', 'cli.help_page', 'cli.length_options', 'cli.plain_values', 'cli.command_group', 'cli.app']\n"
    )
    for name in COMMANDS:
        assert name in done.stdout


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("hinomi ")
