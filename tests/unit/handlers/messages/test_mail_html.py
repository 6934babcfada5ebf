"""The HTML and the text of an e-mail: texts from logs are escaped, nothing external is loaded, nothing is truncated."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from handlers.cards.digest import DigestEntry, digest_message
from handlers.cards.elements import Element
from handlers.cards.incident import IncidentCard, incident_message
from handlers.cards.test_card import channel_test_message
from handlers.messages.mail_html import COLORS, INK, LARGEST_PAGE, QUIET, SUNK, SURFACE, WASHES, as_html
from handlers.messages.plain_text import as_plain_text
from shared.model import Severity, Trigger
from shared.texts.locale import Locale
from tests.support.incidents import NOW, action_run, incident

ENGLISH, JAPANESE = Locale("en", "UTC", NOW), Locale("ja", "Asia/Tokyo", NOW)
DASHBOARD = "https://hinomi.example.com"
HOSTILE = "</td><script>alert(1)</script><img src=x onerror=y> *b* [#1](https://evil.example) &amp; http://evil.example"
VOID = ("meta", "br", "img")


class Reader(HTMLParser):
    """The tags, the attributes and the text of a page; fails when the tags are not balanced."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.names: set[str] = set()
        self.links: list[str] = []
        self.text = ""
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.names |= {name for name, _ in attrs}
        self.links += [str(value) for name, value in attrs if name in ("href", "src", "background")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def opened(locale: Locale = ENGLISH, text: str = "") -> Element:
    changes = dict.fromkeys(("title", "summary", "resource", "principal", "rule", "service"), text) if text else {}
    card = IncidentCard(incident(**changes), Trigger.OPENED, (action_run(),), cause=text or "deployment: it")
    return incident_message(card, locale, DASHBOARD)


def digest(count: int) -> Element:
    entries = [
        DigestEntry(incident(id=n, severity=list(Severity)[n % 5], resource="r" * 300), Trigger.OPENED)
        for n in range(count)
    ]
    return digest_message(entries, ENGLISH, f"https://hinomi.example.com/{'x' * 200}")


def test_nothing_from_a_log_is_markup() -> None:
    harmless, hostile = Reader(as_html(opened())), Reader(as_html(opened(text=HOSTILE)))
    assert (
        hostile.tags
        == harmless.tags
        == {"html", "head", "meta", "title", "body", "div", "table", "tr", "td", "span", "a"}
    )
    assert hostile.names == harmless.names
    assert (
        hostile.links
        == harmless.links
        == [button["url"] for button in opened()["attachments"][0]["content"]["actions"]]
    )
    assert "<script>alert(1)</script>" in hostile.text.replace("\u200b", "")


def test_no_client_can_make_a_link_of_a_text_from_a_log() -> None:
    for part in (Reader(as_html(opened(text=HOSTILE))).text, as_plain_text(opened(text=HOSTILE))):
        assert not re.search(r"https?://evil|www\.evil", part)


def test_a_page_loads_nothing_and_has_no_style_sheet() -> None:
    page = as_html(digest(3))
    assert not re.search(r"<style|<script|<img|url\(|@import|class=", page)


@pytest.mark.parametrize("message", [digest(200), opened(text="🔥" * 2_000), opened(text="<" * 2_000)])
def test_gmail_cuts_nothing_off(message: Element) -> None:
    assert len(as_html(message).encode()) < LARGEST_PAGE


def _luminance(color: str) -> float:
    parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("text", [INK, QUIET, *COLORS.values()])
def test_every_text_is_legible_on_every_background(text: str) -> None:
    for background in (SURFACE, SUNK, *WASHES.values()):
        light, dark = sorted((_luminance(text), _luminance(background)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_the_text_says_the_same_as_the_card() -> None:
    text = as_plain_text(opened(JAPANESE))
    assert text.startswith(
        "🔓 重大度: 高 · 不正アクセスの疑い · Cloud Storage\nBucket made public\n\nBucket example-exports is public"
    )
    assert "\n発生日時: 2026-11-23 15:02:05 JST (3 分前)\n対象: example-exports\n" in text
    assert "✅ close-public-access  完了  removed allUsers" in text
    assert text.endswith(
        f"インシデントを開く: {DASHBOARD}/incidents/42\nログを開く: {incident().log_url}\n"
        "手順書: https://docs.example.com/runbooks/public-bucket\nインシデント #42 · hinomi incidents show 42\n"
    )


def test_the_text_of_a_digest_has_numbers_and_addresses() -> None:
    text = as_plain_text(
        digest_message([DigestEntry(incident(id=n), Trigger.OPENED) for n in range(1, 18)], ENGLISH, DASHBOARD)
    )
    assert "\n\nHigh 17\n\n" in text
    assert f"#1 · Cloud Storage · example-exports · 3 min ago\n  {DASHBOARD}/incidents/1\n" in text
    assert f"#17 High · example-exports\n  {DASHBOARD}/incidents/17" in text
    assert "17 incidents at once · hinomi incidents list" in text


def test_a_test_message_has_both_parts() -> None:
    message = channel_test_message("data", JAPANESE, "")
    assert "Hinomi からの通知テスト" in Reader(as_html(message)).text
    assert "チャネル: data\n" in as_plain_text(message)
