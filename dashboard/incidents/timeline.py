"""All events around an incident, in order of time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from dashboard.incidents.runs import digest_of, result_of
from handlers.cards.failed_remediation import failed_remediation, news
from shared.model import RunState, Trigger
from shared.records import IncidentDetail, IncidentView, OccurrenceView, RunView
from shared.texts import Template, Text
from shared.texts.dashboard import incident as texts
from shared.texts.remediations import by_hand

if TYPE_CHECKING:
    from insights.causes.model import Cause

SHOWN_OCCURRENCES = 12


@dataclass(frozen=True, slots=True)
class Event:
    """An event: its icon with the word, its subject, and a sentence. `day` is set if its time of day is unknown."""

    time: datetime
    glyph: str
    word: Text
    text: Text
    day: date | None = None


def timeline(detail: IncidentDetail, causes: Iterable[Cause], notifiers: Sequence[str], language: str) -> list[Event]:
    """The changes before, the occurrences, the runs, the notifications and the decisions of people, earliest first."""
    events = [
        *_changes(causes),
        *_occurrences(detail.incident, detail.occurrences),
        *(event for run in _one_of_each_digest(detail.runs) for event in _run(run, detail, notifiers, language)),
        *_people(detail.incident),
    ]
    return sorted(events, key=lambda event: event.time)


def _changes(causes: Iterable[Cause]) -> Iterator[Event]:
    from insights.causes.sentences import headline, line_of_days  # noqa: PLC0415

    for cause in causes:
        if cause.days:
            yield Event(cause.time, "change", texts.CHANGE, line_of_days(cause, cause.days), cause.days[1])
        else:
            yield Event(cause.time, "change", texts.CHANGE, headline(cause))


def _occurrences(view: IncidentView, occurrences: Sequence[OccurrenceView]) -> Iterator[Event]:
    """The opening, the latest occurrences, and the number of occurrences in between."""
    yield Event(view.opened_at, "failed", texts.FAILED, texts.OPENED)
    later = [one for one in occurrences if one.time > view.opened_at]
    for one in later[:SHOWN_OCCURRENCES]:
        yield Event(one.time, "past", texts.OCCURRED, Text.verbatim(one.summary))
    hidden = view.occurrence_count - 1 - len(later[:SHOWN_OCCURRENCES])
    if hidden > 0 and later:
        yield Event(view.opened_at, "past", texts.OCCURRED, texts.MORE_OCCURRENCES(count=hidden))


def _one_of_each_digest(runs: Iterable[RunView]) -> Iterator[RunView]:
    """The runs, with only the first run of each digest."""
    seen = set()
    for run in runs:
        digest = digest_of(run)
        if digest is None or digest not in seen:
            yield run
        seen.add(digest)


def _run(run: RunView, detail: IncidentDetail, notifiers: Sequence[str], language: str) -> Iterator[Event]:
    """The event of a run's effect; none for a skipped run, which is among the decisions."""
    if asked := (run.approval or {}).get("asked_by"):
        what = by_hand.ASKED(by=str(asked), rule=run.handler_rule)
        if run.undo_of is not None:
            what = by_hand.ASKED_UNDO(by=str(asked), id=run.undo_of)
        yield Event(run.created_at, "you", texts.PERSON, what)
    if run.decided_at is not None and run.decided_by:
        yield Event(run.decided_at, "you", texts.PERSON, _decision(run))
    if run.state is RunState.SKIPPED:
        return
    time, result = run.finished_at or run.started_at or run.created_at, result_of(run, language)
    if run.action in notifiers:
        yield Event(time, "mail", texts.MESSAGE, _message(run, detail, result))
    elif run.waits_for_approval:
        yield Event(run.created_at, "you", texts.NEEDS_PERSON, texts.RUN_WAITS(rule=run.handler_rule))
    elif run.state is RunState.FAILED:
        yield Event(time, "failed", texts.ACTION, texts.RUN_FAILED(rule=run.handler_rule, result=result or run.target))
    else:
        yield Event(time, "act", texts.ACTION, texts.RUN_DID(rule=run.handler_rule, result=result or run.target))


def _decision(run: RunView) -> Text:
    """The event of a person's decision on a run; an undo by command is requested and approved at once."""
    if run.undo_of is not None and not (run.approval or {}).get("asked_by"):
        return by_hand.ASKED_UNDO(by=run.decided_by or "", id=run.undo_of)
    template = texts.DENIED_RUN if run.state is RunState.SKIPPED else texts.APPROVED_RUN
    return template(by=run.decided_by or "", rule=run.handler_rule)


def _message(run: RunView, detail: IncidentDetail, result: str) -> Text:
    """The event of a notification: the recipient, and the failed remediation if it is about one."""
    text = _delivery(run, result)(target=run.target, rule=run.handler_rule, result=result)
    failed = failed_remediation(run.cause, detail.runs, run.target)
    if run.trigger is not Trigger.REMEDIATION_FAILED or failed is None:
        return text
    change = news(detail.incident, run.trigger, failed)
    return texts.OF_FAILURE(change=change, rule=failed.run.handler_rule, text=text)


def _delivery(run: RunView, result: str) -> Template:
    if run.state is not RunState.DONE:
        return texts.NOT_NOTIFIED if result else texts.WILL_NOTIFY
    return texts.SENT if run.target in result else texts.NOTIFIED


def _people(view: IncidentView) -> Iterator[Event]:
    if view.acknowledged_at is not None:
        yield Event(view.acknowledged_at, "you", texts.PERSON, texts.TAKEN(by=view.acknowledged_by or ""))
    if view.false_alarm_at is not None:
        yield Event(view.false_alarm_at, "you", texts.PERSON, texts.MARKED_FALSE(by=view.false_alarm_by or ""))
    if view.resolved_at is not None:
        template = texts.CLOSED_BECAUSE if view.is_closed else texts.RESOLVED_BECAUSE
        glyph = "past" if view.is_closed else "well"
        yield Event(view.resolved_at, glyph, texts.ENDED, template(reason=view.resolution or ""))
