"""The storm of the demo: its display, and its cards."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from demo.observer import ObservedIncident
from demo.screen import Screen, make_console
from demo.situations import storm
from demo.stage import Stage
from tests.unit.demo.test_summary import INCIDENT

DIGEST: dict[str, Any] = {"type": "Container", "text": [storm.dag(number) for number in range(3, storm.DAGS)]}


def seen(number: int) -> ObservedIncident:
    return replace(INCIDENT, id=number, resource=f"etl/{storm.dag(number)}/build")


def card(number: int) -> dict[str, Any]:
    return {"type": "FactSet", "text": storm.dag(number)}


def problems(*cards: dict[str, Any], seconds: float = 0.1) -> list[str]:
    """The problems that the demo reports for cards sent `seconds` seconds apart."""
    return storm.problems(cards, [seconds * number for number in range(len(cards))], window=4)


def test_three_cards_and_a_digest_are_right() -> None:
    assert problems(*map(card, range(3)), DIGEST) == []


def test_a_slow_machine_has_three_cards_in_each_window() -> None:
    assert problems(*map(card, range(12)), DIGEST, seconds=1.4) == []
    (problem,) = problems(*map(card, range(12)), DIGEST)
    assert problem == "Airflow: 12 cards of single tasks, at most 6 were expected"


def test_a_task_that_no_card_names_is_a_problem() -> None:
    (problem,) = problems(card(0), card(1), DIGEST)
    assert "refresh-02" in problem


def test_a_card_for_each_task_is_a_problem() -> None:
    found = problems(*map(card, range(storm.DAGS)))
    assert [problem.partition(": ")[2][:10] for problem in found] == ["30 cards o", "there was "]


def test_the_tasks_succeed_when_their_failures_were_delivered() -> None:
    published: list[dict[str, Any]] = []
    waiting = iter([storm.DAGS, 1, 0])
    screen = Screen(make_console(record=False), live=False, total=1)
    stage = Stage(published.append, screen, time_scale=0, waiting=lambda: next(waiting))
    storm.Storm(stage).strike()
    for expected in (1, 1, 2):
        stage.step()
        assert len(published) == expected * storm.DAGS


def test_the_screen_shows_the_first_incidents_of_the_storm_and_all_others() -> None:
    shown = storm.abridged([replace(INCIDENT, id=99), *map(seen, range(30))])
    assert [one.id for one in shown] == [99, 0, 1, 2]
