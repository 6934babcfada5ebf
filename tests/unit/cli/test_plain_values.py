"""Values that need no conversion are not converted; typer converts all others."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import pytest
import typer
from typer.main import get_command

from cli.command_group import CommandLine


class Size(StrEnum):
    SMALL = "small"
    LARGE = "large"


app = CommandLine(rich_markup_mode=None, add_completion=False)


@app.command()
def order(
    name: str,
    *,
    size: Annotated[Size, typer.Option()] = Size.SMALL,
    count: Annotated[int, typer.Option(min=1)] = 2,
    note: Annotated[str | None, typer.Option()] = None,
    tags: Annotated[list[str] | None, typer.Option("--tag")] = None,
    fast: Annotated[bool, typer.Option("--fast")] = False,
) -> Any:
    return name, size, count, note, tags, fast


def values(*args: str) -> Any:
    return get_command(app).main(args=list(args), standalone_mode=False)


def test_defaults_texts_whole_numbers_and_choices_are_converted_without_pydantic(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(_descriptor: object) -> Any:
        pytest.fail("converted by typer")

    monkeypatch.setattr("typer.core.build_runtime_param", refuse)
    assert values("tea", "--note", "hot", "--fast") == ("tea", Size.SMALL, 2, "hot", None, True)
    given = values("tea", "--size", "large", "--count", "3", "--tag", "a", "--tag", "b")
    assert given == ("tea", Size.LARGE, 3, None, ["a", "b"], False)


def test_other_values_are_converted_and_checked() -> None:
    assert values("tea", "--count", "+3")[2] == 3
    wrong = [
        ("--count", "0", "greater than or equal to 1"),
        ("--count", "x", "valid integer"),
        ("--size", "LARGE", "not one of"),
    ]
    for option, value, message in wrong:
        with pytest.raises(typer.TyperException, match=message):
            values("tea", option, value)
