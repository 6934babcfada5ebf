"""Performance: the metrics of every service as small charts, and one metric over any range."""

# ruff: noqa: PLC0415 - a page imports what it needs with its first request, not with the process

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from dashboard import catalogue
from dashboard.limit_trial import limit_trial
from dashboard.page import Page
from dashboard.page_request import PageRequest
from shared.identity.service_names import service_name
from shared.lazy.dataclass import dataclass
from shared.model import Severity
from shared.texts import Text
from shared.texts.dashboard import performance as texts

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from insights.performance.alarms import StagedSeries
    from insights.performance.expected import Expectation, LearnedSeries
    from insights.performance.limits import SeriesLimit
    from insights.performance.series import MeasuredSeries, PeriodOfSeries, SeriesPoint
    from shared.records import IncidentView

WEEK, HOUR, FIVE_MINUTES = timedelta(days=7), timedelta(hours=1), timedelta(minutes=5)
LENGTHS = {
    "1h": timedelta(hours=1),
    "6h": timedelta(hours=6),
    "24h": timedelta(hours=24),
    "7d": WEEK,
    "30d": timedelta(days=30),
    "90d": timedelta(days=90),
    "1y": timedelta(days=365),
    "2y": timedelta(days=730),
}
SHORTEST, LONGEST = timedelta(minutes=10), timedelta(days=3660)
DAYS, MOST_STAGED, MOST_COUNTED = 90, 100, 500
ON_A_PAGE, BESIDE, POINTS_OF_SPARK = 24, 6, 60
MOST_SERIES_NUMBER = 2**31 - 1

PAGE = Page("performance", texts.TITLE, order=40, icon="line", key="p")


@dataclass(frozen=True, slots=True)
class SeriesNow:
    """A metric with its description, its current value, its limit, and its learned range."""

    series: MeasuredSeries
    name: str
    now: SeriesPoint | None
    limit: SeriesLimit | None
    learned: LearnedSeries | None

    @property
    def is_beyond(self) -> bool:
        """Whether the current value is beyond the limit."""
        return bool(self.limit and self.now and self.limit.is_exceeded(self.now.value))

    @property
    def is_unusual(self) -> bool:
        """Whether the current value is outside its usual range."""
        return bool(self.now and self.learned and self.learned.is_unusual)

    @property
    def value(self) -> str:
        """The current value with its unit; empty without a value."""
        from dashboard.charts.units import measure

        return measure(self.now.value, self.series.unit) if self.now else ""

    @property
    def limit_text(self) -> str:
        """The limit with its unit; empty without a limit."""
        from dashboard.charts.units import measure

        return measure(self.limit.value, self.series.unit) if self.limit else ""


def about(count: float) -> Text:
    """The expected number of false alarms with one decimal; "fewer than" instead of zero for a very small number."""
    return texts.ABOUT_SO_MANY(count=f"{count:.1f}") if count >= 0.05 else texts.FEWER_THAN_ONE


@PAGE.get("/performance", "performance/fleet.html")
def show_fleet(request: PageRequest) -> dict[str, Any]:
    """A small chart of each metric, those beyond their limit first."""
    from dashboard.charts.lines import spark
    from insights.performance.series import MOST_SERIES, points, series_of, services

    names = catalogue.descriptions(request.settings.rules_dir, request.locale.language)
    text, service = request.args.get("q", "").strip(), request.args.get("service", "")
    described = [metric for metric, name in names.items() if text and text.lower() in name.lower()]
    period = _period(request)
    first = (request.number("page") - 1) * ON_A_PAGE
    with request.schema_db() as session:
        every = series_of(session, service, text, described)
        measures = _present(request, session, every)
        measures.sort(key=lambda each: (not each.is_beyond, not each.is_unusual, each.series.service))
        shown = measures[first : first + ON_A_PAGE]
        seen = points(session, [each.series.id for each in shown], period, most=POINTS_OF_SPARK)
        known = services(session)
    groups: defaultdict[str, list[SeriesNow]] = defaultdict(list)
    for each in shown:
        group = "beyond" if each.is_beyond else "unusual" if each.is_unusual else each.series.service
        groups[group].append(each)
    return {
        "t": texts,
        "groups": groups,
        "sparks": {number: spark(found, period.start, period.end) for number, found in seen.items()},
        "services": known,
        "beyond": sum(each.is_beyond for each in measures),
        "unusual": sum(each.is_unusual and not each.is_beyond for each in measures),
        "silent": sum(each.now is None for each in measures),
        "count": len(measures),
        "is_cut": len(every) == MOST_SERIES,
        "first": first,
        "size": ON_A_PAGE,
        "shown": len(shown),
        "range": _range(request),
    }


