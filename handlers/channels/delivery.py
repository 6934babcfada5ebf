"""The turn of a notification on its channel: when it is sent, and which notifications share its message.

The state is the channel's row, locked for the decision, so that all instances together keep to the rate limit and to
the window of single cards.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from db.error_db import channels, notifications, runs
from db.error_db.models import Channel
from db.error_db.store import ErrorStore
from db.error_db.views import load_view
from handlers import registry
from handlers.channels.attempts import is_repeated, maybe_sent
from handlers.channels.card_window import SINGLE_CARDS, CardWindow, Notice, Share, share
from handlers.channels.rate_limit import RateLimit, RateLimitState, claim
from handlers.context import Notification, Turn
from shared.model import RunState, Severity, Status, Trigger
from shared.records import IncidentView, RunView
from shared.texts import Text, actions

# Triggers of notifications that are not sent once a person acknowledged the incident.
ENDING_WITH_ACKNOWLEDGEMENT = (Trigger.REOCCURRED, Trigger.CAUSE_FOUND, Trigger.UNACKNOWLEDGED)
MAX_SHARED = 500  # maximum number of notifications in one message
DEFERRED_CAUSE = "|again"  # end of the cause of a run that a silence or a budget suppressed before


class Delivery:
    """The delivery of one notification. `taken` are the runs that share its message and result."""

    def __init__(
        self,
        store: ErrorStore,
        run: RunView,
        incident: IncidentView,
        *,
        owner: str,
        lease: timedelta,
        window: timedelta,
        clock: Callable[[], datetime],
    ) -> None:
        self.taken: list[RunView] = []
        self._store = store
        self._run = run
        self._incident = incident
        self._owner = owner
        self._lease = lease
        self._window = window
        self._clock = clock
        self._maybe_sent = {run.id} if is_repeated(run) else set()
        self._before: tuple[CardWindow, CardWindow] | None = None

    @property
    def maybe_sent(self) -> bool:
        """Whether an earlier attempt may have sent one of its notifications."""
        return bool(self._maybe_sent)

    def take_turn(self, rate_limit: RateLimit) -> Turn:
        """Decides whether to send now, and which notifications.

        Raises TransientError when the Error DB is unavailable.
        """
        now = self._clock()
        with self._store.transaction(now) as transaction:
            session = transaction.session
            channel = channels.lock(session, self._run.target, now)
            before = _window(channel)
            notice = self._notice(session, channel)
            decision, after = share(before, notice, self._window, now)
            if decision is Share.WAIT:
                _keep_window(channel, after)
                return Turn(
                    wait_seconds=self._until_end(after, now), reason=actions.COLLECTED(channel=self._run.target)
                )
            wait, slot = claim(rate_limit, RateLimitState(channel.next_at, channel.full_at), now)
            if wait > 0:  # everything that waits after the window shares the digest
                _keep_window(channel, replace(before, waiting=before.waiting or notice.others_wait))
                return Turn(wait_seconds=wait, reason=actions.RATE_LIMITED(channel=self._run.target))
            channel.next_at, channel.full_at = slot.next_at, slot.full_at
            shared = self._notifications(session, decision, now)
            if decision is Share.WITH_ALL:
                after = replace(after, services=tuple(sorted({one.incident.service for one in shared})))
            _keep_window(channel, after)
            self._before = before, after
            return Turn(shared, is_digest=decision is not Share.ALONE)

    def give_back(self, session: Session, now: datetime) -> None:
        """Gives up the turn after a failed attempt, so that the message does not count in the window.

        Lock the channel before any run.
        """
        if self._before is None:
            return
        channel = channels.lock(session, self._run.target, now)
        before, after = self._before
        current = _window(channel)
        if current == after:
            _keep_window(channel, before)
        elif current.began_at == after.began_at:
            channel.window_cards = max(current.cards - 1, 0)

    def _notice(self, session: Session, channel: Channel) -> Notice:
        incident_runs = notifications.others_waiting(session, self._run, limit=MAX_SHARED, of_incident=True)
        triggers = {self._run.trigger, *(each.trigger for each in incident_runs)}
        is_resolved = Trigger.RESOLVED in triggers and self._incident.status is Status.RESOLVED
        waited = channel.broken_since or _created_before(self._run, channel.repaired_at)
        ids = {each.id for each in incident_runs}
        others = notifications.others_waiting(session, self._run, limit=len(ids) + 1)
        is_critical = self._incident.severity is Severity.CRITICAL and not is_resolved
        return Notice(
            service=self._incident.service,
            is_critical=is_critical,
            is_exceptional=is_critical and self._is_exceptional(session, channel),
            is_resolved_late=is_resolved and bool(waited),
            others_wait=any(each.id not in ids for each in others),
            was_held=self._run.held_until is not None,
        )

    def _is_exceptional(self, session: Session, channel: Channel) -> bool:
        """Whether the window has more notifications of another rule or service than of this one."""
        if channel.window_at is None or channel.window_cards < SINGLE_CARDS:
            return False
        counts = notifications.kinds_since(session, self._run, channel.window_at)
        return counts.get((self._incident.service, self._incident.rule), 0) < max(counts.values(), default=0)

    def _notifications(self, session: Session, decision: Share, now: datetime) -> tuple[Notification, ...]:
        """The run and the claimed runs that share its message, in the order in which they were planned."""
        waiting = notifications.others_waiting(session, self._run, limit=MAX_SHARED)
        shared = {self._run.incident_id}
        if decision is Share.WITH_RESOLVED:
            shared |= {each.incident_id for each in waiting if each.trigger is Trigger.RESOLVED}
        joined = [each for each in waiting if decision is Share.WITH_ALL or each.incident_id in shared]
        ids = [each.id for each in joined if self._is_true(session, each)]
        repairs = registry.remediations()
        claimed = notifications.claim_waiting(
            session, ids, owner=self._owner, now=now, lease=self._lease, repairs=repairs
        )
        self.taken = claimed
        ids_taken = {each.id for each in claimed}
        repeated = {each.id for each in joined if each.id in ids_taken and maybe_sent(each)}
        notifications.mark_maybe_sent(session, repeated)
        self._maybe_sent |= repeated
        ordered = sorted((self._run, *claimed), key=lambda run: run.id)
        notified = notifications.notified(session, self._run.target, {run.incident_id for run in ordered})
        return tuple(self._with_incidents(session, ordered, notified))

    def _is_true(self, session: Session, run: RunView) -> bool:
        """Whether a waiting notification is up to date and may share the message; others end at their own turn."""
        changing = Trigger.RESOLVED, *ENDING_WITH_ACKNOWLEDGEMENT
        if run.trigger not in changing and not _is_deferred(run):
            return True
        incident = load_view(session, run.incident_id, run.occurrence_id)
        return incident is None or outdated(run, incident, runs.of_incident(session, run.incident_id)) is None

    def _with_incidents(
        self, session: Session, ordered: Sequence[RunView], notified: Collection[int]
    ) -> Sequence[Notification]:
        views = [(run, self._view(session, run)) for run in ordered]
        return [
            Notification(
                run.id,
                view,
                run.trigger,
                view.id in notified,
                run.id in self._maybe_sent,
                held=run.held_until is not None,
                cause=run.cause,
            )
            for run, view in views
            if view is not None
        ]

    def _view(self, session: Session, run: RunView) -> IncidentView | None:
        return self._incident if run.id == self._run.id else load_view(session, run.incident_id, run.occurrence_id)

    def _until_end(self, window: CardWindow, now: datetime) -> float:
        return ((window.began_at or now) + self._window - now).total_seconds()


def outdated(run: RunView, incident: IncidentView, runs_of_incident: Sequence[RunView]) -> Text | None:
    """The reason why a waiting notification is out of date; None if it is not.

    A late failure may have made a resolved incident unresolved again, or a person acknowledged it before a reminder, a
    cause or the end of a silence was notified.
    """
    if run.trigger is Trigger.RESOLVED:
        if incident.status is not Status.RESOLVED:
            return actions.UNRESOLVED_AGAIN
        return actions.NOT_ANNOUNCED if _is_unannounced(run, runs_of_incident) else None
    is_over = run.trigger in (Trigger.CAUSE_FOUND, Trigger.UNACKNOWLEDGED)
    if is_over and incident.status is Status.RESOLVED:
        return actions.ALREADY_RESOLVED
    if incident.status is Status.ACKNOWLEDGED:
        if run.trigger in ENDING_WITH_ACKNOWLEDGEMENT:
            return actions.ACKNOWLEDGED_NO_REMINDER
        if _is_deferred(run) and run.created_at <= (incident.acknowledged_at or run.created_at):
            return actions.ACKNOWLEDGED_NOT_SENT
    return None


def _is_deferred(run: RunView) -> bool:
    return run.cause.endswith(DEFERRED_CAUSE)


def _is_unannounced(run: RunView, runs_of_incident: Sequence[RunView]) -> bool:
    """Whether the rule of a resolution planned a message about the opening that the channel never got."""
    earlier = [each for each in runs_of_incident if each.target == run.target and each.trigger is not Trigger.RESOLVED]
    is_planned = any(each.handler_rule == run.handler_rule and each.state is not RunState.SKIPPED for each in earlier)
    return is_planned and all(_ended_unsent(each) for each in earlier)


def _ended_unsent(run: RunView) -> bool:
    is_unchanged = run.state is RunState.DONE and not (run.details or {}).get("changed", True)
    return is_unchanged or run.state in (RunState.SKIPPED, RunState.FAILED)


def _created_before(run: RunView, time: datetime | None) -> bool:
    return time is not None and run.created_at <= time


def _window(channel: Channel) -> CardWindow:
    services = tuple(channel.window_services or ())
    return CardWindow(channel.window_at, channel.window_cards, channel.window_waiting, services)


def _keep_window(channel: Channel, window: CardWindow) -> None:
    channel.window_at, channel.window_cards = window.began_at, window.cards
    channel.window_waiting, channel.window_services = window.waiting, list(window.services)
