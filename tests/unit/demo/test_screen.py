from __future__ import annotations

import io

from rich.console import Console

from demo.screen import Health, Mark, Screen, is_live


def shown(screen: Screen) -> str:
    output = screen.console.file
    assert isinstance(output, io.StringIO)
    return output.getvalue()


def plain(width: int = 100) -> Screen:
    return Screen(Console(file=io.StringIO(), width=width, force_terminal=False), live=False, total=50)


def test_every_mark_has_a_word_and_a_sign_of_its_own() -> None:
    assert len({mark.value[0] for mark in Mark}) == len({mark.value[1] for mark in Mark}) == len(Mark)


def test_a_line_names_what_and_where_without_colour() -> None:
    screen = plain()
    screen.line(Mark.INCIDENT, "#3 high", "Task merge_daily failed")

    assert "● incident" in shown(screen)
    assert "#3 high" in shown(screen)
    assert "\x1b" not in shown(screen)


def test_a_line_stays_one_line_however_long_its_text_is() -> None:
    screen = plain(width=60)
    screen.line(Mark.BREAKS, "BigQuery", "first\nsecond " * 50)

    assert shown(screen).count("\n") == 1
    assert len(shown(screen).rstrip("\n")) <= 60


def test_text_of_a_log_is_not_read_as_markup() -> None:
    screen = plain()
    screen.line(Mark.BREAKS, "BigQuery", "[bold]not markup[/]")

    assert "[bold]not markup[/]" in shown(screen)


def test_the_state_names_every_part_and_how_it_is() -> None:
    screen = plain()
    screen.health("Composer", Health.BROKEN, "a task failed")
    screen.console.print(screen.state())

    assert "✗ Composer" in shown(screen)
    assert "broken" in shown(screen)


def test_a_pipe_is_not_live() -> None:
    assert not is_live(Console(file=io.StringIO()))
