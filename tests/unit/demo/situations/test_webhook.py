"""The broken webhook of the demo, and its cards."""

from __future__ import annotations

from typing import Any

from demo.situations.webhook import CHANNEL, problems
from demo.world import BUCKET, INTRUDER

REPORT: dict[str, Any] = {"text": CHANNEL}


def test_missed_cards_arrive_once_and_the_other_channel_is_notified() -> None:
    assert problems([{"text": BUCKET}, {"text": INTRUDER}, {"text": f"{INTRUDER} after {BUCKET}"}], [REPORT]) == []


def test_a_card_that_never_arrived_is_a_problem() -> None:
    assert problems([{"text": BUCKET}], [REPORT]) == [f"Teams: the security channel was never notified of {INTRUDER}"]


def test_three_cards_about_a_resolved_incident_are_a_problem() -> None:
    assert problems([{"text": BUCKET}, {"text": BUCKET}, {"text": INTRUDER}], [REPORT]) == []
    (problem,) = problems([*[{"text": BUCKET}] * 3, {"text": INTRUDER}], [REPORT])
    assert "more than two cards" in problem


def test_a_broken_channel_that_no_alert_reports_is_a_problem() -> None:
    (problem,) = problems([{"text": BUCKET}, {"text": INTRUDER}], [])
    assert "was not notified" in problem
