"""Values that need no conversion are not converted; typer converts all others."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
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
def order(  # noqa: PLR0913 - one parameter for each option
    name: str,
    *,
    size: Annotated[Size, typer.Option()] = Size.SMALL,
    count: Annotated[int, typer.Option(min=1)] = 2,
    note: Annotated[str | None, typer.Option()] = None,
    tags: Annotated[list[str] | None, typer.Option("--tag")] = None,
    fast: Annotated[bool, typer.Option("--fast")] = False,
    others: Annotated[list[Size] | None, typer.Option("--other")] = None,
    ids: Annotated[list[int] | None, typer.Option("--id", min=1, max=9)] = None,
    weight: Annotated[float, typer.Option(min=0.5)] = 1.0,
    out: Annotated[Path | None, typer.Option()] = None,
    file: Annotated[Path | None, typer.Option(exists=True, dir_okay=False)] = None,
) -> Any:
    return name, size, count, note, tags, fast, others, ids, weight, out, file


def values(*args: str) -> Any:
    return get_command(app).main(args=list(args), standalone_mode=False)


def test_defaults_texts_numbers_choices_paths_and_lists_of_them_are_converted_without_pydantic(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(_descriptor: object) -> Any:
        pytest.fail("converted by typer")

    monkeypatch.setattr("typer.core.build_runtime_param", refuse)
    absent = (None, None, 1.0, None, None)
    assert values("tea", "--note", "hot", "--fast") == ("tea", Size.SMALL, 2, "hot", None, True, *absent)
    given = values("tea", "--size", "large", "--count", "3", "--tag", "a", "--tag", "b")
    assert given == ("tea", Size.LARGE, 3, None, ["a", "b"], False, *absent)
    lists = values("tea", "--other", "small", "--other", "large", "--id", "1", "--id", "9")
    assert lists[6:8] == ([Size.SMALL, Size.LARGE], [1, 9])
    assert values("tea", "--weight", "2.5", "--out", "no/such.txt")[8:10] == (2.5, Path("no/such.txt"))


def test_other_values_are_converted_and_checked() -> None:
    assert values("tea", "--count", "+3")[2] == 3
    assert values("tea", "--id", "1", "--id", "+2")[7] == [1, 2]
    assert values("tea", "--weight", "1e3")[8] == 1000.0
    assert values("tea", "--file", __file__)[10] == Path(__file__)
    wrong = [
        ("--count", "0", "greater than or equal to 1"),
        ("--count", "x", "valid integer"),
        ("--size", "LARGE", "not one of"),
        ("--other", "LARGE", "not one of"),
        ("--id", "10", "less than or equal to 9"),
        ("--weight", "0.4", "greater than or equal to 0.5"),
        ("--file", "no/such.txt", "does not exist"),
    ]
    for option, value, message in wrong:
        with pytest.raises(typer.TyperException, match=message):
            values("tea", option, value)
