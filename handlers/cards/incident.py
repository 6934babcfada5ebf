"""The card of one incident: fault, start, number of occurrences, principal, likely cause, evidence and actions."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from handlers.cards.elements import WIDE, Element, card, container, facts, line, open_url, run, text_block
from handlers.cards.escape import command as code
from handlers.cards.escape import markdown, plain, url
from handlers.cards.failed_remediation import FailedRemediation, failure_note, news
from handlers.cards.header import ENDED, GLYPHS, STYLES, header, service_name
from handlers.cards.next_steps import steps_for
from handlers.cards.runs import run_elements
from handlers.cards.size_limit import CardLimits, within_limit
from shared.identity.run_names import run_time
from shared.lazy.dataclass import dataclass
from shared.model import STABLE, ErrorClass, IncidentKind, Trigger
from shared.records import IncidentView, Owner, RunView
from shared.texts import Text, cards
from shared.texts import owners as owner_texts
from shared.texts.locale import Locale, duration
from shared.texts.terms import past_term, term

MAX_RUNS = 5  # unrepaired runs named on a card


@dataclass(frozen=True, slots=True)
class IncidentCard:
    """The input of a card. `again` is the number of occurrences since the last message about this incident, if known.

    `cause` is the likely cause in one line, or a text that none was found; empty if unknown. `is_first` says that no
    card has shown the opening, `was_silenced` that a silence suppressed the notification until now, `maybe_sent` that
    an earlier attempt may have sent it. `failed` is the remediation whose failure the card is about.
    `alarm_note` is the usual range of the value, the share of false alarms and the top contributors in one line; empty if
    there is none.
    """

    incident: IncidentView
    trigger: Trigger
    runs: Sequence[RunView] = ()
    again: int | None = None
    cause: str = ""
    is_first: bool = False
    was_silenced: bool = False
    maybe_sent: bool = False
    failed: FailedRemediation | None = None
    alarm_note: str = ""


def incident_message(subject: IncidentCard, locale: Locale, dashboard_url: str) -> Element:
    """The whole message about one incident, within the size that Teams accepts."""
    return within_limit(lambda limits: _card(subject, locale, dashboard_url, limits))


def incident_url(dashboard_url: str, incident_id: int) -> str | None:
    """The incident's page on the dashboard; None without a dashboard."""
    return url(f"{dashboard_url.rstrip('/')}/incidents/{incident_id}", loopback=True)


def runbook_url(incident: IncidentView) -> str | None:
    """The runbook of the incident, otherwise that of its owner."""
    return url(incident.labels.get("runbook", "") or (incident.owner.runbook if incident.owner else ""))


def owner_note(incident: IncidentView, locale: Locale) -> str:
    """The owner in one line, such as `Owner: data-platform (tier 1)`; empty without an owner."""
    owner = incident.owner
    return f"{locale.text(owner_texts.OWNER)}: {locale.text(owner_text(owner))}" if owner else ""


def owner_text(owner: Owner) -> Text:
    """The owner with its tier."""
    if not owner.tier:
        return Text.verbatim(owner.name)
    return owner_texts.OWNER_OF_TIER(name=owner.name, tier=owner.tier)


def fallback(subject: IncidentCard, locale: Locale, limits: CardLimits) -> str:
    """The incident in one line of plain text."""
    incident = subject.incident
    line = cards.FALLBACK(
        severity=term(incident.severity),
        trigger=news(incident, subject.trigger, subject.failed),
        title=plain(incident.title, limits.word),
        summary=plain(incident.summary, min(limits.sentence, limits.word)),
        id=incident.id,
    )
    return locale.text(line)


def _card(subject: IncidentCard, locale: Locale, dashboard_url: str, limits: CardLimits) -> Element:
    incident = subject.incident
    body = [
        _header(subject, locale, limits),
        text_block(markdown(incident.summary, limits.sentence) or "–", spacing="Medium"),
        *_reason(incident, locale, limits),
        *_alarm_note(subject, limits),
        *_ending(subject, locale, limits),
        *_notes(subject, locale, limits),
        facts(_facts(subject, locale, limits)),
        *_evidence(subject, locale, limits),
        *_cause(subject, locale, limits),
        *_next(subject, locale, limits),
        *_actions(subject, locale, limits),
        reference(locale.text(cards.INCIDENT(id=incident.id)), locale.text(cards.COMMAND(id=incident.id))),
    ]
    return card(
        body,
        _buttons(incident, locale, dashboard_url),
        fallback=fallback(subject, locale, limits),
        language=locale.language,
    )


