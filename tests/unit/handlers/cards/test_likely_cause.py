"""The likely cause on a card."""

from __future__ import annotations

from typing import Any

from demo.platform.card_schema import problems
from handlers.cards.incident import IncidentCard, incident_message
from shared.model import Trigger
from tests.support.incidents import incident
from tests.unit.handlers.cards.test_incident import DASHBOARD, ENGLISH, JAPANESE, texts


def caused(cause: str = "", **changes: Any) -> list[str]:
    subject = IncidentCard(incident(**changes), Trigger.OPENED, cause=cause)
    return texts(incident_message(subject, ENGLISH, DASHBOARD)["attachments"][0]["content"])


def test_the_card_names_the_likely_cause_in_one_line() -> None:
    shown = caused("deployment: a (3 min before)")

    start = shown.index("Likely cause")
    assert shown[start + 1 : start + 3] == ["deployment: a (3 min before)", "Actions"]


def test_a_card_without_history_has_no_heading_for_a_cause() -> None:
    assert "Likely cause" not in caused()


def test_a_cause_draws_nothing_of_its_own() -> None:
    message = incident_message(
        IncidentCard(incident(), Trigger.OPENED, cause="<at>all</at> {{DATE(x)}} https://evil.example\u202e\n"),
        JAPANESE,
        DASHBOARD,
    )
    shown = texts(message["attachments"][0]["content"])
    sentence = shown[shown.index("推定原因") + 1]

    assert problems(message) == []
    assert not [mark for mark in ("<at>", "{{", "://", "\u202e", "\n") if mark in sentence]


def test_the_cause_goes_before_any_evidence() -> None:
    fields = {f"jsonPayload.field{number}": "記" * 300 for number in range(10)}
    shown = caused("因" * 300, evidence={"fields": fields, "elements": {}})

    assert "Likely cause" not in shown
    assert sum(text.startswith("jsonPayload.field") for text in shown) == 10
