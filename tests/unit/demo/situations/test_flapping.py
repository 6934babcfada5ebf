"""Notifications about the demo's flapping task."""

from __future__ import annotations

from typing import Any

from demo.observer import ObservedRun
from demo.situations.flapping import DAG, MOST_CARDS, problems
from shared.model import Mode, RunState, Trigger

CARD: dict[str, Any] = {"type": "FactSet", "text": DAG}


def run(trigger: Trigger) -> ObservedRun:
    return ObservedRun(1, 1, "tell-the-team", "teams", trigger, Mode.AUTO, RunState.DONE, "")


def test_a_notification_that_says_so_is_enough() -> None:
    assert problems([CARD], [run(Trigger.FLAPPING)]) == []


def test_a_task_that_is_never_called_flapping_is_a_problem() -> None:
    (problem,) = problems([CARD], [run(Trigger.OPENED)])

    assert "no notification says" in problem


def test_a_card_for_each_failure_is_a_problem() -> None:
    (problem,) = problems([CARD] * (MOST_CARDS + 1), [run(Trigger.FLAPPING)])

    assert f"at most {MOST_CARDS}" in problem
