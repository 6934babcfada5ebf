"""Performance: the stored series of services, and the points of a series in a range."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from math import isfinite

from dashboard import catalogue
from dashboard.api import problems
from dashboard.api.models.performance import (
    ForecastItem,
    PointItem,
    PointList,
    PointQuery,
    SeriesItem,
    SeriesPage,
    SeriesQuery,
)
from dashboard.api.paging import page
from dashboard.api.problems import FieldError
from dashboard.api.request import ApiRequest
from dashboard.api.resource import ApiResource
from insights.performance.expected import Expectation, LearnedSeries, expectations, learned
from insights.performance.forecast import forecast_of
from insights.performance.limits import limit_of
from insights.performance.series import (
    MeasuredSeries,
    PeriodOfSeries,
    SeriesPoint,
    latest,
    one_series,
    points,
    series_of,
)
from shared.texts.api import problems as texts

RESOURCE = ApiResource("performance", "Metrics of services over time, with the limits of the load check.")
HOUR, FIVE_MINUTES = timedelta(hours=1), timedelta(minutes=5)
SHORTEST, LONGEST = timedelta(minutes=10), timedelta(days=3660)


@RESOURCE.get("/performance/series")
def list_series(request: ApiRequest, query: SeriesQuery) -> SeriesPage:
    """Lists series with their current values."""
    names = catalogue.descriptions(request.settings.rules_dir)
    text = query.q.strip()
    described = [metric for metric, name in names.items() if text and text.lower() in name.lower()]
    with request.schema_db() as session:
        every = series_of(session, query.service, text, described)
        shown, cursor = page(every, query.cursor, query.limit)
        numbers = [each.id for each in shown]
        values, known = latest(session, numbers, request.now), learned(session, numbers)
    return SeriesPage(items=_items(request, shown, values, known), total=len(every), next_cursor=cursor)


@RESOURCE.get("/performance/series/<int(max=2147483647,min=1):number>/points")
def list_points(request: ApiRequest, number: int, query: PointQuery) -> PointList:
    """Lists the points of a series in a range: samples for the last two weeks, hours for a year, days before that."""
    if not SHORTEST <= query.end - query.start <= LONGEST:
        raise problems.invalid(texts.INVALID_RANGE, [FieldError("end", texts.INVALID_RANGE.en)])
    period = PeriodOfSeries(query.start, query.end, request.now)
    with request.schema_db() as session:
        series = one_series(session, number)
        if series is None:
            raise problems.not_found(texts.NO_MEASURE(id=number))
        found = points(session, [number], period, most=query.most).get(number, [])
        values, known = latest(session, [number], request.now), learned(session, [number])
        expected = expectations(session, [number], period).get(number, Expectation())
        limit = limit_of(series, catalogue.thresholds(request.settings.rules_dir))
        reaches = forecast_of(session, number, limit, request.now) if limit else None
    step = HOUR if period.level == "hour" else FIVE_MINUTES
    return PointList(
        series=_items(request, [series], values, known)[0],
        level=period.level,
        forecast=ForecastItem.model_validate(reaches) if reaches else None,
        points=[
            _point(each, expected, step) for each in found if all(map(isfinite, (each.value, each.low, each.high)))
        ],
    )


def _point(point: SeriesPoint, expected: Expectation, step: timedelta) -> PointItem:
    band, unusual = expected.at(point.time), expected.near(point.time, step)
    return PointItem(
        time=point.time,
        value=point.value,
        low=point.low,
        high=point.high,
        expected_low=band[0] if band else None,
        expected_high=band[1] if band else None,
        p_value=unusual.p_value if unusual else None,
    )


def _items(
    request: ApiRequest,
    found: list[MeasuredSeries],
    values: Mapping[int, SeriesPoint],
    known: Mapping[int, LearnedSeries],
) -> list[SeriesItem]:
    names = catalogue.descriptions(request.settings.rules_dir)
    specs = catalogue.thresholds(request.settings.rules_dir)
    items = []
    for series in found:
        limit, now, baseline = limit_of(series, specs), values.get(series.id), known.get(series.id)
        items.append(
            SeriesItem(
                id=series.id, service=series.service, metric=series.metric,
                name=names.get(series.metric, series.metric), aligner=series.aligner, unit=series.unit,
                project=series.project, resource=series.resource,
                labels={name: str(value) for name, value in series.labels.items()},
                value=now.value if now and isfinite(now.value) else None, limit=limit.value if limit else None,
                is_limit_above=limit.above if limit else None,
                is_beyond=bool(limit and now and limit.is_exceeded(now.value)),
                is_unusual=baseline.is_unusual if baseline and not baseline.is_learning else None,
            )
        )  # fmt: skip
    return items
