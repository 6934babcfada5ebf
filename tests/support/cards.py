"""Reads the cards of a Teams server."""

from __future__ import annotations

from typing import Any

from demo.platform.teams import TeamsServer

NEWS = ("Resolved", "Escalated", "Reoccurred", "Opened and resolved", "Digest")


def titles(teams: TeamsServer) -> list[str]:
    """The titles of the cards, in order."""
    return [_band(card)["columns"][1]["items"][1]["text"] for card in teams.cards]


def news(teams: TeamsServer) -> list[tuple[str, str]]:
    """The news of each card, empty for an opened incident, and the resource; for a digest the title."""
    return [(_news(card), _resource(card)) for card in teams.cards]


def _content(card: dict[str, Any]) -> dict[str, Any]:
    content: dict[str, Any] = card["attachments"][0]["content"]
    return content


def _band(card: dict[str, Any]) -> dict[str, Any]:
    band: dict[str, Any] = _content(card)["body"][0]["items"][0]
    return band


def _news(card: dict[str, Any]) -> str:
    first: str = _band(card)["columns"][1]["items"][0]["inlines"][0]["text"]
    return first if first in NEWS else ""


def _resource(card: dict[str, Any]) -> str:
    facts = [element for element in _content(card)["body"] if element["type"] == "FactSet"]
    if not facts:
        return str(_band(card)["columns"][1]["items"][1]["text"])
    (value,) = [fact["value"] for fact in facts[0]["facts"] if fact["title"] == "Resource"]
    return str(value)
