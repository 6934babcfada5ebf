"""The message of one turn on a channel: its incidents, and earlier notifications of the channel about them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from handlers import registry
from handlers.cards.digest import DigestEntry, digest_entries, digest_message, most_urgent
from handlers.cards.failed_remediation import FailedRemediation, failed_remediation
from handlers.cards.incident import IncidentCard, incident_message
from handlers.cards.links import known_hosts, with_known_links
from handlers.channels.rate_limit import RateLimit
from handlers.context import ActionContext, Notification, Turn
from handlers.owners.table import with_owner
from handlers.stages.model import Reason
from shared.lazy.dataclass import dataclass
from shared.model import RunState, Trigger
from shared.records import IncidentView, RunView
from shared.texts import Text
from shared.texts.locale import Locale
from shared.texts.recorded import localized

# The worker waits this long for its turn, which other workers may take several times; after that a later tick sends.
PATIENCE_SECONDS = 8.0
# It waits for the messages of other workers, not for the end of a window: the message behind it is not acknowledged yet.
LONGEST_WAIT_SECONDS = 2.0
MOST_NOTED = 5  # incidents of a digest whose causes are searched for
# Triggers of a message that may be the first one of a channel about an incident.
FIRST = (Trigger.OPENED, Trigger.ESCALATED, Trigger.REMEDIATION_FAILED, Trigger.UNACKNOWLEDGED)


@dataclass(frozen=True, slots=True)
class ChannelMessage:
    """One message for people.

    `entries` are the incidents, at least one, in the language of the channel and with links to known hosts only.
    `subject` is the content about a single incident, None for a digest. `run_ids` are the runs that it ends. `earlier`
    are the details of the channel's first message about the incident of `subject`, and then about each that was merged
    into it; empty when there was none.
    `maybe_sent`: an earlier attempt may have sent it. `was_held`: notifications of a digest waited for the hours of their rule.
    """

    entries: tuple[DigestEntry, ...]
    subject: IncidentCard | None
    run_ids: tuple[int, ...]
    locale: Locale
    dashboard_url: str = ""
    earlier: tuple[dict[str, Any], ...] = ()
    maybe_sent: bool = False
    was_held: bool = False

    def card(self) -> dict[str, Any]:
        """The message as an Adaptive Card in its envelope."""
        if self.subject is None:
            given = {"maybe_sent": self.maybe_sent, "was_held": self.was_held}
            return digest_message(self.entries, self.locale, self.dashboard_url, **given)
        return incident_message(self.subject, self.locale, self.dashboard_url)

    def counts(self) -> dict[str, int]:
        """How often each incident had occurred when this message was sent, for the details of the run."""
        return {str(entry.incident.id): entry.incident.occurrence_count for entry in self.entries}


def take_turn(context: ActionContext, rate_limit: RateLimit) -> Turn:
    """The turn on the channel, after short waits if these are enough."""
    turn, left, before = context.take_turn(rate_limit), PATIENCE_SECONDS, 0.0
    # A wait that is as long as before is not over: the clock of the worker stands still.
    while 0 < turn.wait_seconds <= min(left, LONGEST_WAIT_SECONDS) and turn.wait_seconds != before:
        time.sleep(turn.wait_seconds)
        left, before = left - turn.wait_seconds, turn.wait_seconds
        turn = context.take_turn(rate_limit)
    return turn


def channel_message(context: ActionContext, channel: str, turn: Turn, locale: Locale) -> ChannelMessage:
    """The message of a turn on `channel`, such as `teams:default`."""
    own = Notification(context.run_id, context.incident, context.trigger, notified=True, maybe_sent=context.maybe_sent)
    notifications = turn.notifications or (own,)
    entries = digest_entries(notifications)
    is_digest = len(entries) > 1 or (turn.is_digest and entries[0].is_resolved_unannounced)
    maybe_sent = any(one.maybe_sent for one in notifications)
    shown = tuple(replace(entry, incident=_shown(context, entry.incident, locale)) for entry in entries)
    return ChannelMessage(
        _noted(context, shown, entries, locale) if is_digest else shown,
        None if is_digest else _subject(context, channel, shown[0], locale, notifications),
        tuple(one.run_id for one in notifications),
        locale,
        context.settings.dashboard_url,
        () if is_digest else first_messages(context.actions_so_far, channel),
        maybe_sent,
        was_held=any(one.held for one in notifications),
    )


def _noted(
    context: ActionContext, shown: Sequence[DigestEntry], stored: Sequence[DigestEntry], locale: Locale
) -> tuple[DigestEntry, ...]:
    """The entries as shown, the most urgent new ones with what the history says about them: each query takes time."""
    urgent = most_urgent((entry for entry in stored if entry.trigger in FIRST), MOST_NOTED)
    notes = {entry.incident.id: context.digest_notes(entry.incident) for entry in urgent}
    return tuple(_with_notes(entry, *notes.get(entry.incident.id, (None, None)), locale) for entry in shown)


def _with_notes(entry: DigestEntry, cause: Text | None, note: Text | None, locale: Locale) -> DigestEntry:
    return replace(entry, cause=locale.text(cause) if cause else "", alarm_note=locale.text(note) if note else "")


def first_messages(runs: Sequence[RunView], channel: str) -> tuple[dict[str, Any], ...]:
    """The details of the first message that the channel accepted about each number of the incident of these runs.

    The lowest number comes first.
    """
    first: dict[int, dict[str, Any]] = {}
    for run in runs:
        if _was_sent(run, channel) and (run.number_before is not None or not first):
            first.setdefault(run.number_before or run.incident_id, run.details or {})
    return tuple(first[number] for number in sorted(first))


def _subject(
    context: ActionContext, channel: str, entry: DigestEntry, locale: Locale, sent: Sequence[Notification]
) -> IncidentCard:
    repairs = tuple(run for run in context.actions_so_far if registry.is_remediation(run.action))
    again = _since_last(entry.incident, context.actions_so_far, channel)
    # A channel without an earlier message about the incident is notified of it as a new one.
    trigger = Trigger.OPENED if again is None and entry.trigger is Trigger.REOPENED else entry.trigger
    is_first = again is None and trigger in FIRST
    return IncidentCard(
        entry.incident,
        trigger,
        repairs,
        again,
        locale.text(cause) if is_first and (cause := context.likely_cause()) else "",
        is_first=entry.is_resolved_unannounced,
        was_silenced=not entry.is_resolved and _was_silenced(context.actions_so_far, channel),
        maybe_sent=any(one.maybe_sent for one in sent),
        failed=None if entry.is_resolved else _failed(context, channel, sent),
        alarm_note=locale.text(note) if is_first and (note := context.alarm_note()) else "",
    )


def _failed(context: ActionContext, channel: str, sent: Sequence[Notification]) -> FailedRemediation | None:
    """The remediation whose failure the message is about; the last one of several."""
    about = (failed_remediation(one.cause, context.actions_so_far, channel) for one in reversed(sent))
    return next(filter(None, about), None)


def _shown(context: ActionContext, incident: IncidentView, locale: Locale) -> IncidentView:
    """The incident with its owner, in the language and the time zone of the channel, with links to known hosts only."""
    owned = localized(with_owner(incident, context.owners), locale.language)
    here = replace(
        owned,
        title=locale.with_local_times(owned.title),
        summary=locale.with_local_times(owned.summary),
        resolution=owned.resolution and locale.with_local_times(owned.resolution),
    )
    return with_known_links(here, known_hosts(context.settings))


def _was_silenced(runs: Sequence[RunView], channel: str) -> bool:
    """Whether a silence suppressed the last notification of the incident on this channel."""
    earlier = [run for run in runs if run.target == channel]
    return bool(earlier) and earlier[-1].reason == Reason.SILENCED


def _since_last(incident: IncidentView, runs: Sequence[RunView], channel: str) -> int | None:
    """Occurrences since the last message about this incident on this channel; None when there was none.

    If other incidents were merged into it since, the last message about each of them counts.
    """
    known: dict[int | None, int] = {}
    for earlier in reversed(runs):
        number = earlier.number_before or incident.id
        count = (earlier.details or {}).get("counts", {}).get(str(number))
        if _was_sent(earlier, channel) and isinstance(count, int):
            known.setdefault(earlier.number_before, count)
    counted = [known[None]] if None in known else known.values()
    return max(incident.occurrence_count - sum(counted), 0) if known else None


def _was_sent(run: RunView, channel: str) -> bool:
    return run.target == channel and run.state is RunState.DONE and "counts" in (run.details or {})
