"""Reads the cards that a simulated Teams server received."""

from __future__ import annotations

from typing import Any

from demo.platform.teams import TeamsServer

LABELS = ("Resolved", "Escalated", "Reoccurred", "Opened and resolved", "Digest")


def titles(teams: TeamsServer) -> list[str]:
    """The titles of the cards, in order."""
    return [_header(card)["columns"][1]["items"][1]["text"] for card in teams.cards]


def card_labels(teams: TeamsServer) -> list[tuple[str, str]]:
    """The label (empty for an opened incident) and resource of each card; of a digest the title."""
    return [(_label(card), _resource(card)) for card in teams.cards]


def _content(card: dict[str, Any]) -> dict[str, Any]:
    content: dict[str, Any] = card["attachments"][0]["content"]
    return content


def _header(card: dict[str, Any]) -> dict[str, Any]:
    header: dict[str, Any] = _content(card)["body"][0]["items"][0]
    return header


def _label(card: dict[str, Any]) -> str:
    first: str = _header(card)["columns"][1]["items"][0]["inlines"][0]["text"]
    return first if first in LABELS else ""


def _resource(card: dict[str, Any]) -> str:
    facts = [element for element in _content(card)["body"] if element["type"] == "FactSet"]
    if not facts:
        return str(_header(card)["columns"][1]["items"][1]["text"])
    (value,) = [fact["value"] for fact in facts[0]["facts"] if fact["title"] == "Resource"]
    return str(value)
