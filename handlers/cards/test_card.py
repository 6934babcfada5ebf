"""The card of `hinomi notify-test`."""

from __future__ import annotations

from handlers.cards.elements import Element, card, facts, message, open_url, text_block
from handlers.cards.escape import markdown, url
from handlers.cards.header import header
from shared.texts import cards
from shared.texts.locale import Locale


def channel_test_message(channel: str, locale: Locale, dashboard_url: str) -> Element:
    """The whole message that confirms that a channel works."""
    body = [
        header("good", "🔔", [locale.text(cards.TEST), "Hinomi"], locale.text(cards.TEST_TITLE), 300),
        text_block(locale.text(cards.TEST_SUMMARY), spacing="Medium"),
        facts(
            [
                (locale.text(cards.TEST_CHANNEL), markdown(channel, 100)),
                (locale.text(cards.TEST_SENT), locale.time(locale.now)),
            ]
        ),
    ]
    dashboard = url(dashboard_url, loopback=True)
    buttons = [open_url(locale.text(cards.OPEN_DASHBOARD), dashboard)] if dashboard else []
    return message(card(body, buttons, fallback=locale.text(cards.TEST_TITLE), language=locale.language))
