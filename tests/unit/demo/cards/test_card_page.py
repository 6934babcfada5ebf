import json
from html.parser import HTMLParser
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from demo.cards.card_page import page, save
from handlers.cards.digest import DigestEntry, digest_message
from handlers.cards.incident import IncidentCard, incident_message
from shared.model import Trigger
from shared.texts.locale import Locale
from tests.support.incidents import NOW, action_run, incident

LOCALE = Locale("en", "UTC", NOW)
OUR_TAGS = {
    "html",
    "head",
    "meta",
    "title",
    "style",
    "body",
    "h2",
    "article",
    "div",
    "p",
    "span",
    "dl",
    "dt",
    "dd",
    "nav",
    "a",
}


class Reader(HTMLParser):
    """Collects tags, addresses and text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.addresses: list[str | None] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.addresses += [value for name, value in attrs if name in ("href", "src")]
        assert not any(name.startswith("on") for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        self.text += data


def drawn(**changes: str) -> Reader:
    message = incident_message(IncidentCard(incident(**changes), Trigger.OPENED, (action_run(),)), LOCALE, "")
    return Reader(page([("1", message)]))


def test_a_card_can_be_read() -> None:
    text = drawn().text

    assert "Bucket made public" in text
    assert "storage/bucket_made_public" in text
    assert "can be undone" in text


def test_the_buttons_are_links() -> None:
    assert drawn().addresses == [incident().log_url, "https://docs.example.com/runbooks/public-bucket"]


def test_a_digest_can_be_read() -> None:
    message = digest_message(
        [DigestEntry(incident(id=n), Trigger.OPENED) for n in range(20)], LOCALE, "https://hinomi.example.com"
    )

    reader = Reader(page([("digest", message)]))

    assert "20 incidents at once" in reader.text
    assert "https://hinomi.example.com/incidents/3" in reader.addresses


@given(st.text() | st.sampled_from(["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "&lt;b&gt;"]))
def test_no_text_becomes_markup(text: str) -> None:
    assert drawn(title=text, summary=text, resource=text, principal=text).tags <= OUR_TAGS


def test_an_address_that_no_button_may_open_is_not_a_link() -> None:
    message = incident_message(IncidentCard(incident(), Trigger.OPENED), LOCALE, "")
    message["attachments"][0]["content"]["actions"] = [{"type": "Action.OpenUrl", "title": "x", "url": "javascript:1"}]

    assert Reader(page([("1", message)])).addresses == []


def test_a_page_without_cards_is_a_page() -> None:
    assert Reader(page([])).tags <= OUR_TAGS


def test_saved_messages_are_files_and_one_page(tmp_path: Path) -> None:
    messages = [
        incident_message(IncidentCard(incident(title=title), Trigger.OPENED), LOCALE, "") for title in ("a", "b")
    ]

    index = save(messages, tmp_path / "cards")

    assert json.loads((tmp_path / "cards" / "002.json").read_text(encoding="utf-8")) == messages[1]
    assert index.read_text(encoding="utf-8").count("<article>") == 2
