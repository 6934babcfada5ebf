"""One card about several incidents, used if a channel has more notifications than it should show one by one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

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
from handlers.cards.escape import markdown, plain, url
from handlers.cards.header import ENDED, STYLES, header, service_name
from handlers.cards.incident import incident_url, lasted, number_of, owner_note, reference
from handlers.cards.size_limit import CardLimits, within_limit
from handlers.context import Notification
from shared.lazy.dataclass import dataclass
from shared.model import IncidentKind, Severity, Status, Trigger
from shared.own_incidents import SILENCE_EXPIRES
from shared.records import IncidentView
from shared.texts import Text, cards
from shared.texts.locale import Locale
from shared.texts.recorded import next_steps
from shared.texts.terms import change_term, past_term, term


@dataclass(frozen=True, slots=True)
class DigestEntry:
    """The latest change of one incident. `notified` says whether the channel has had a card about it.

    `cause` is its likely cause, and `alarm_note` what the card of an incident about load says below its summary; each is one
    line, and empty if unknown or not asked for.
    """

    incident: IncidentView
    trigger: Trigger
    notified: bool = True
    cause: str = ""
    alarm_note: str = ""

    @property
    def is_resolved(self) -> bool:
        """Whether the change is a resolution."""
        return self.trigger is Trigger.RESOLVED

    @property
    def is_resolved_unannounced(self) -> bool:
        """Whether the incident resolved and the channel had no card about its opening."""
        return self.is_resolved and not self.notified


_PRECEDENCE = (
    Trigger.RESOLVED,
    Trigger.FLAPPING,
    Trigger.OPENED,
    Trigger.REOPENED,
    Trigger.ESCALATED,
    Trigger.REMEDIATION_FAILED,
    Trigger.UNACKNOWLEDGED,
    Trigger.CAUSE_FOUND,
    Trigger.REOCCURRED,
)


def digest_entries(notifications: Iterable[Notification]) -> list[DigestEntry]:
    """One entry for each incident: its latest state, and the most important change that still applies."""
    by_incident: dict[int, list[Notification]] = {}
    for one in notifications:
        by_incident.setdefault(one.incident.id, []).append(one)
    return [DigestEntry(each[-1].incident, _trigger(each), each[-1].notified) for each in by_incident.values()]


def _trigger(notifications: list[Notification]) -> Trigger:
    """The most important change of one incident. A resolution is ignored while the incident is unresolved again."""
    triggers = [one.trigger for one in notifications]
    if notifications[-1].incident.resolved_at is None:
        triggers = [trigger for trigger in triggers if trigger is not Trigger.RESOLVED] or triggers
    return min(triggers, key=_PRECEDENCE.index)


def most_urgent(entries: Iterable[DigestEntry], most: int) -> list[DigestEntry]:
    """The unresolved entries that come first in a digest, at most `most`."""
    return sorted((entry for entry in entries if not entry.is_resolved), key=_urgency)[:most]


def digest_message(
    entries: Sequence[DigestEntry],
    locale: Locale,
    dashboard_url: str,
    *,
    maybe_sent: bool = False,
    was_held: bool = False,
) -> Element:
    """The message about several incidents (at least one), the most severe first.

    `maybe_sent` says that an earlier attempt may have sent it, `was_held` that the notifications waited for the hours of their rule.
    """
    ordered = sorted(entries, key=_urgency)
    notes = [locale.text(cards.MAYBE_SENT)] if maybe_sent else []
    is_over = all(entry.is_resolved for entry in entries)
    reason = cards.DIGEST_HELD if was_held else cards.DIGEST_ENDED_REASON if is_over else cards.DIGEST_REASON
    notes.insert(0, locale.text(reason))
    return within_limit(lambda limits: _card(ordered, notes, locale, dashboard_url, limits))


def _urgency(entry: DigestEntry) -> tuple[bool, int, float]:
    incident = entry.incident
    return (entry.is_resolved, -incident.severity.rank, -incident.last_seen_at.timestamp())


def _card(
    entries: list[DigestEntry], notes: list[str], locale: Locale, dashboard_url: str, limits: CardLimits
) -> Element:
    is_over = all(entry.is_resolved for entry in entries)
    counted = _counted(entries)
    title = locale.text((cards.DIGEST_ENDED if is_over else cards.DIGEST_TITLE)(count=len(counted)))
    (reason, *more) = notes
    style = _style(entries[0])
    firsts = _first_with_step(entries[: limits.rows], locale.language)
    rows = [_row(entry, locale, dashboard_url, limits, has_step=entry in firsts) for entry in entries[: limits.rows]]
    body = [
        header(style, "🔔", [locale.text(cards.DIGEST)], title, limits.word),
        text_block(reason, isSubtle=True, spacing="Medium"),
        *(text_block(note, isSubtle=True, spacing="Small") for note in more),
        _counts(counted, locale),
        container(rows, spacing="Medium"),
        *_rest(entries[limits.rows :], locale, dashboard_url, limits),
        reference(title, locale.text(cards.LIST_COMMAND)),
    ]
    dashboard = url(dashboard_url, loopback=True)
    buttons = [open_url(locale.text(cards.OPEN_DASHBOARD), dashboard)] if dashboard else []
    return card(body, buttons, fallback=f"{locale.text(cards.DIGEST)}: {title}", language=locale.language)


def _counted(entries: Sequence[DigestEntry]) -> Sequence[DigestEntry]:
    """The entries about faults. The summary of a silence does not count as an incident."""
    return [entry for entry in entries if entry.incident.rule != SILENCE_EXPIRES] or entries


def _style(entry: DigestEntry) -> Style:
    if not entry.is_resolved:
        return STYLES[entry.incident.severity]
    return ENDED if entry.incident.is_closed else "good"


def _rest(entries: Sequence[DigestEntry], locale: Locale, dashboard_url: str, limits: CardLimits) -> list[Element]:
    """The number of incidents without a row, and a short line for each if there is room, otherwise their numbers."""
    if not entries:
        return []
    more = text_block(locale.text(cards.DIGEST_MORE(count=len(entries))), isSubtle=True)
    lines = [
        text_block(_short(entry, locale, dashboard_url, limits), size="Small", spacing="None")
        for entry in entries[: limits.lines]
    ]
    left = entries[len(lines) :]
    return [more, *lines, *_numbers(left, locale)]


def _numbers(entries: Sequence[DigestEntry], locale: Locale) -> list[Element]:
    """The numbers of the incidents without a line, and the command that lists them."""
    if not entries:
        return []
    texts = [locale.text(cards.DIGEST_LIST(count=len(entries))), *numbers_by_state(entries, locale)]
    return [text_block(text, size="Small", isSubtle=True, spacing="None") for text in texts]


def numbers_by_state(entries: Sequence[DigestEntry], locale: Locale) -> list[str]:
    """The numbers of the unresolved and of the ended incidents in a sentence each, such as `Unresolved: #12–#40`."""
    groups = (
        (cards.DIGEST_UNRESOLVED, [entry.incident.id for entry in entries if not entry.is_resolved]),
        (cards.DIGEST_OVER, [entry.incident.id for entry in entries if entry.is_resolved]),
    )
    return [locale.text(template(numbers=number_ranges(numbers))) for template, numbers in groups if numbers]


def numbers_and_states(entries: Sequence[DigestEntry], locale: Locale, most: int) -> Text:
    """The numbers of all incidents, the states of the first ones, and the command that shows the rest."""
    named = [f"{number_of(entry.incident, locale)} ({label(entry, locale)})" for entry in entries[:most]]
    named += filter(None, [number_ranges(entry.incident.id for entry in entries[most:])])
    command = cards.LIST_COMMAND if len(entries) > 1 else cards.COMMAND(id=entries[0].incident.id)
    return cards.NUMBERS(count=len(entries), incidents=", ".join(named), command=locale.text(command))


def number_ranges(numbers: Iterable[int]) -> str:
    """Numbers of incidents in their order, three or more consecutive ones as a range: `#1, #5–#9`."""
    runs: list[list[int]] = []
    for number in sorted(set(numbers)):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    parts = ([f"#{each[0]}–#{each[-1]}"] if len(each) > 2 else [f"#{number}" for number in each] for each in runs)
    return ", ".join(part for found in parts for part in found)


def _short(entry: DigestEntry, locale: Locale, dashboard_url: str, limits: CardLimits) -> str:
    """Number (a link if there is a dashboard), state, resource and owner of an incident in one line of Markdown."""
    incident = entry.incident
    number, address = f"#{incident.id}", incident_url(dashboard_url, incident.id)
    name = f"[{number}]({address})" if address and len(address) <= limits.sentence else number
    name += number_of(incident, locale).removeprefix(number)
    words = incident.resource, owner_note(incident, locale)
    shown = [markdown(word, limits.word) for word in words if word]
    return " · ".join([f"{name} {markdown(label(entry, locale), limits.word)}", *shown])


def text_line(entry: DigestEntry, locale: Locale, most: int) -> str:
    """Number, state, title, resource and owner of an incident in one line without markup; `most` characters of each name."""
    incident = entry.incident
    words = incident.title, incident.resource, owner_note(incident, locale)
    shown = [plain(word, most) for word in words if word]
    return " · ".join([f"{number_of(incident, locale)} {label(entry, locale)}", *shown])


def label(entry: DigestEntry, locale: Locale) -> str:
    """The state of the incident: its severity while it is open."""
    if entry.is_resolved_unannounced:
        return locale.text(past_term(entry.incident))
    if entry.is_resolved:
        return locale.text(change_term(entry.incident, entry.trigger))
    return locale.text(term(entry.incident.severity))


def _counts(entries: Sequence[DigestEntry], locale: Locale) -> Element:
    """The number of incidents by severity, highest first, and the number of resolved or closed ones."""
    unresolved = Counter(entry.incident.severity for entry in entries if not entry.is_resolved)
    ended = Counter(entry.incident.is_closed for entry in entries if entry.is_resolved)
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


def _first_with_step(entries: Sequence[DigestEntry], language: str) -> list[DigestEntry]:
    """The first unresolved entry of each next step, because incidents of one rule have the same steps."""
    firsts: dict[str, DigestEntry] = {}
    for entry in entries:
        if not entry.is_resolved:
            for text, _ in next_steps(entry.incident, language)[:1]:
                firsts.setdefault(text, entry)
    return list(firsts.values())


def _row(entry: DigestEntry, locale: Locale, dashboard_url: str, limits: CardLimits, *, has_step: bool) -> Element:
    """A row: severity and title, then resource, owner and time, what the history says about it, and the next step.

    A click opens the incident or its log entry.
    """
    incident = entry.incident
    style = _style(entry)
    head = line(
        run(label(entry, locale), weight="Bolder", color="default" if style == ENDED else style),
        run(f"{WIDE}{plain(incident.title, limits.word)}", weight="Bolder"),
    )
    words = [
        number_of(incident, locale),
        service_name(incident.service, limits.word),
        plain(incident.resource, limits.word),
        *filter(None, [plain(owner_note(incident, locale), limits.word)]),
        _when(entry, locale),
    ]
    if entry.trigger is Trigger.FLAPPING:
        words.append(locale.text(change_term(incident, entry.trigger)))
    where = line(run(" · ".join(words), size="Small", isSubtle=True), spacing="None")
    step = _step(incident, locale, limits) if has_step else []
    notes = _notes(entry, locale, limits)
    row = container([head, *_sentence(incident, limits), where, *notes, *step], spacing="Small", separator=True)
    address = incident_url(dashboard_url, incident.id) or url(incident.log_url)
    short = address and len(address) <= limits.sentence
    return {**row, "selectAction": open_url(locale.text(cards.OPEN_INCIDENT), address)} if address and short else row


def _notes(entry: DigestEntry, locale: Locale, limits: CardLimits) -> list[Element]:
    """The likely cause, and how far to trust an alarm about load with its top contributors; left out of a large digest."""
    cause = f"{locale.text(cards.CAUSE)}: {entry.cause}" if entry.cause else ""
    notes = [plain(note, 2 * limits.word) for note in (cause, entry.alarm_note) if note and limits.cause]
    return [line(run(note, size="Small"), spacing="None") for note in notes]


def _step(incident: IncidentView, locale: Locale, limits: CardLimits) -> list[Element]:
    """The first next step without its command, which the page of the incident shows."""
    steps = next_steps(incident, locale.language)[: min(limits.next_steps, 1)]
    return [line(run(f"→ {plain(text, limits.word)}", size="Small"), spacing="None") for text, _ in steps]


def _sentence(incident: IncidentView, limits: CardLimits) -> list[Element]:
    """Facts that the title lacks: the incidents that an ended silence suppressed, or the value of a load incident."""
    if incident.rule == SILENCE_EXPIRES:
        return [line(run(plain(incident.resolution or incident.summary, limits.sentence)), spacing="None")]
    if incident.kind is IncidentKind.LOAD_ISSUE and incident.status != Status.RESOLVED:
        return [line(run(plain(incident.summary, limits.word), size="Small"), spacing="None")]
    return []


def _when(entry: DigestEntry, locale: Locale) -> str:
    """The time since it was last seen; for a resolved incident without an opening card, its start and end."""
    incident = entry.incident
    if entry.is_resolved_unannounced and incident.resolved_at is not None and not incident.is_closed:
        return locale.text(lasted(incident.opened_at, incident.resolved_at, locale))
    return locale.ago(incident.last_seen_at)
