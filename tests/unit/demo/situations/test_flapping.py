"""The flapping task of the demo: its cards."""

from __future__ import annotations

from typing import Any

from demo.situations.flapping import DAG, MOST_CARDS, problems

FLAPPING: dict[str, Any] = {"type": "FactSet", "text": f"Flapping: {DAG}"}
SINGLE: dict[str, Any] = {"type": "FactSet", "text": DAG}


def test_a_card_that_says_so_is_enough() -> None:
    assert problems([FLAPPING]) == []


def test_a_task_that_is_never_called_flapping_is_a_problem() -> None:
    (problem,) = problems([SINGLE])

    assert "no card says" in problem


def test_a_card_for_each_failure_is_a_problem() -> None:
    (problem,) = problems([FLAPPING] + [SINGLE] * MOST_CARDS)

    assert f"at most {MOST_CARDS}" in problem
