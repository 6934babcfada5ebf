"""One card for many incidents: more notifications are due than the channel should show one by one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from handlers.cards.elements import (
    WIDE,
    Element,
    Style,
    card,
    column,
    columns,
    container,
    line,
    open_url,
    run,
    text_block,
)
from handlers.cards.escape import plain, url
from handlers.cards.header import ENDED, STYLES, band, service_name
from handlers.cards.incident import incident_url
from handlers.cards.size_limit import CardLimits, fit
from shared.model import Severity, Trigger
from shared.records import IncidentView
from shared.texts import cards
from shared.texts.locale import Locale
from shared.texts.terms import news_term, term

DigestEntry = tuple[IncidentView, Trigger]


def digest_message(entries: Sequence[DigestEntry], locale: Locale, dashboard_url: str) -> Element:
    """The message about several incidents (at least one), the most severe first; the last entry of each incident counts."""
    latest = {incident.id: (incident, trigger) for incident, trigger in entries}
    ordered = sorted(latest.values(), key=_urgency)
    return fit(lambda limits: _card(ordered, locale, dashboard_url, limits))


def _urgency(item: DigestEntry) -> tuple[bool, int, float]:
    incident, trigger = item
    return (trigger is Trigger.RESOLVED, -incident.severity.rank, -incident.last_seen_at.timestamp())


def _card(entries: list[DigestEntry], locale: Locale, dashboard_url: str, limits: CardLimits) -> Element:
    title = locale.text(cards.DIGEST_TITLE(count=len(entries)))
    style = _style(*entries[0])
    rows = [_row(item, locale, dashboard_url, limits) for item in entries[: limits.rows]]
    body = [
        band(style, "🔔", [locale.text(cards.DIGEST)], title, limits.word),
        text_block(locale.text(cards.DIGEST_REASON), isSubtle=True, spacing="Medium"),
        _counts(entries, locale),
        container(rows, spacing="Medium"),
    ]
    if len(entries) > limits.rows:
        body.append(text_block(locale.text(cards.DIGEST_MORE(count=len(entries) - limits.rows)), isSubtle=True))
    dashboard = url(dashboard_url, loopback=True)
    buttons = [open_url(locale.text(cards.OPEN_DASHBOARD), dashboard)] if dashboard else []
    return card(body, buttons, fallback=f"{locale.text(cards.DIGEST)}: {title}", language=locale.language)


def _style(incident: IncidentView, trigger: Trigger) -> Style:
    if trigger is not Trigger.RESOLVED:
        return STYLES[incident.severity]
    return ENDED if incident.is_closed else "good"


def _counts(entries: list[DigestEntry], locale: Locale) -> Element:
    """How many of each severity, the highest on the left, and how many are resolved or closed."""
    unresolved = Counter(incident.severity for incident, trigger in entries if trigger is not Trigger.RESOLVED)
    ended = Counter(incident.is_closed for incident, trigger in entries if trigger is Trigger.RESOLVED)
    cells = [
        _cell(unresolved[severity], locale.text(term(severity)), STYLES[severity])
        for severity in sorted(Severity, key=lambda severity: -severity.rank)
        if unresolved[severity]
    ]
    if ended[False]:
        cells.append(_cell(ended[False], locale.text(cards.DIGEST_RESOLVED), "good"))
    if ended[True]:
        cells.append(_cell(ended[True], locale.text(cards.DIGEST_CLOSED), "default"))
    return columns(*cells, spacing="Medium")


def _cell(count: int, label: str, color: str) -> Element:
    number = text_block(
        str(count), size="ExtraLarge", weight="Bolder", color=color, horizontalAlignment="Center", wrap=False
    )
    name = text_block(label, size="Small", isSubtle=True, horizontalAlignment="Center", spacing="None", wrap=False)
    return column("stretch", [number, name], style="emphasis")


def _row(item: DigestEntry, locale: Locale, dashboard_url: str, limits: CardLimits) -> Element:
    """Severity and title, then resource and time; a click on the row opens the incident or its log entry."""
    incident, trigger = item
    ended = trigger is Trigger.RESOLVED
    label = locale.text(news_term(incident, trigger) if ended else term(incident.severity))
    style = _style(incident, trigger)
    head = line(
        run(label, weight="Bolder", color="default" if style == ENDED else style),
        run(f"{WIDE}{plain(incident.title, limits.word)}", weight="Bolder"),
    )
    place = f"{service_name(incident.service, limits.word)} · {plain(incident.resource, limits.word)}"
    where = line(run(f"{place} · {locale.ago(incident.last_seen_at)}", size="Small", isSubtle=True), spacing="None")
    row = container([head, where], spacing="Small", separator=True)
    address = incident_url(dashboard_url, incident.id) or url(incident.log_url)
    short = address and len(address) <= limits.sentence
    return {**row, "selectAction": open_url(locale.text(cards.OPEN_INCIDENT), address)} if address and short else row
