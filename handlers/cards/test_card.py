"""The card of `hinomi notify-test`."""

from __future__ import annotations

from handlers.cards.elements import Element, card, facts, message, open_url, text_block
from handlers.cards.escape import markdown, url
from handlers.cards.header import band
from handlers.i18n import Words


def channel_test_message(channel: str, words: Words, dashboard_url: str) -> Element:
    """The whole message that says that this channel can be reached."""
    body = [
        band("good", "🔔", [words("test.label"), "Hinomi"], words("test.title"), 300),
        text_block(words("test.summary"), spacing="Medium"),
        facts([(words("test.channel"), markdown(channel, 100)), (words("test.sent"), words.time(words.now))]),
    ]
    dashboard = url(dashboard_url, loopback=True)
    buttons = [open_url(words("button.dashboard"), dashboard)] if dashboard else []
    return message(card(body, buttons, fallback=words("test.title"), language=words.language))
