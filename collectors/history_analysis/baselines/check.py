"""Opens and resolves incidents for unusual values of watched metrics, after each history run.

Alarms count from the time at which the metric is watched. The incident resolves after the values have been back in the
band for half an hour, when no samples arrive any more, or when the metric is no longer watched. A watched resource
whose samples stop opens an incident of its own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from collectors.history_analysis.baselines import findings
from collectors.history_analysis.incident_changes import IncidentCheck, write
from db.error_db.incidents import feedback
from db.error_db.incidents.feedback import Feedback, is_left_out
from db.error_db.models import Incident
from insights.performance.absence import FORGOTTEN, SILENT_RULE, silent
from insights.performance.alarms import (
    APART,
    CALM,
    RULE,
    SILENT,
    STEP,
    Watch,
    alarms,
    watch_of,
    watches,
)
from insights.performance.contributors import contributors
from insights.performance.expected import LearnedSeries, learned
from insights.performance.series import one_series
from shared import local_time
from shared.model import Finding, Recovery, Status
from shared.texts import baselines as texts

LOOKBACK = timedelta(days=1)  # an alarm that is found later opens no incident


@dataclass(frozen=True, slots=True)
class OpenMetricIncident:
    """An unresolved incident of this check, with the number of its series."""

    fingerprint: str
    number: int
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class UnusualMetricCheck(IncidentCheck):
    """Opens and closes incidents about watched metrics with unusual values."""

    def check(self, now: datetime) -> int:
        """Compares the alarms of watched metrics with the open incidents; returns the number of changed incidents.

        Raises TransientError if a database is unavailable.
        """
        with self.schema.reading() as session:
            choices = watches(session, with_ended=True)
            if not choices:
                return 0  # the Error DB of an installation that watches nothing is not opened
            active = [each for each in choices if each.ended_at is None]
            unusual, quiet = self._open(RULE), self._open(SILENT_RULE)
            found = _findings(session, active, self._feedback(), now)
            stops = [findings.silent(each, now) for each in silent(session, active, now).values()]
            stopped = self.without_feedback(stops)
            watched = _watched(session, {row.number for row in (*unusual, *quiet)}, active)
            known = learned(session, {*(row.number for row in unusual), *(number for number, _ in found)})
        open_ones = {row.fingerprint: row.number for row in unusual}
        open_ones |= {finding.fingerprint: number for number, finding in found}
        ended = [row for row in quiet if row.fingerprint not in {each.fingerprint for each in stopped}]
        recoveries = [*_recoveries(open_ones, known, watched, now), *_no_longer_silent(ended, watched, now)]
        effects = [*(finding for _, finding in found), *stopped], recoveries
        return write(self.errors(), self.plan, effects, self.settings.redact, now) if any(effects) else 0

    def _feedback(self) -> dict[str, list[Feedback]]:
        """The feedback of people on alarms, by fingerprint."""
        with self.errors().reading() as session:
            return feedback.active(session)

    def _open(self, rule: str) -> list[OpenMetricIncident]:
        """The unresolved incidents of a rule of this check."""
        columns = Incident.fingerprint, Incident.labels, Incident.opened_at
        query = select(*columns).where(Incident.rule == rule, Incident.status != Status.RESOLVED)
        with self.errors().reading() as session:
            rows = session.execute(query).all()
        return [
            OpenMetricIncident(row.fingerprint, int(row.labels.get(findings.SERIES, 0)), row.opened_at) for row in rows
        ]


def _watched(session: Session, numbers: Collection[int], active: Sequence[Watch]) -> dict[int, bool]:
    """Whether each series, by number, is watched."""
    found = {number: one_series(session, number) for number in numbers}
    return {number: bool(series and watch_of(series, active)) for number, series in found.items()}


def _findings(
    session: Session, active: Sequence[Watch], given: Mapping[str, Sequence[Feedback]], now: datetime
) -> list[tuple[int, Finding]]:
    """The alarms that began within LOOKBACK and that no feedback leaves out, each with the number of its series."""
    if not active:
        return []
    since = now - LOOKBACK
    found = []
    for limit in sorted({each.limit for each in active}):
        for number, raised in sorted(alarms(session, since - APART, limit).items()):
            watch = watch_of(raised[0].series, active)
            if watch is None or watch.limit != limit:
                continue
            of_series = given.get(findings.key_of(raised[0].series), ())
            for each in raised:
                is_out = is_left_out(of_series, each.start, each.last, each.value)
                if each.start >= max(since, watch.created_at) and not is_out:
                    causes = contributors(session, each.series, each.start, each.last + STEP)
                    found.append((number, findings.unusual(each, watch, causes)))
    return found


def _recoveries(
    open_ones: Mapping[str, int], known: Mapping[int, LearnedSeries], watched: Mapping[int, bool], now: datetime
) -> Iterator[Recovery]:
    for key, number in sorted(open_ones.items()):
        state = known.get(number)
        if not watched.get(number, True):
            yield findings.over(RULE, key, now, texts.NOT_WATCHED)
        elif state is None or now - state.learned_until > SILENT:
            yield findings.over(RULE, key, now, texts.NO_SAMPLES)
        elif state.outside_at is None or state.learned_until - state.outside_at >= CALM:
            back = (state.outside_at or state.learned_until) + STEP
            yield findings.over(RULE, key, back, texts.BACK(time=local_time.minute(back)))


def _no_longer_silent(
    ended: Sequence[OpenMetricIncident], watched: Mapping[int, bool], now: datetime
) -> Iterator[Recovery]:
    for each in ended:
        summary = texts.GONE if now - each.opened_at >= FORGOTTEN else texts.ARRIVES
        summary = summary if watched.get(each.number, True) else texts.NOT_WATCHED
        yield findings.over(SILENT_RULE, each.fingerprint, now, summary)
