"""Each kind of message names the incidents that were merged into the one it is about."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from handlers.cards.digest import DigestEntry, digest_message
from handlers.cards.incident import IncidentCard, incident_message
from handlers.cards.plain import numbers_message, plain_message
from handlers.context import Turn
from handlers.messages.channel_message import ChannelMessage, channel_message
from handlers.messages.cloud_event import as_bytes, incident_event, short_event
from handlers.messages.mail import Envelope, incident_mail, thread
from handlers.messages.plain_text import as_plain_text
from handlers.messages.short_text import numbers_text, short_text
from shared.model import RunState, Trigger
from shared.texts.locale import Locale
from tests.support.incidents import NOW, action_run, incident
from tests.support.receiver import context_with

CHANNEL = "email:default"
MERGED = incident(id=42, occurrence_count=9, merged_numbers=(43, 57))
ENTRY = DigestEntry(MERGED, Trigger.OPENED)
OTHER = DigestEntry(incident(id=7), Trigger.OPENED)
SAME_FAULT = {
    "en": "Incidents #43, #57 are the same fault and were merged into this one.",
    "ja": "インシデント #43, #57 は同じ障害のため、このインシデントに統合されました。",
}
WITH = {"en": "#42 (with #43, #57)", "ja": "#42 (#43, #57 を統合)"}


def message(locale: Locale, *, digest: bool = False) -> ChannelMessage:
    subject = IncidentCard(MERGED, Trigger.RESOLVED, ())
    return ChannelMessage((ENTRY, OTHER) if digest else (ENTRY,), None if digest else subject, (1,), locale)


def card(locale: Locale) -> str:
    return as_plain_text(incident_message(IncidentCard(MERGED, Trigger.RESOLVED, ()), locale, ""))


def digest(locale: Locale) -> str:
    return as_plain_text(digest_message([ENTRY, OTHER], locale, "https://hinomi.example.com"))


def short_lines(locale: Locale) -> str:
    """The lines of a digest about incidents that have no row of their own."""
    rows = [replace(OTHER, incident=incident(id=number)) for number in range(100, 120)]
    old = replace(ENTRY, incident=replace(MERGED, last_seen_at=MERGED.last_seen_at.replace(year=2020)))
    return as_plain_text(digest_message([*rows, old], locale, "https://hinomi.example.com"))


def simple(locale: Locale) -> str:
    rejected = digest_message([ENTRY, OTHER], locale, "")
    return as_plain_text(plain_message(rejected, [ENTRY, OTHER], locale))


def numbers(locale: Locale) -> str:
    rejected = incident_message(IncidentCard(MERGED, Trigger.OPENED, ()), locale, "")
    return as_plain_text(numbers_message(rejected, [ENTRY], locale))


def phone(locale: Locale) -> str:
    return short_text(message(locale)).body


def phone_digest(locale: Locale) -> str:
    return short_text(message(locale, digest=True)).body


def phone_numbers(locale: Locale) -> str:
    return numbers_text(message(locale)).body


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (card, SAME_FAULT),
        (phone, SAME_FAULT),
        (digest, WITH),
        (short_lines, WITH),
        (simple, WITH),
        (numbers, WITH),
        (phone_digest, WITH),
        (phone_numbers, WITH),
    ],
)
def test_a_message_names_the_numbers_that_the_reader_saw_before(
    text: Callable[[Locale], str], expected: dict[str, str], language: str
) -> None:
    assert expected[language] in text(Locale(language, "UTC", NOW))


def test_an_event_has_the_merged_numbers_also_without_texts() -> None:
    event = incident_event(context_with({}, incident=MERGED), "webhook:default", Locale("en", "UTC", NOW))
    for made in (event, short_event(event)):
        assert json.loads(as_bytes(made))["data"]["incident"]["merged_numbers"] == [43, 57]


def test_a_mail_about_merged_incidents_belongs_to_the_threads_of_all() -> None:
    """The mail also counts the occurrences since the last message about each incident."""
    runs = [
        action_run(
            target=CHANNEL,
            state=RunState.DONE,
            number_before=number,
            details={"counts": {str(number): count}, "message_id": f"<{number}@x>", "subject": f"[Hinomi #{number}] x"},
        )
        for number, count in ((43, 3), (42, 2), (42, 4))
    ]
    context = context_with({}, incident=MERGED, trigger=Trigger.REOCCURRED, actions_so_far=tuple(runs))
    made = channel_message(context, CHANNEL, Turn(), Locale("en", "UTC", NOW))
    place = thread(made, CHANNEL, "example-project", "example.com")
    mail = incident_mail(made, place, Envelope("hinomi@example.com", ("oncall@example.com",)), made.card())
    assert (mail["Subject"], mail["In-Reply-To"], mail["References"]) == (
        "Re: [Hinomi #42] x",
        "<42@x>",
        "<43@x> <42@x>",
    )
    assert mail["X-Hinomi-Incident"] == "42, 43, 57"
    assert made.subject is not None
    assert made.subject.again == 2
