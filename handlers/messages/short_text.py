"""A message in a few lines without markup, for phones and chats: a title, and a body with the link and the command."""

from __future__ import annotations

from typing import NamedTuple

from handlers.cards.digest import DigestEntry, numbers_and_states, numbers_by_state, text_line
from handlers.cards.escape import command, plain, url
from handlers.cards.failed_remediation import failure_note, news
from handlers.cards.incident import (
    IncidentCard,
    incident_url,
    merged_note,
    not_acknowledged,
    owner_note,
)
from handlers.cards.next_steps import steps_for
from handlers.cards.runs import run_sentence
from handlers.cards.size_limit import CardLimits
from handlers.messages.channel_message import ChannelMessage
from shared.model import Severity, Trigger
from shared.texts import cards
from shared.texts.locale import Locale
from shared.texts.terms import past_term, term

WORD, SENTENCE = 120, 400  # characters
MAX_LINES = 15
# Of a remediation: people act on what was done, or waits for them, so the last ones are named.
LIMITS = CardLimits(evidence=0, runs=2, rows=0, sentence=SENTENCE // 2, word=WORD)


class ShortText(NamedTuple):
    """A title and a body in plain text.

    `level` is failure, warning, info or success, by which services choose a color, a sound or a priority.
    """

    title: str
    body: str
    level: str


def short_text(message: ChannelMessage) -> ShortText:
    """The message in a few lines."""
    if message.subject is None:
        return _digest(message)
    return _incident(message.subject, message)


def numbers_text(message: ChannelMessage) -> ShortText:
    """The numbers and states of the incidents, for a service that rejected the text."""
    text = numbers_and_states(message.entries, message.locale, MAX_LINES)
    return ShortText("Hinomi", message.locale.text(text), _level(message.entries))


def test_text(channel: str, locale: Locale) -> ShortText:
    """The text of `hinomi notify-test`."""
    body = f"{locale.text(cards.TEST_SUMMARY)}\n{locale.text(cards.TEST_CHANNEL)}: {plain(channel, WORD)}"
    return ShortText(locale.text(cards.TEST_TITLE), body, "info")


def _incident(subject: IncidentCard, message: ChannelMessage) -> ShortText:
    incident, locale = subject.incident, message.locale
    change = past_term(incident) if subject.is_first else news(incident, subject.trigger, subject.failed)
    title = f"[{locale.text(term(incident.severity))}] {locale.text(change)}: {plain(incident.title, WORD)}"
    ending = incident.resolution if subject.trigger is Trigger.RESOLVED else incident.reason
    lines = [
        plain(incident.summary, SENTENCE),
        not_acknowledged(incident, locale) if subject.trigger is Trigger.UNACKNOWLEDGED else "",
        failure_note(subject.failed, locale, WORD) if subject.failed is not None else "",
        plain(ending or "", SENTENCE),
        *merged_note(incident, locale),
        f"{locale.text(cards.RESOURCE)}: {plain(incident.resource, WORD)}",
        plain(owner_note(incident, locale), WORD),
        f"{locale.text(cards.SINCE)}: {locale.when(incident.opened_at)}",
        *(run_sentence(run, locale, LIMITS) for run in subject.runs[-LIMITS.runs :]),
        *_next(subject, locale),
        incident_url(message.dashboard_url, incident.id) or "",
        f"{locale.text(cards.INCIDENT(id=incident.id))} · {locale.text(cards.COMMAND(id=incident.id))}",
    ]
    return ShortText(title, "\n".join(line for line in lines if line), _level(message.entries))


def _next(subject: IncidentCard, locale: Locale) -> list[str]:
    """The first next step, with its command if it is short; empty for a resolved incident."""
    steps = steps_for(subject.incident, subject.runs, locale.language)
    if not steps or subject.trigger is Trigger.RESOLVED:
        return []
    text, line = steps[0]
    return [f"{locale.text(cards.NEXT)}: {plain(text, WORD)}", command(line, WORD)]


def _digest(message: ChannelMessage) -> ShortText:
    locale, count = message.locale, len(message.entries)
    is_over = all(entry.is_resolved for entry in message.entries)
    title = locale.text((cards.DIGEST_ENDED if is_over else cards.DIGEST_TITLE)(count=count))
    ordered = sorted(message.entries, key=lambda entry: (entry.is_resolved, -entry.incident.severity.rank))
    lines = [text_line(entry, locale, WORD) for entry in ordered[:MAX_LINES]]
    if count > MAX_LINES:
        lines.append(locale.text(cards.DIGEST_MORE(count=count - MAX_LINES)))
        lines += numbers_by_state(ordered[MAX_LINES:], locale)
    lines += filter(None, [url(message.dashboard_url, loopback=True), locale.text(cards.LIST_COMMAND)])
    return ShortText(title, "\n".join(lines), _level(message.entries))


def _level(entries: tuple[DigestEntry, ...]) -> str:
    severities = [entry.incident.severity for entry in entries if not entry.is_resolved]
    if not severities:
        return "success"
    worst = max(severities, key=lambda severity: severity.rank)
    return {Severity.CRITICAL: "failure", Severity.HIGH: "failure", Severity.MEDIUM: "warning"}.get(worst, "info")
