"""Simpler forms of a rejected card: its text in elements that every version of Teams shows, and only its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from handlers.cards.digest import DigestEntry, numbers_and_states, numbers_by_state, text_line
from handlers.cards.elements import Element, card, line, message, run
from shared.texts import cards
from shared.texts.locale import Locale

MOST_LINES = 60
LONGEST = 120  # characters of a name


def plain_message(rejected: Element, entries: Sequence[DigestEntry], locale: Locale) -> Element:
    """A message with the fallback text and the buttons of the rejected one; for several incidents, a line for each and the list command."""
    content: dict[str, Any] = rejected["attachments"][0]["content"]
    text = content["fallbackText"]
    lines = [text_line(entry, locale, LONGEST) for entry in entries[:MOST_LINES]]
    lines += numbers_by_state(entries[MOST_LINES:], locale)
    lines = [*lines, locale.text(cards.LIST_COMMAND)] if len(entries) > 1 else []
    # Text runs have no Markdown, so no text is interpreted as markup.
    body = [line(run(each)) for each in (text, *lines)]
    return message(card(body, content.get("actions", []), fallback=text, language=content["lang"]))


def numbers_message(rejected: Element, entries: Sequence[DigestEntry], locale: Locale) -> Element:
    """A message with only numbers and states of the incidents, without any outside text that could be rejected."""
    content: dict[str, Any] = rejected["attachments"][0]["content"]
    text = locale.text(numbers_and_states(entries, locale, MOST_LINES))
    return message(card([line(run(text))], [], fallback=text, language=content["lang"]))
