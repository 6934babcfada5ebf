from __future__ import annotations

import io

import pytest
from rich.console import Console

from demo.screen import Health, Mark, Screen, is_live


def shown(screen: Screen) -> str:
    output = screen.console.file
    assert isinstance(output, io.StringIO)
    return output.getvalue()


def plain(width: int = 100) -> Screen:
    return Screen(Console(file=io.StringIO(), width=width, force_terminal=False), live=False, total=50)


def test_every_mark_has_its_own_word_and_sign() -> None:
    assert len({mark.value[0] for mark in Mark}) == len({mark.value[1] for mark in Mark}) == len(Mark)


def test_a_line_without_colour_has_event_and_resource() -> None:
    screen = plain()
    screen.line(Mark.INCIDENT, "#3 high", "Task merge_daily failed")

    assert "● incident" in shown(screen)
    assert "#3 high" in shown(screen)
    assert "\x1b" not in shown(screen)


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_a_long_text_goes_on_below_itself_within_the_width(width: int) -> None:
    screen = plain(width)
    screen.line(Mark.FAILS, "BigQuery", "first\nsecond " * 20)
    first, *more = shown(screen).splitlines()

    assert max(len(line) for line in (first, *more)) <= width
    assert len(set(map(indentation, more))) == 1
    assert " ".join(line.strip() for line in (first, *more)).count("first second") == 20


def indentation(line: str) -> int:
    return len(line) - len(line.lstrip())


def test_text_of_a_log_is_not_read_as_markup() -> None:
    screen = plain()
    screen.line(Mark.FAILS, "BigQuery", "[bold]not markup[/]")

    assert "[bold]not markup[/]" in shown(screen)


def test_the_state_names_every_part_and_how_it_is() -> None:
    screen = plain()
    screen.health("Composer", Health.FAILING, "a task failed")
    screen.console.print(screen.state())

    assert "✗ Composer" in shown(screen)
    assert "failing" in shown(screen)


def test_the_bar_of_a_finished_run_is_full() -> None:
    with plain() as screen:
        screen.console.print(screen.state())
        assert "━" * 90 not in shown(screen)
    screen.console.print(screen.state())
    assert "━" * 90 in shown(screen)


def test_a_pipe_is_not_live() -> None:
    assert not is_live(Console(file=io.StringIO()))