@PAGE.get("/performance/measure", "performance/measure.html")
def show_measure(request: PageRequest) -> dict[str, Any]:
    """A metric over a range, with its usual range, its limit and its incidents; other metrics of the service beside it."""
    from dashboard.charts.scale import FULL, SMALL
    from insights.performance.expected import expectations
    from insights.performance.forecast import forecast_of
    from insights.performance.limits import incidents_of
    from insights.performance.series import finest_points, one_series, points, series_of

    period, is_compared = _period(request), request.args.get("compare", "1") == "1"
    with request.schema_db() as session:
        series = one_series(session, request.number("series", 0, most=MOST_SERIES_NUMBER))
        if series is None:
            return {"t": texts, "measured": None}
        beside = _beside(series, series_of(session, series.service))
        numbers = [series.id, *(each.id for each in beside)]
        seen = points(session, numbers, period)
        before = points(session, [series.id], period.moved(WEEK)).get(series.id, []) if is_compared else []
        expected = expectations(session, numbers, period)
        measured, *others = _present(request, session, [series, *beside])
        learned = _in_90_days(request, session, series)
        whole = finest_points(session, series.id, period) if "limit" in request.args else []
        reaches = forecast_of(session, series.id, measured.limit, request.now) if measured.limit else None
    incidents, specs = _incidents(request, series.service, period), catalogue.thresholds(request.settings.rules_dir)
    chart, own = _LineChart(request, period, seen, expected), expected.get(series.id)
    return {
        "t": texts,
        "about": about,
        "measured": measured,
        "pictures": chart.pictures(measured, FULL, before, incidents_of(series, incidents, specs)),
        "beside": [
            (each, chart.pictures(each, SMALL, (), incidents_of(each.series, incidents, specs))) for each in others
        ],
        "points": seen.get(series.id, []),
        "before": {point.time + WEEK: point.value for point in before},
        "incidents": incidents,
        "period": period,
        "service": service_name(series.service),
        "range": _range(request),
        "is_compared": is_compared,
        "earlier": _moved(period, -1, request.now),
        "later": _moved(period, 1, request.now) if period.end < request.now else None,
        "expected": own,
        "learned": learned,
        "reaches": reaches,
        "trial": limit_trial(request, whole, series.unit, measured.limit),
        "by_limit": _by_limit(request, series),
        "usual_now": own.at(measured.now.time) if own and measured.now else None,
        "step": HOUR if period.level == "hour" else FIVE_MINUTES,
        "week_ago": _at(before, request.now - WEEK),
    }


@PAGE.get("/performance/unusual", "performance/unusual.html")
def show_unusual(request: PageRequest) -> dict[str, Any]:
    """The alarms of the learned ranges in 90 days, and the metrics whose alarms open incidents."""
    from insights.performance.alarms import BUDGET, promised_of_all, staged, watches

    names = catalogue.descriptions(request.settings.rules_dir, request.locale.language)
    with request.schema_db() as session:
        choices = watches(session)
        found = staged(session, request.now, DAYS, BUDGET, choices)
        learned, promised = promised_of_all(session, DAYS, BUDGET)
    return {
        "t": texts,
        "about": about,
        "found": found[:MOST_STAGED],
        "raised": sum(len(each.alarms) for each in found),
        "count": len(found),
        "learned": learned,
        "promised": promised,
        "choices": [(each, Severity(each.severity)) for each in choices],
        "names": names,
        "days": DAYS,
        "budget": BUDGET,
    }


@PAGE.get("/performance/measure.csv", "")
def export(request: PageRequest) -> Any:
    """The points of a metric in a range, as CSV."""
    from dashboard.csv_file import csv_file
    from insights.performance.series import one_series, points

    with request.schema_db() as session:
        series = one_series(session, request.number("series", 0, most=MOST_SERIES_NUMBER))
        found = points(session, [series.id], _period(request), most=100_000).get(series.id, []) if series else []
    rows = ((point.time, point.value, point.low, point.high) for point in found)
    return csv_file("measure", ("time", series.metric if series else "value", "least", "greatest"), rows)


@dataclass(frozen=True, slots=True)
class _LineChart:
    """The charts of a page: all show the same period."""

    request: PageRequest
    period: PeriodOfSeries
    seen: Mapping[int, Sequence[SeriesPoint]]
    expected: Mapping[int, Expectation]

    def pictures(
        self, each: SeriesNow, sizes: Any, before: Sequence[SeriesPoint], incidents: Sequence[IncidentView]
    ) -> Any:
        """The chart of one measure."""
        from dashboard.charts.lines import LineData, TimeFlag, line_pictures

        expected = self.expected.get(each.series.id)
        data = LineData(
            self.period.start,
            self.period.end,
            each.series.unit,
            self.seen.get(each.series.id, []),
            [(point.time + WEEK, point.value) for point in before],
            each.limit.value if each.limit else None,
            each.limit.is_exceeded if each.limit else None,
            [TimeFlag(found.id, found.opened_at, found.resolved_at, found.resolved_at is None) for found in incidents],
            expected.hours if expected else (),
            expected.unusual if expected else (),
        )
        return line_pictures(data, sizes, self.request.locale.local)


