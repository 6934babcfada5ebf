"""Sends the due reports: each period once per subscription, however many instances and ticks there are."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from db.error_db import channels, reports
from db.error_db.reports import SubscriptionState
from db.error_db.store import ErrorStore
from handlers import registry
from handlers.channels.rate_limit import RateLimitState, claim
from handlers.errors import translated
from handlers.messages.channel_locale import channel_locale
from handlers.reports.messages import report_message
from handlers.reports.subscriptions import MOST_MISSED, ScheduledReport, channel_of, subscriptions
from insights.reports.build import build
from insights.reports.period import ReportPeriod
from shared.config import Settings
from shared.errors import ActionError, HinomiError, InputError
from shared.logs import CANNOT_NOTIFY, log, log_error
from shared.texts import Text

LEASE = timedelta(minutes=5)  # longer than building and sending a report takes
PATIENCE_SECONDS = 60.0  # after which no further report is begun: the next tick continues
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)


class ReportSender:
    """Sends scheduled reports. Thread-safe: a claim in the Error DB decides which instance sends."""

    def __init__(self, store: ErrorStore, settings: Settings, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._settings = settings
        self._clock = clock

    def send_due(self, now: datetime) -> int:
        """Sends due reports, at most one period per subscription; returns the number of sent reports.

        A subscription that fails is retried later and delays no other one. Raises TransientError when the Error DB is
        unavailable.
        """
        if not self._settings.reports:
            return 0
        try:
            due = subscriptions(self._settings)
        except InputError as error:
            log_error("no report is sent: HINOMI_REPORTS is invalid", error)
            return 0
        sent, begun = 0, time.monotonic()
        for each in due:
            if time.monotonic() - begun > PATIENCE_SECONDS:
                break
            sent += self._send_if_due(each, max(now, self._clock()))
        return sent

    def _send_if_due(self, scheduled: ScheduledReport, now: datetime) -> bool:
        with self._store.transaction(now) as transaction:
            session = transaction.session
            state = reports.find_or_begin(session, scheduled.name, scheduled.first_period(now).first, now)
            state = self._without_old(session, scheduled, state, now)
            period = scheduled.period(state.next_day)
            if scheduled.due(period) > now or not self._may_send(session, scheduled, state, now):
                return False
            claimed = reports.claim(session, state, now, now + LEASE)
        return claimed is not None and self._send(scheduled, period, state, claimed)

    def _without_old(
        self, session: Any, scheduled: ScheduledReport, state: SubscriptionState, now: datetime
    ) -> SubscriptionState:
        """The subscription without periods that were missed too long ago."""
        oldest = scheduled.latest_due(now)
        for _ in range(MOST_MISSED - 1):
            oldest = oldest.before()
        if state.next_day >= oldest.first or state.not_before > now:
            return state
        log("WARNING", "reports were missed", subscription=scheduled.name, since=state.next_day.isoformat())
        reports.skip_to(session, state, oldest.first)
        return reports.find_or_begin(session, scheduled.name, oldest.first, now)

    def _may_send(self, session: Any, scheduled: ScheduledReport, state: SubscriptionState, now: datetime) -> bool:
        """Whether nobody else has claimed the report and the channel has room; counts in the channel's rate limit."""
        if state.not_before > now:
            return False
        limit = getattr(registry.find(scheduled.notifier), "RATE_LIMIT", None)
        if limit is None:
            return True
        channel = channels.lock(session, scheduled.target, now)
        wait, slot = claim(limit, RateLimitState(channel.next_at, channel.full_at), now)
        if wait > 0:
            return False
        channel.next_at, channel.full_at = slot.next_at, slot.full_at
        return True

    def _send(
        self, scheduled: ScheduledReport, period: ReportPeriod, before: SubscriptionState, claimed: SubscriptionState
    ) -> bool:
        try:
            text = self._sent(scheduled, period, maybe_sent=before.maybe_sent)
        except (ActionError, InputError) as error:
            self._failed(scheduled, claimed, error, maybe_sent=before.maybe_sent)
            return False
        now = self._clock()
        with self._store.transaction(now) as transaction:
            reports.sent(transaction.session, claimed, period.after().first, now)
        log("INFO", "report sent", subscription=scheduled.name, period=period.first.isoformat(), result=text.en)
        return True

    def _sent(self, scheduled: ScheduledReport, period: ReportPeriod, *, maybe_sent: bool) -> Text:
        """Builds and sends the report. Raises ActionError, InputError, and TransientError for the Error DB."""
        now, settings = self._clock(), self._settings
        report = build(self._store, settings, period, now, remediations=registry.remediations())
        locale = channel_locale(settings, scheduled.notifier, scheduled.channel, now)
        key = f"{settings.project}|{scheduled.name}|{period.first.isoformat()}"
        message = report_message(report, locale, key=key, dashboard_url=settings.dashboard_url, maybe_sent=maybe_sent)
        plugin, params = channel_of(scheduled.target)
        with translated(scheduled.notifier):
            text: Text = plugin.send_report(settings, params, message, now)
        return text

    def _failed(
        self, scheduled: ScheduledReport, claimed: SubscriptionState, error: HinomiError, *, maybe_sent: bool
    ) -> None:
        """Records the error; the next attempt is after a minute, two, four … at most an hour, or as the channel asks."""
        now = self._clock()
        wait = min(FIRST_WAIT * (1 << min(claimed.attempts - 1, 10)), LONGEST_WAIT)
        asked = timedelta(seconds=min(getattr(error, "retry_after", None) or 0, LONGEST_WAIT.total_seconds()))
        is_unknown = maybe_sent or bool(getattr(error, "maybe_done", False))
        with self._store.transaction(now) as transaction:
            until = now + max(wait, asked)
            reports.failed(transaction.session, claimed, error.text.en, until, maybe_sent=is_unknown)
        log(
            "ERROR",
            f"{CANNOT_NOTIFY}: {error.text.en}",
            alert=CANNOT_NOTIFY,
            channel=scheduled.target,
            subscription=scheduled.name,
            since=now.isoformat(),
            attempts=claimed.attempts,
        )
