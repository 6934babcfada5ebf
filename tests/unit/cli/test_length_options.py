"""Options that take days or seconds accept durations, and name their form otherwise."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from typer.main import get_command

from cli.app import COMMANDS, run
from cli.length_options import DAYS, SECONDS, as_number


@pytest.mark.parametrize(
    ("value", "metavar", "number"),
    [
        ("1w", DAYS, "7"),
        ("48h", DAYS, "2"),
        ("2m", SECONDS, "120"),
        ("7", DAYS, "7"),
        ("36h", DAYS, "36h"),
        ("soon", DAYS, "soon"),
        ("1w", "NAME", "1w"),
        ("1w", None, "1w"),
        (7, DAYS, 7),
    ],
)
def test_a_duration_is_a_number_of_the_options_unit(value: Any, metavar: Any, number: Any) -> None:
    assert as_number(value, metavar) == number


def days_of(command: Any, path: tuple[str, ...]) -> list[tuple[tuple[str, ...], Any]]:
    """The metavars of the options for days, below a command."""
    below = getattr(command, "commands", {})
    found = [each for name, inner in below.items() for each in days_of(inner, (*path, name))]
    return found + [(path, each.metavar) for each in command.params if each.name == "days"]


def test_every_option_for_days_accepts_durations() -> None:
    found = [
        each for name, module in COMMANDS.items() for each in days_of(get_command(import_module(module).app), (name,))
    ]
    assert len(found) > 10
    assert [path for path, metavar in found if metavar != DAYS] == []


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (
            "jobs slow --days 36h",
            "invalid value for --days: use a number of days, or a duration of whole days such as 7d",
        ),
        ("jobs slow --days 999w", "invalid value for --days: use 3650 or less"),
        (
            "worker actions --every soon",
            "invalid value for --every: use a number of seconds, or a duration such as 30s",
        ),
        ("oncall --at 9999999w", "invalid duration '9999999w' for --at: it is too long"),
        (
            "silences add --starts 9999999w --for 1d --rule composer/* --reason x",
            "invalid duration '9999999w' for --starts: it is too long",
        ),
        ("incidents list --since 1x", "invalid duration '1x' for --since: use a number and a unit, such as 90s"),
        ("tokens add me --scope read --expires 1y", "invalid duration '1y' for --expires: use a number and a unit"),
        ("backtest x --above 1 --for 5", "invalid duration '5' for --for: use a number and a unit"),
    ],
)
def test_an_invalid_length_names_the_option_and_its_form(
    command: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(command.split()) == 2
    assert capsys.readouterr().err.startswith(f"hinomi: {message}")
