"""The simpler forms of a rejected card: its text in elements that every version of Teams shows, and its numbers alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from handlers.cards.digest import DigestEntry, label, numbers_and_states
from handlers.cards.elements import Element, card, line, message, run
from handlers.cards.escape import plain
from handlers.cards.incident import number_of
from shared.texts.locale import Locale

MOST_LINES = 60
LONGEST = 120  # characters of a name


def plain_message(rejected: Element, entries: Sequence[DigestEntry], locale: Locale) -> Element:
    """A message with the fallback text of the rejected one, its buttons, and a line for each of several incidents."""
    content: dict[str, Any] = rejected["attachments"][0]["content"]
    text = content["fallbackText"]
    lines = [_line(entry, locale) for entry in entries[:MOST_LINES]] if len(entries) > 1 else []
    # Text runs have no Markdown, so no text is interpreted as markup.
    body = [line(run(each)) for each in (text, *lines)]
    return message(card(body, content.get("actions", []), fallback=text, language=content["lang"]))


def numbers_message(rejected: Element, entries: Sequence[DigestEntry], locale: Locale) -> Element:
    """A message with the numbers and states of the incidents: it contains no text from outside that could be rejected."""
    content: dict[str, Any] = rejected["attachments"][0]["content"]
    text = locale.text(numbers_and_states(entries, locale, MOST_LINES))
    return message(card([line(run(text))], [], fallback=text, language=content["lang"]))


def _line(entry: DigestEntry, locale: Locale) -> str:
    incident = entry.incident
    names = plain(incident.title, LONGEST), plain(incident.resource, LONGEST)
    return " · ".join((f"{number_of(incident, locale)} {label(entry, locale)}", *names))