def _header(subject: IncidentCard, locale: Locale, limits: CardLimits) -> Element:
    incident, resolved = subject.incident, subject.trigger is Trigger.RESOLVED
    change = "" if subject.trigger is Trigger.OPENED else locale.text(news(incident, subject.trigger, subject.failed))
    if resolved and subject.is_first:
        change = locale.text(past_term(incident))
    labels = [
        change,
        locale.text(cards.SEVERITY(severity=term(incident.severity))),
        locale.text(term(incident.kind)),
        service_name(incident.service, limits.word),
    ]
    style = (ENDED if incident.is_closed else "good") if resolved else STYLES[incident.severity]
    glyph = ("☑️" if incident.is_closed else "✅") if resolved else GLYPHS[incident.kind]
    return header(style, glyph, labels, incident.title, limits.word)


def _reason(incident: IncidentView, locale: Locale, limits: CardLimits) -> list[Element]:
    """The reason why the run failed, if another of its entries contains it."""
    if not incident.reason:
        return []
    label = run(locale.text(cards.REASON), weight="Bolder")
    return [line(label, run(f"{WIDE}{plain(incident.reason, limits.sentence)}"), spacing="Small")]


def _alarm_note(subject: IncidentCard, limits: CardLimits) -> list[Element]:
    """The usual range, the share of false alarms and the top contributors, if there is room."""
    if not subject.alarm_note or not limits.cause:
        return []
    return [line(run(plain(subject.alarm_note, 2 * limits.word) or "–", size="Small", isSubtle=True), spacing="Small")]


def _ending(subject: IncidentCard, locale: Locale, limits: CardLimits) -> list[Element]:
    """The reason why an incident was resolved, or closed without a recovery."""
    resolution = plain(subject.incident.resolution or "", limits.sentence)
    if subject.trigger is not Trigger.RESOLVED or not resolution:
        return []
    is_closed = subject.incident.is_closed
    heading, color = (cards.CLOSED, "default") if is_closed else (cards.RESOLUTION, "good")
    label = run(locale.text(heading), weight="Bolder", color=color)
    return [line(label, run(f"{WIDE}{resolution}"), spacing="Small")]


def _notes(subject: IncidentCard, locale: Locale, limits: CardLimits) -> list[Element]:
    """Notes on the card: a second attempt, the end of a silence, flapping, merged numbers, unrepaired runs."""
    incident = subject.incident
    notes = [locale.text(cards.MAYBE_SENT)] if subject.maybe_sent else []
    notes += [locale.text(cards.SILENCE_ENDED)] if subject.was_silenced else []
    if subject.failed is not None:
        notes.append(failure_note(subject.failed, locale, limits.word))
    if subject.trigger is Trigger.UNACKNOWLEDGED:
        notes.append(not_acknowledged(incident, locale))
    if subject.trigger is Trigger.FLAPPING and incident.flapping_since is not None:
        since, stable = locale.clock(incident.opened_at), locale.duration(STABLE)
        notes.append(locale.text(cards.FLAPPING(time=since, duration=stable)))
    notes += [locale.text(cards.REOPENED)] if subject.trigger is Trigger.REOPENED else []
    notes += merged_note(incident, locale)
    is_over = subject.trigger is Trigger.RESOLVED
    if is_over and _is_stable(incident, locale.now):
        notes.append(locale.text(cards.STABLE(duration=locale.duration(STABLE))))
    if incident.kind is IncidentKind.IRREGULAR_ACCESS:
        notes += _not_undone(incident, locale, limits)
    elif incident.unrepaired_runs and (is_over or incident.later_success_at is not None):
        notes.append(_missing(incident, locale, limits))
    return [line(run(note), spacing="Small") for note in notes]


def not_acknowledged(incident: IncidentView, locale: Locale) -> str:
    """A sentence that nobody has acknowledged the incident for some time, and the command that acknowledges it."""
    open_for, command = locale.now - incident.received_at, f"hinomi incidents ack {incident.id}"
    return locale.text(cards.NOT_ACKNOWLEDGED(duration=locale.duration(open_for), command=command))


def merged_note(incident: IncidentView, locale: Locale) -> list[str]:
    """A sentence about merged numbers that earlier messages may contain."""
    count = len(incident.merged_numbers)
    return [locale.text(cards.MERGED(count=count, numbers=_merged(incident)))] if count else []


def number_of(incident: IncidentView, locale: Locale) -> str:
    """The number of an incident for a line about it, with merged numbers that earlier messages may contain."""
    if not incident.merged_numbers:
        return f"#{incident.id}"
    return locale.text(cards.NUMBER_MERGED(id=incident.id, numbers=_merged(incident)))


