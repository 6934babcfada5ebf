"""Collects the metrics of a service from Cloud Monitoring with a resolution of five minutes.

rules/metrics/<service>.yaml lists the metrics; the compiled rules contain them. Series are aggregated on the server by
the stored labels, so that labels with very many values (users, tables, replicas) are not transferred. Missing samples of
a DELTA metric are zero: the sum over an interval is count times mean.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from collectors.history_analysis.collector import LAG, Batch, Collector, SnapshotContext, projects
from shared.errors import TransientError
from shared.history import MetricPoint, SeriesKey
from shared.series import ReadError, TimeSeries, read, request

PERIOD = 300
CHUNK = 24 * 3600  # the period of one call: 288 samples of each series
RETENTION = timedelta(days=42)  # Cloud Monitoring keeps samples for six weeks
PERMISSIONS = ("monitoring.timeSeries.list",)
OWNERS = ("project_id", "resource_container")


@dataclass(frozen=True, slots=True)
class ServiceMetrics:
    """The metrics of a service, as compiled by collectors/metrics_analysis/compiler/metrics.py."""

    service: str
    source: str
    description: str
    metrics: tuple[Mapping[str, Any], ...]

    @classmethod
    def from_compiled(cls, spec: Mapping[str, Any]) -> ServiceMetrics:
        """The metrics of one service in the compiled catalogue, `compiled["history"]`."""
        return cls(spec["service"], spec["source"], spec["description"], tuple(spec["metrics"]))

    def collector(self) -> Collector:
        """The hourly collector of these metrics."""
        return Collector(
            name=f"{self.service}.performance",
            doc=self.description,
            every=timedelta(hours=1),
            permissions=PERMISSIONS,
            scopes=projects,
            collect=self.collect,
            retention=RETENTION,
        )

    def collect(self, context: SnapshotContext) -> Iterator[Batch]:
        """The samples of the window, metric by metric and day by day, continuing after the checkpoint."""
        parts = [part for metric in self.metrics for part in _parts(context, metric)]
        done = (context.checkpoint or {}).get("done", 0)
        for index, part in enumerate(parts[done:], start=done + 1):
            yield Batch(_read(context, self.service, part), checkpoint={"done": index}, done=index / len(parts))


@dataclass(frozen=True, slots=True)
class _Part:
    """The period of one call in epoch seconds; slots end at `end` and at every PERIOD before."""

    metric: Mapping[str, Any]
    start: int
    end: int


def _parts(context: SnapshotContext, metric: Mapping[str, Any]) -> list[_Part]:
    """The window in days. For a metric with a long delay the window always ends earlier by that delay."""
    later = -(-max(0, metric["visible_after"] - int(LAG.total_seconds())) // PERIOD) * PERIOD
    start = int(context.window_start.timestamp()) // PERIOD * PERIOD - later
    end = int(context.window_end.timestamp()) // PERIOD * PERIOD - later
    return [_Part(metric, at, min(at + CHUNK, end)) for at in range(start, end, CHUNK)]


def _read(context: SnapshotContext, service: str, part: _Part) -> Sequence[MetricPoint]:
    """The samples of a part. Raises TransientError or ReadError."""
    metric, project = part.metric, context.scope.removeprefix("projects/")
    spec = {**metric, "filter": "", "period": PERIOD}
    try:
        with context.calls("monitoring.read"):
            series = read(context.clients.monitoring(), request(spec, project, start=part.start, end=part.end))
    except ReadError as error:
        if error.transient:
            raise TransientError(f"{metric['metric']}: {error}") from error
        raise
    return [point for each in series for point in _points(service, metric, project, each)]


def _points(service: str, metric: Mapping[str, Any], project: str, series: TimeSeries) -> Iterator[MetricPoint]:
    owner = next((series.resource[label] for label in OWNERS if series.resource.get(label)), project)
    names = [value for label, value in series.resource.items() if label not in (*OWNERS, "location", "region", "zone")]
    key = SeriesKey(
        service=service,
        metric=metric["metric"],
        aligner=metric["aligner"],
        unit=metric["unit"],
        project=owner,
        resource="/".join(names) or owner,
        resource_type=metric["resource"],
        labels={**series.resource, **series.metric},
    )
    for end, value in sorted(series.points.items()):
        yield MetricPoint(key, datetime.fromtimestamp(end - PERIOD, UTC), value)
