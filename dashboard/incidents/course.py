"""The course of an incident as a picture: its occurrences over time, and the metric that exceeded its limit."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from dashboard import catalogue
from dashboard.charts.lines import LineData, LinePicture, TimeFlag, line_pictures
from dashboard.charts.scale import FULL
from dashboard.charts.units import measure
from dashboard.page_request import PageRequest
from shared.records import IncidentView

if TYPE_CHECKING:
    from db.error_db.incidents.false_alarms import AlarmRecord
    from insights.performance.series import MeasuredSeries
    from shared.texts import Text

MARKS = 90
MOST_OCCURRENCES = 5_000
BEFORE, AFTER, LONGEST = timedelta(hours=3), timedelta(hours=1), timedelta(days=7)
LEAST = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Strip:
    """The occurrences in a period, counted in equal intervals."""

    start: datetime
    end: datetime
    counts: tuple[tuple[datetime, int], ...]

    @property
    def most(self) -> int:
        """The largest count."""
        return max(count for _, count in self.counts)


@dataclass(frozen=True, slots=True)
class MeasureAround:
    """The chart of the metric that exceeded its limit, in every size, and the address of its page.

    `usual` is the lowest and the highest usual value when the incident began; None while its range is learned, or if
    the summary of the incident names it.
    """

    series: MeasuredSeries
    name: str
    limit: str
    pictures: Sequence[LinePicture]
    start: datetime
    end: datetime
    usual: tuple[str, str] | None = None


def strip(times: Sequence[datetime], start: datetime, end: datetime) -> Strip | None:
    """The occurrences from the opening to the end; None for fewer than two, or for a period that is too short."""
    if len(times) < 2 or end - start < LEAST:
        return None
    part = (end - start) / MARKS
    ordered, begins = sorted(times), [start + number * part for number in range(MARKS)]
    bounds = [0, *(bisect_left(ordered, begin) for begin in begins[1:]), len(ordered)]
    counts = (after - before for before, after in pairwise(bounds))
    return Strip(start, end, tuple(zip(begins, counts, strict=True)))


def strip_of(session: Any, view: IncidentView, now: datetime) -> Strip | None:
    """The occurrences of an incident, the latest MOST_OCCURRENCES."""
    from db.error_db import queries  # noqa: PLC0415

    if view.occurrence_count < 2:
        return None
    times = queries.occurrence_times(session, view.id, limit=MOST_OCCURRENCES)
    end = max(view.resolved_at or now, view.last_seen_at)
    return strip(times, min(view.opened_at, *times) if times else view.opened_at, end)


def measure_around(request: PageRequest, view: IncidentView) -> MeasureAround | None:
    """The metric of an incident of the load check or of a baseline around the fault, with its usual range; None for others."""
    from insights.performance.alarms import RULE  # noqa: PLC0415
    from insights.performance.expected import Expectation, expectations  # noqa: PLC0415
    from insights.performance.limits import LOAD, limit_of  # noqa: PLC0415
    from insights.performance.series import PeriodOfSeries, points  # noqa: PLC0415
    from insights.performance.usual import names_range  # noqa: PLC0415

    specs = [each for each in catalogue.thresholds(request.settings.rules_dir) if f"{LOAD}{each['key']}" == view.rule]
    if not specs and view.rule != RULE:
        return None
    end = min(request.now, (view.resolved_at or request.now) + AFTER)
    start = max(view.opened_at - BEFORE, end - LONGEST)
    period = PeriodOfSeries(start, end, request.now)

    def read(session: Any) -> tuple[MeasuredSeries, Any, Expectation] | None:
        series = _series_of(session, view, specs)
        if series is None:
            return None
        expected = expectations(session, [series.id], period).get(series.id, Expectation())
        return series, points(session, [series.id], period).get(series.id, []), expected

    found = request.ask_schema_db(read)
    if found is None or not found[1]:
        return None
    series, seen, expected = found
    limit = limit_of(series, specs)
    data = LineData(
        start,
        end,
        series.unit,
        seen,
        limit=limit.value if limit else None,
        is_over=limit.is_exceeded if limit else None,
        flags=[TimeFlag(view.id, view.opened_at, view.resolved_at, view.resolved_at is None)],
        band=expected.hours,
        unusual=expected.unusual,
    )
    name = (
        catalogue.descriptions(request.settings.rules_dir, request.locale.language).get(series.metric) or series.metric
    )
    shown = measure(limit.value, series.unit) if limit else ""
    band = None if names_range(view) else expected.at(view.opened_at)  # the page states one range
    usual = (measure(band[0], series.unit), measure(band[1], series.unit)) if band else None
    return MeasureAround(series, name, shown, line_pictures(data, FULL, request.locale.local), start, end, usual)


def alarm_note(request: PageRequest, view: IncidentView, record: AlarmRecord, *, with_range: bool) -> Text | None:
    """The usual range, unless the chart names it, and the share of false alarms; None for an incident not about load."""
    from insights.performance.usual import is_about_load, note, usual_of  # noqa: PLC0415

    if not is_about_load(view):
        return None
    return note(request.ask_schema_db(lambda session: usual_of(session, view)) if with_range else None, record)


def _series_of(session: Any, view: IncidentView, specs: Sequence[Any]) -> MeasuredSeries | None:
    """The series of an incident: a finding of a baseline names it, a limit is about a metric and a resource."""
    from insights.performance.limits import incidents_of  # noqa: PLC0415
    from insights.performance.series import one_series, series_of  # noqa: PLC0415

    if not specs:
        number = str(view.labels.get("series", ""))
        return one_series(session, int(number)) if number.isdecimal() else None
    every = series_of(session, view.service, specs[0]["metric"])
    return next((each for each in every if incidents_of(each, [view], specs)), None)
