"""Simulates feedback on a learned alarm: how many alarms of the last ninety days would remain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.error_db.incidents.feedback import RULES, Feedback, FeedbackKind, active, is_left_out, of_incident
from db.error_db.models import Incident
from insights.performance.alarms import RULE, staged_series
from insights.performance.series import one_series
from shared.records import IncidentView
from shared.texts import Text
from shared.texts import feedback as texts

DAYS = 90

SERIES = "series"  # the label with the number of a series


@dataclass(frozen=True, slots=True)
class PastAlarm:
    """A past alarm. `value` is the value of a metric, or None."""

    start: datetime
    last: datetime
    value: float | None = None


@dataclass(frozen=True, slots=True)
class FeedbackEffect:
    """The number of alarms in the last DAYS without the feedback, and the number with it."""

    before: int
    after: int

    @property
    def text(self) -> Text:
        """The effect of the feedback as a sentence."""
        if self.before == self.after:
            return texts.NO_EFFECT(count=self.before, days=DAYS)
        return texts.EFFECT(count=self.before, after=self.after, days=DAYS)


def can_have_feedback(view: IncidentView) -> bool:
    """Whether the alarm of the incident is based on a learned baseline."""
    return view.rule in RULES


def past_alarms(errors: Session, schema: Session | None, view: IncidentView, now: datetime) -> list[PastAlarm]:
    """The alarms of the same fault in the last DAYS, from its stored series; for a job, or without history, its incidents."""
    number = view.labels.get(SERIES, "")
    if schema is not None and view.rule == RULE and number.isdigit():
        series = one_series(schema, int(number))
        staged = staged_series(schema, series, now, DAYS) if series else None
        if staged is not None:
            return [PastAlarm(each.start, each.last, each.value) for each in staged.alarms]
    since = now - timedelta(days=DAYS)
    columns = Incident.opened_at, Incident.last_seen_at
    query = select(*columns).where(Incident.fingerprint == view.fingerprint, Incident.opened_at >= since)
    return [PastAlarm(start, last) for start, last in errors.execute(query.order_by(Incident.opened_at))]


def effects(view: IncidentView, alarms: Sequence[PastAlarm], now: datetime) -> dict[FeedbackKind, FeedbackEffect]:
    """The effect of each verdict."""
    return {verdict: effect(alarms, [of_incident(view, verdict, by="", now=now)]) for verdict in FeedbackKind}


def effect(alarms: Sequence[PastAlarm], given: Sequence[Feedback]) -> FeedbackEffect:
    """The number of alarms that remain with the feedback."""
    out = sum(is_left_out(given, each.start, each.last, each.value) for each in alarms)
    return FeedbackEffect(len(alarms), len(alarms) - out)


def present(errors: Session, view: IncidentView) -> Feedback | None:
    """The feedback that now applies to the fault of an incident."""
    return next(iter(active(errors, [view.fingerprint]).get(view.fingerprint, [])), None)
