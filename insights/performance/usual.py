"""What is usual for the value of an incident about load, and how often such an alarm was false, in one line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from db.error_db.incidents.false_alarms import AlarmRecord
from insights.performance.contributors import TopContributors
from insights.performance.expected import expectations, learned
from insights.performance.limits import is_about
from insights.performance.series import MeasuredSeries, PeriodOfSeries, one_series, series_of
from shared.model import IncidentKind
from shared.records import IncidentView
from shared.texts import Text, contributors, joined
from shared.texts import baselines as texts
from shared.units import human

# Samples are learned some time after the load check read them: so old may the latest range be.
LATEST = timedelta(hours=3)
OWN_SERVICE = "hinomi"
SERIES = "series"  # the label with the number of a series
LOW, HIGH = "expected_low", "expected_high"  # evidence fields with the range that a summary names


@dataclass(frozen=True, slots=True)
class UsualRange:
    """The lowest and the highest usual value of a series around a time; None for both while they are learned."""

    low: float | None
    high: float | None
    unit: str


def is_about_load(view: IncidentView) -> bool:
    """Whether the incident compares a value with a limit, a forecast, a budget or what is usual."""
    return view.kind is IncidentKind.LOAD_ISSUE and view.service != OWN_SERVICE


def usual_of(session: Session, view: IncidentView) -> UsualRange | None:
    """The usual range when the incident began; None if its series is not stored, or if its summary names the range."""
    fields = view.evidence.get("fields", {})
    series = None if names_range(view) else _series_of(session, view, fields)
    if series is None:
        return None
    start = view.opened_at - LATEST
    expected = expectations(session, [series.id], PeriodOfSeries(start, view.opened_at + LATEST, view.opened_at))
    hours = expected[series.id].hours if series.id in expected else ()
    band = expected[series.id].at(view.opened_at) if hours else None
    if band is None and (before := [each for each in hours if start <= each.time <= view.opened_at]):
        band = before[-1].low, before[-1].high
    if band is not None:
        return UsualRange(*band, series.unit)
    state = learned(session, [series.id]).get(series.id)
    return UsualRange(None, None, series.unit) if state and state.is_learning else None


def range_of(session: Session, view: IncidentView) -> UsualRange | None:
    """The usual range of an incident: the range in its summary, otherwise that of its series; None if neither is known."""
    fields = view.evidence.get("fields", {})
    if not names_range(view):
        return usual_of(session, view)
    series = _series_of(session, view, fields)
    return UsualRange(float(fields[LOW]), float(fields[HIGH]), series.unit if series else "")


def names_range(view: IncidentView) -> bool:
    """Whether the summary of an incident names the usual range; that range then applies to the incident."""
    return bool({LOW, HIGH} <= view.evidence.get("fields", {}).keys())


def note(usual: UsualRange | None, record: AlarmRecord, groups: Sequence[TopContributors] = ()) -> Text:
    """The usual range, if known, the share of false alarms of the rule, and the top contributors, if any, in one line."""
    found = texts.RECORD(false=record.false, judged=record.judged) if record.judged else texts.NOT_JUDGED
    if usual is not None:
        found = texts.BOTH_NOTES(usual=_range(usual), record=found)
    if groups:
        found = texts.BOTH_NOTES(usual=found, record=_contributors(groups))
    return found


def _contributors(groups: Sequence[TopContributors]) -> Text:
    """The largest contributor of each kind."""
    largest = ((group.kind, *group.shares[0]) for group in groups)
    shares = [
        contributors.OF_KIND(name=name, share=round(100 * share), kind=contributors.ONE[kind])
        for kind, name, share in largest
    ]
    return contributors.LINE(shares=joined(shares))


def _range(usual: UsualRange) -> Text:
    if usual.low is None or usual.high is None:
        return texts.STILL_LEARNED
    return texts.USUALLY(low=_shown(usual.low, usual.unit), high=_shown(usual.high, usual.unit))


def _series_of(session: Session, view: IncidentView, fields: dict[str, Any]) -> MeasuredSeries | None:
    """The series: its number is a label, or its metric and labels are those of the incident of a limit."""
    number, metric = str(view.labels.get(SERIES, "")), str(fields.get("metric", ""))
    if number.isdecimal():
        return one_series(session, int(number))
    if not metric:
        return None
    every = series_of(session, view.service, metric)
    same = [each for each in every if each.metric == metric and is_about(view, each)]
    return same[0] if len(same) == 1 and same[0].unit == fields.get("unit") else None  # of several, none is sure


def _shown(value: float, unit: str) -> Text:
    value = float(f"{value:.4g}")
    return Text(en=human(value, unit), ja=human(value, unit, "ja"))