def _merged(incident: IncidentView) -> str:
    numbers = [f"#{number}" for number in incident.merged_numbers[:MAX_RUNS]]
    return _some(numbers, len(incident.merged_numbers))


def _not_undone(incident: IncidentView, locale: Locale, limits: CardLimits) -> list[str]:
    """The changes of one call that are still in effect; none if the incident is about a single change."""
    names = incident.unrepaired_runs
    shown = _some([plain(name, limits.word) for name in names[:MAX_RUNS]], len(names))
    return [locale.text(cards.NOT_UNDONE(count=len(names), changes=shown))] if names else []


def _some(shown: list[str], count: int) -> str:
    """The first names of `count`."""
    return ", ".join([*shown, "…"] if count > len(shown) else shown)


def _is_stable(incident: IncidentView, now: datetime) -> bool:
    """Whether the incident flapped and ended because its job has been stable for the required time."""
    ended = incident.resolved_at
    return incident.flapping_since is not None and ended is not None and now - ended >= STABLE


def _missing(incident: IncidentView, locale: Locale, limits: CardLimits) -> str:
    runs = [_run_name(name, locale, limits) for name in incident.unrepaired_runs[:MAX_RUNS]]
    count = len(incident.unrepaired_runs)
    text = locale.text(cards.MISSING(count=count, runs=_some(runs, count)))
    if incident.later_success_at is None:
        return text
    return f"{text} {locale.text(cards.LATER_SUCCESS(time=locale.clock(incident.later_success_at)))}"


def _run_name(name: str, locale: Locale, limits: CardLimits) -> str:
    """The display name of a run: its logical date if its id has one; a window without an end or a beginning in words."""
    first, slash, last = name.partition("/")
    if slash and not (first and last):
        open_window = cards.RUN_FROM if first else cards.RUN_UP_TO
        return locale.text(open_window(day=plain(first or last, limits.word)))
    time = run_time(name)
    return locale.text(cards.RUN_OF(time=locale.minute(time))) if time else plain(name, limits.word)


def _facts(subject: IncidentCard, locale: Locale, limits: CardLimits) -> list[tuple[str, str]]:
    incident = subject.incident
    return [
        _time(subject, locale),
        (locale.text(cards.RESOURCE), markdown(incident.resource, limits.word)),
        (locale.text(cards.ERROR), _error(incident, locale)),
        (locale.text(cards.EFFECTS), _effects(incident, limits)),
        (locale.text(cards.OCCURRENCES), _count(incident, locale)),
        (locale.text(cards.REOCCURRED), _again(subject, locale)),
        (locale.text(cards.PRINCIPAL), markdown(incident.principal, limits.word)),
        (locale.text(owner_texts.OWNER), _owner(incident, locale, limits)),
        (locale.text(cards.PROJECT), markdown(incident.project, limits.word)),
        (locale.text(cards.RULE), markdown(incident.rule, limits.word)),
    ]


def _time(subject: IncidentCard, locale: Locale) -> tuple[str, str]:
    """The start of the incident, or its start and end."""
    start, end = subject.incident.opened_at, subject.incident.resolved_at
    if subject.trigger is not Trigger.RESOLVED or end is None or subject.incident.is_closed:
        return locale.text(cards.SINCE), locale.when(start)
    return locale.text(cards.DURATION), locale.text(lasted(start, end, locale))


def lasted(start: datetime, end: datetime, locale: Locale) -> Text:
    """The duration of the incident, with its start and end."""
    return cards.LASTED(
        duration=duration(end - start), start=locale.clock(start), end=locale.clock(end), zone=locale.zone(end)
    )


def _owner(incident: IncidentView, locale: Locale, limits: CardLimits) -> str:
    return markdown(locale.text(owner_text(incident.owner)), limits.word) if incident.owner else ""


def _effects(incident: IncidentView, limits: CardLimits) -> str:
    more = ["…"] if len(incident.effects) > MAX_RUNS else []
    return ", ".join([*(markdown(one, limits.word) for one in incident.effects[:MAX_RUNS]), *more])


def _error(incident: IncidentView, locale: Locale) -> str:
    """The class of the error; empty if it is unknown."""
    is_known = incident.error not in (None, ErrorClass.UNKNOWN)
    return locale.text(term(incident.error)) if incident.error and is_known else ""


def _count(incident: IncidentView, locale: Locale) -> str:
    if incident.occurrence_count <= 1:
        return locale.text(cards.ONCE)
    return locale.text(cards.OFTEN(count=incident.occurrence_count, when=locale.when(incident.last_seen_at)))