def _present(request: PageRequest, session: Any, every: Collection[MeasuredSeries]) -> list[SeriesNow]:
    """The metrics with their current values and limits, and their learned ranges."""
    from insights.performance.expected import learned
    from insights.performance.limits import limit_of
    from insights.performance.series import latest

    names = catalogue.descriptions(request.settings.rules_dir, request.locale.language)
    specs = catalogue.thresholds(request.settings.rules_dir)
    numbers = [each.id for each in every]
    now, known = latest(session, numbers, request.now), learned(session, numbers)
    return [
        SeriesNow(
            each,
            names.get(each.metric) or each.metric.rpartition("/")[2],
            now.get(each.id),
            limit_of(each, specs),
            known.get(each.id),
        )
        for each in every
    ]


def _beside(series: MeasuredSeries, every: Sequence[MeasuredSeries]) -> list[MeasuredSeries]:
    """Other measures of the service, of the same resource first; one for each metric, and other parts of this metric last."""
    near = sorted(
        (each for each in every if each.id != series.id),
        key=lambda each: (each.resource != series.resource, each.metric == series.metric, each.metric, each.id),
    )
    chosen = {each.metric: each for each in reversed(near)}
    rest = [each for each in near if chosen[each.metric] is not each]
    return [*sorted(chosen.values(), key=near.index), *rest][:BESIDE]


def _incidents(request: PageRequest, service: str, period: PeriodOfSeries) -> list[IncidentView]:
    """The load incidents of a service that touch the period, latest first."""
    from db.error_db import queries
    from shared.model import IncidentKind

    conditions = queries.IncidentFilter(kind=IncidentKind.LOAD_ISSUE, service=service, since=period.start)
    with request.error_db() as session:
        found = queries.incidents(session, conditions, limit=100)
    return [each for each in found if each.opened_at < period.end]


def _in_90_days(request: PageRequest, session: Any, series: MeasuredSeries) -> StagedSeries | None:
    """The alarms of the baseline of a series in the last 90 days; None while it is learning."""
    from insights.performance.alarms import staged_series

    return staged_series(session, series, request.now, DAYS)


def _by_limit(request: PageRequest, series: MeasuredSeries) -> list[IncidentView]:
    """The incidents that the limit of a series opened in the last 90 days."""
    from db.error_db import queries
    from insights.performance.limits import incidents_of, limit_of

    specs = catalogue.thresholds(request.settings.rules_dir)
    limit = limit_of(series, specs)
    if limit is None:
        return []
    since = request.now - timedelta(days=DAYS)
    conditions = queries.IncidentFilter(rule=f"load/{limit.key}", since=since)
    with request.error_db() as session:
        return incidents_of(series, queries.incidents(session, conditions, limit=MOST_COUNTED), specs)


def _range(request: PageRequest) -> str:
    """The name of the time range; empty if the address gives a start and an end instead."""
    if request.args.get("from") and request.args.get("to"):
        return ""
    chosen = request.args.get("range", "")
    return chosen if chosen in LENGTHS else "24h"


def _period(request: PageRequest) -> PeriodOfSeries:
    """The period of the query string: a named range that ends now, or two times."""
    from insights.performance.series import PeriodOfSeries

    start, end = _time(request, "from"), _time(request, "to")
    if start and end and SHORTEST <= end - start <= LONGEST and end - request.now < LONGEST:
        return PeriodOfSeries(start, end, request.now)
    return PeriodOfSeries(request.now - LENGTHS[_range(request) or "24h"], request.now, request.now)


def _time(request: PageRequest, name: str) -> datetime | None:
    """A time of the query string in UTC; None for none, or one near the ends of the calendar."""
    try:
        moment = datetime.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC) if 1971 < moment.year < 9000 else None


def _moved(period: PeriodOfSeries, by: int, now: datetime) -> dict[str, str] | None:
    """The query string of the previous or the next period, which does not end in the future."""
    length = period.end - period.start
    end = min(period.end + by * length, now)
    return {"from": (end - length).isoformat(timespec="seconds"), "to": end.isoformat(timespec="seconds")}


def _at(before: Sequence[SeriesPoint], moment: datetime) -> SeriesPoint | None:
    """The point nearest to a time, within an hour."""
    near = [point for point in before if abs(point.time - moment) <= timedelta(hours=1)]
    return min(near, key=lambda point: abs(point.time - moment), default=None)
