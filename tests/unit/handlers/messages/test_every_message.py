"""Every message about incidents has their numbers, a link, the command that shows them, and the owner."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from handlers.cards.digest import DigestEntry, digest_message
from handlers.cards.incident import IncidentCard
from handlers.cards.plain import numbers_message, plain_message
from handlers.messages.channel_message import ChannelMessage
from handlers.messages.mail_html import as_html
from handlers.messages.plain_text import as_plain_text
from handlers.messages.short_text import numbers_text, short_text
from shared.model import Mode, RunState, Trigger
from shared.records import Owner, RunView
from shared.texts.locale import Locale
from tests.support.incidents import NOW, action_run, incident

DASHBOARD = "https://hinomi.example.com"
OWNER = Owner("data-platform", tier="1")
STEPS = [{"en": "Look at the slots.", "ja": "スロットを確認します。", "command": "bq show -j job-1"}]
OWNED = incident(id=42, owner=OWNER, evidence={"next": STEPS})
WAITING = action_run(
    id=7,
    mode=Mode.APPROVE,
    state=RunState.PLANNED,
    approval={"plan": {"en": "would close it"}},
    approval_until=NOW + timedelta(hours=1),
)
OTHERS = [DigestEntry(incident(id=number), Trigger.OPENED) for number in range(100, 116)]
OLD = DigestEntry(replace(OWNED, last_seen_at=OWNED.last_seen_at.replace(year=2020)), Trigger.OPENED)


def message(locale: Locale, *entries: DigestEntry) -> ChannelMessage:
    subject = None if entries else IncidentCard(OWNED, Trigger.OPENED, ())
    return ChannelMessage(entries or (DigestEntry(OWNED, Trigger.OPENED),), subject, (1,), locale, DASHBOARD)


def card(locale: Locale) -> str:
    return as_plain_text(message(locale).card())


def mail(locale: Locale) -> str:
    return as_html(message(locale).card())


def phone(locale: Locale) -> str:
    return short_text(message(locale)).body


def digest(locale: Locale) -> str:
    return as_plain_text(message(locale, OLD, OTHERS[0]).card())


def plain_digest(locale: Locale) -> str:
    entries = [OLD, OTHERS[0]]
    return as_plain_text(plain_message(digest_message(entries, locale, DASHBOARD), entries, locale))


def digest_mail(locale: Locale) -> str:
    return as_html(message(locale, OLD, OTHERS[0]).card())


def phone_digest(locale: Locale) -> str:
    return short_text(message(locale, OLD, OTHERS[0])).body


def short_line(locale: Locale) -> str:
    return as_plain_text(digest_message([*OTHERS, OLD], locale, DASHBOARD))


PAGE, COMMAND = f"{DASHBOARD}/incidents/42", "hinomi incidents show 42"
LIST = "hinomi incidents list"
OWNERS = {"en": "Owner", "ja": "オーナー"}


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize(
    ("text", "link", "command"),
    [
        (card, PAGE, COMMAND),
        (mail, PAGE, COMMAND),
        (phone, PAGE, COMMAND),
        (digest, PAGE, LIST),
        (digest_mail, PAGE, LIST),
        (short_line, PAGE, LIST),
        (phone_digest, DASHBOARD, LIST),
        (plain_digest, DASHBOARD, LIST),
    ],
)
def test_a_message_has_number_link_command_and_owner(
    text: Callable[[Locale], str], link: str, command: str, language: str
) -> None:
    shown = text(Locale(language, "UTC", NOW))
    assert [
        part for part in ("#42", link, command, OWNERS[language], "data-platform (tier 1)") if part not in shown
    ] == []


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("text", [card, mail, phone, digest, digest_mail])
def test_a_message_says_what_to_do_next(text: Callable[[Locale], str], language: str) -> None:
    shown = text(Locale(language, "UTC", NOW))
    assert STEPS[0][language] in shown
    assert ("bq show -j job-1" in shown) is (text not in (digest, digest_mail))


@pytest.mark.parametrize(
    ("run", "language", "expected"),
    [
        (action_run(state=RunState.FAILED, error="HTTP 403"), "en", "❌ close-public-access: Failed · HTTP 403"),
        (action_run(state=RunState.FAILED, error="HTTP 403"), "ja", "❌ close-public-access: 失敗 · HTTP 403"),
        (WAITING, "en", "To approve: hinomi approvals approve 7"),
    ],
)
def test_a_phone_is_told_what_became_of_a_remediation(run: RunView, language: str, expected: str) -> None:
    printed = IncidentCard(OWNED, Trigger.OPENED, (run,))
    assert expected in short_text(replace(message(Locale(language, "UTC", NOW)), subject=printed)).body


def test_what_to_do_next_is_left_out_where_it_does_not_help() -> None:
    over = DigestEntry(replace(OWNED, resolved_at=NOW), Trigger.RESOLVED)
    same = [DigestEntry(replace(OWNED, id=number), Trigger.OPENED) for number in range(3)]
    assert as_plain_text(message(Locale("en", "UTC", NOW), *same, over).card()).count("Look at the slots.") == 1
    resolved = replace(message(Locale("en", "UTC", NOW)), subject=IncidentCard(OWNED, Trigger.RESOLVED, ()))
    assert "Look at the slots." not in short_text(resolved).body
    long = replace(OWNED, evidence={"next": [{**STEPS[0], "command": "x" * 500}]})
    given = replace(message(Locale("en", "UTC", NOW)), subject=IncidentCard(long, Trigger.OPENED, ()))
    assert "xxx" not in short_text(given).body


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_short_digest_names_the_incidents_without_a_line_by_number(language: str) -> None:
    entries = [DigestEntry(incident(id=number), Trigger.OPENED) for number in range(1, 41)]
    lines = short_text(message(Locale(language, "UTC", NOW), *entries)).body.splitlines()
    assert lines[-3].endswith(": #16–#40")


def test_numbers_alone_name_every_incident_and_a_command_that_works() -> None:
    locale = Locale("en", "UTC", NOW)
    many = [DigestEntry(incident(id=number), Trigger.OPENED) for number in range(1, 101)]
    assert numbers_text(message(locale)).body.endswith("See: hinomi incidents show 42")
    short = numbers_text(message(locale, *many)).body
    of_card = as_plain_text(numbers_message(message(locale).card(), many, locale))
    assert "#16–#100. The channel" in short
    assert "#61–#100. The channel" in of_card
    assert short.endswith("See: hinomi incidents list")