def _again(subject: IncidentCard, locale: Locale) -> str:
    if subject.trigger is not Trigger.REOCCURRED or not subject.again:
        return ""
    return locale.text(cards.SINCE_LAST_CARD(count=subject.again))


def _evidence(subject: IncidentCard, locale: Locale, limits: CardLimits) -> list[Element]:
    """The matched fields; empty for a resolved incident, whose log entry is one click away."""
    matched = list(_matched(subject.incident.evidence))
    if not matched or not limits.evidence or subject.trigger is Trigger.RESOLVED:
        return []
    shown = [(path, locale.evidence_value(path, _shown(value))) for path, value in matched[: limits.evidence]]
    lines = [_field(path, value, limits) for path, value in shown]
    if len(matched) > limits.evidence:
        more = locale.text(cards.MORE_EVIDENCE(count=len(matched) - limits.evidence))
        lines.append(text_block(more, size="Small", isSubtle=True, spacing="Small"))
    return [section(locale.text(cards.EVIDENCE), lines, style="emphasis")]


def _matched(evidence: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Matched array elements first (they say most), then the other matched fields."""
    arrays = evidence.get("elements", {})
    for path, elements in arrays.items():
        for element in elements:
            yield f"{path}[]", element
    inside = tuple(f"{path}." for path in arrays)
    yield from ((path, value) for path, value in evidence.get("fields", {}).items() if not path.startswith(inside))


def _field(path: str, value: str, limits: CardLimits) -> Element:
    return line(
        run(f"{plain(path, limits.word)}{WIDE}", fontType="Monospace", size="Small", isSubtle=True),
        run(plain(value, limits.word) or "–", fontType="Monospace", size="Small"),
        spacing="Small",
    )


def _shown(value: Any) -> str:
    """A text unchanged, a flat object as `name=value` pairs, anything else as JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict) and all(isinstance(item, str | int | float) for item in value.values()):
        return "  ".join(f"{name}={item}" for name, item in value.items())
    return json.dumps(value, ensure_ascii=False, default=str)


def _cause(subject: IncidentCard, locale: Locale, limits: CardLimits) -> list[Element]:
    """The likely cause, or that none was found, if the history was searched and there is room."""
    if not subject.cause or not limits.cause:
        return []
    shown = line(run(plain(subject.cause, limits.word) or "–"), spacing="Small")
    return [section(locale.text(cards.CAUSE), [shown])]


def _next(subject: IncidentCard, locale: Locale, limits: CardLimits) -> list[Element]:
    """The next step with its command as code; empty for a resolved incident."""
    steps = steps_for(subject.incident, subject.runs, locale.language)[: limits.next_steps]
    if not steps or subject.trigger is Trigger.RESOLVED:
        return []
    lines = []
    for text, command in steps:
        lines.append(line(run(plain(text, limits.sentence)), spacing="Small"))
        if shown := code(command, limits.sentence):
            lines.append(line(run(shown, fontType="Monospace", size="Small"), spacing="None"))
    return [section(locale.text(cards.NEXT), lines)]


def _actions(subject: IncidentCard, locale: Locale, limits: CardLimits) -> list[Element]:
    runs = list(subject.runs)
    if not runs:
        if subject.trigger is Trigger.RESOLVED:
            return []
        nothing = text_block(locale.text(cards.NO_ACTIONS), isSubtle=True, spacing="Small")
        return [section(locale.text(cards.ACTIONS), [nothing])]
    lines = [each for item in runs[-limits.runs :] for each in run_elements(item, locale, limits)]
    if len(runs) > limits.runs:
        more = locale.text(cards.MORE_ACTIONS(count=len(runs) - limits.runs, id=subject.incident.id))
        lines.append(text_block(more, size="Small", isSubtle=True, spacing="Small"))
    return [section(locale.text(cards.ACTIONS), lines)]


def section(title: str, items: list[Element], **properties: Any) -> Element:
    """Elements below a small heading."""
    return container([text_block(title, weight="Bolder", size="Small"), *items], spacing="Medium", **properties)


def reference(name: str, command: str) -> Element:
    """The last line of a card: the number of the incident, and the command that shows it."""
    monospace = run(command, fontType="Monospace", size="Small", isSubtle=True)
    return line(run(f"{name} · ", size="Small", isSubtle=True), monospace, spacing="Medium")


def _buttons(incident: IncidentView, locale: Locale, dashboard_url: str) -> list[Element]:
    addresses = {
        cards.OPEN_INCIDENT: incident_url(dashboard_url, incident.id),
        cards.OPEN_LOG: url(incident.log_url),
        cards.RUNBOOK: runbook_url(incident),
    }
    return [open_url(locale.text(title), address) for title, address in addresses.items() if address]
