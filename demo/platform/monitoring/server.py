"""A Cloud Monitoring server on loopback: google.monitoring.v3.MetricService ListTimeSeries over real gRPC.

It stores series in memory, aligns and reduces them as the real one does, splits its answer into pages of points, and
injects errors. Distributions are stored as their samples.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import grpc
from google.cloud import monitoring_v3 as api

from demo.platform.grpc_server import Countdown, GrpcServer
from demo.platform.monitoring import alignment, metric_filter

SERVICE = "google.monitoring.v3.MetricService"
MOST_POINTS = 100_000


@dataclass(slots=True)
class MetricSeries:
    """One time series: a metric of one resource, and its points by epoch seconds."""

    metric: str
    resource: str
    labels: dict[str, str]
    metric_labels: dict[str, str] = field(default_factory=dict)
    kind: str = "GAUGE"
    points: dict[float, float] = field(default_factory=dict)

    @property
    def project(self) -> str:
        """The project of the series."""
        return self.labels.get("project_id") or self.labels.get("resource_container", "")

    def fields(self) -> dict[str, str]:
        """The fields that a filter can test."""
        labels = {f"resource.labels.{name}": value for name, value in self.labels.items()}
        metric = {f"metric.labels.{name}": value for name, value in self.metric_labels.items()}
        return {"metric.type": self.metric, "resource.type": self.resource, **labels, **metric}


@dataclass(slots=True)
class InjectedMonitoringError(Countdown):
    """An injected error, for a project or a metric, always or a number of times."""

    code: grpc.StatusCode
    project: str = ""
    metric: str = ""

    def hits(self, request: api.ListTimeSeriesRequest) -> bool:
        """Whether this request gets the error; counts it."""
        if self.project not in ("", request.name.removeprefix("projects/")) or self.metric not in request.filter:
            return False
        return self.count()


class MonitoringServer(GrpcServer):
    """Start it, add points, and point a client at `endpoint`. Thread-safe."""

    def __init__(self, page_points: int = MOST_POINTS) -> None:
        super().__init__(SERVICE, {"ListTimeSeries": (self._list_time_series, api.ListTimeSeriesRequest)})
        self.page_points = page_points
        self.requests: list[api.ListTimeSeriesRequest] = []
        self.injected: list[InjectedMonitoringError] = []
        self._series: dict[tuple[str, ...], MetricSeries] = {}

    def add_point(
        self, metric: str, resource: str, labels: Mapping[str, str], time: datetime, value: float, **more: Any
    ) -> None:
        """Adds a point to its series, or replaces the point of the same time.

        `more` may have `kind` (GAUGE or DELTA) and `metric_labels`.
        """
        metric_labels = dict(more.get("metric_labels", {}))
        made = MetricSeries(metric, resource, dict(labels), metric_labels, more.get("kind", "GAUGE"))
        with self._lock:
            series = self._series.setdefault(tuple(f"{item}" for item in sorted(made.fields().items())), made)
            series.points[time.timestamp()] = value

    def fail(self, code: grpc.StatusCode, *, project: str = "", metric: str = "", times: int | None = None) -> None:
        """Answers with `code` for a project and/or a metric, `times` times or until `injected` is emptied."""
        with self._lock:
            self.injected.append(InjectedMonitoringError(code, project, metric, times=times))

    def _list_time_series(
        self, request: api.ListTimeSeriesRequest, context: grpc.ServicerContext
    ) -> api.ListTimeSeriesResponse:
        with self._lock:
            self.requests.append(request)
            error = next((error for error in self.injected if error.hits(request)), None)
            if error is not None:
                context.abort(error.code, f"made-up answer for {request.name}")  # raises
            try:
                return self._page(request, _aggregate(self._matching(request), request))
            except ValueError as error:
                context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
                raise

    def _matching(self, request: api.ListTimeSeriesRequest) -> list[MetricSeries]:
        if "metric.type" not in request.filter:
            raise ValueError("the filter must specify a single metric type")
        condition = metric_filter.parse(request.filter)
        project = request.name.removeprefix("projects/")
        return [item for item in self._series.values() if item.project == project and condition(item.fields())]

    def _page(self, request: api.ListTimeSeriesRequest, matching: list[MetricSeries]) -> api.ListTimeSeriesResponse:
        """A page has a maximum number of points, so a series may continue on the next page; the newest point comes first."""
        size = min(request.page_size or MOST_POINTS, self.page_points)
        start = int(request.page_token or 0)
        flat = [(index, time) for index, series in enumerate(matching) for time in sorted(series.points, reverse=True)]
        chosen: dict[int, list[float]] = {}
        for index, time in flat[start : start + size]:
            chosen.setdefault(index, []).append(time)
        token = str(start + size) if start + size < len(flat) else ""
        answer = [_message(matching[index], times) for index, times in chosen.items()]
        return api.ListTimeSeriesResponse(time_series=answer, next_page_token=token)


def _aggregate(matching: list[MetricSeries], request: api.ListTimeSeriesRequest) -> list[MetricSeries]:
    start, end = request.interval.start_time.timestamp(), request.interval.end_time.timestamp()
    if start >= end:
        raise ValueError("the interval's start must be before its end")
    aggregation = request.aggregation
    period = int(aggregation.alignment_period.total_seconds())
    aligner, reducer = aggregation.per_series_aligner.name, aggregation.cross_series_reducer.name
    if aligner == "ALIGN_NONE":
        return [_inside(series, start, end) for series in matching]
    if period < 60:
        raise ValueError("the alignment period must be at least 60 seconds")
    aligned = [_aligned(series, aligner, start, end, period) for series in matching]
    if reducer == "REDUCE_NONE":
        return [series for series in aligned if series.points]
    return _reduced(aligned, reducer, list(aggregation.group_by_fields))


def _inside(series: MetricSeries, start: float, end: float) -> MetricSeries:
    points = {time: value for time, value in series.points.items() if start < time <= end}
    return MetricSeries(series.metric, series.resource, series.labels, series.metric_labels, series.kind, points)


def _aligned(series: MetricSeries, aligner: str, start: float, end: float, period: int) -> MetricSeries:
    points = alignment.align(series.points, aligner=aligner, kind=series.kind, start=start, end=end, period=period)
    return MetricSeries(series.metric, series.resource, series.labels, series.metric_labels, series.kind, points)


def _reduced(aligned: list[MetricSeries], reducer: str, group_by: list[str]) -> list[MetricSeries]:
    """The reduced series; labels that are not grouped by are dropped."""
    fields = [metric_filter.field_name(name) for name in group_by]
    groups: dict[tuple[str, ...], list[MetricSeries]] = {}
    for series in aligned:
        if series.points:
            groups.setdefault(tuple(series.fields().get(name, "") for name in fields), []).append(series)
    return [_group(dict(zip(fields, key, strict=True)), members, reducer) for key, members in groups.items()]


def _group(labels: Mapping[str, str], members: list[MetricSeries], reducer: str) -> MetricSeries:
    points = alignment.reduce([member.points for member in members], reducer)
    resource, metric = (
        {name.removeprefix(prefix): value for name, value in labels.items() if value and name.startswith(prefix)}
        for prefix in ("resource.labels.", "metric.labels.")
    )
    first = members[0]
    return MetricSeries(first.metric, first.resource, resource, metric, first.kind, points)


def _message(series: MetricSeries, times: list[float]) -> dict[str, Any]:
    points = [
        {
            "interval": {"start_time": {"seconds": int(time)}, "end_time": {"seconds": int(time)}},
            "value": _value(series.points[time]),
        }
        for time in times
    ]
    return {
        "metric": {"type": series.metric, "labels": series.metric_labels},
        "resource": {"type": series.resource, "labels": series.labels},
        "metric_kind": series.kind,
        "points": points,
    }


def _value(value: float) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"bool_value": value}
    return {"int64_value": value} if isinstance(value, int) else {"double_value": value}
