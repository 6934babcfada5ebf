"""The performance of a service: a catalogue of metrics, read from Cloud Monitoring at five minutes.

A service module lists its metrics, one line each. Series are reduced on the server to the labels that are kept, so
that what explodes (users, tables, replicas) stays there. Absent samples of a DELTA metric are zero: the sum over an
interval is count times mean.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from collectors.history_analysis.collector import LAG, Batch, Collector, SnapshotContext, projects
from shared.errors import TransientError
from shared.history import MetricPoint, SeriesKey
from shared.series import ReadError, Series, read, request

PERIOD = 300
CHUNK = 24 * 3600  # what one call reads of a metric: 288 samples of each series
REACH = timedelta(days=42)  # Cloud Monitoring forgets after six weeks
PERMISSIONS = ("monitoring.timeSeries.list",)
OWNERS = ("project_id", "resource_container")


@dataclass(frozen=True, slots=True)
class Resource:
    """A monitored resource type, and its labels that tell one from another."""

    type: str
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric: `name` without the service's domain, `unit` and `doc` of a sample, `aligner` as in ALIGN_<aligner>.

    `split` are metric labels that are kept; all other series are reduced into one (`reducer`, as in
    REDUCE_<reducer>). `seen` is the number of seconds after which a sample is visible. `filter` is a further condition.
    """

    name: str
    unit: str
    aligner: str
    doc: str
    resource: Resource
    split: tuple[str, ...] = ()
    reducer: str = "SUM"
    seen: int = 240
    filter: str = ""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The metrics of a service. `domain` is what their types begin with; `source` is where they are documented."""

    service: str
    domain: str
    source: str
    metrics: tuple[Metric, ...]

    def collector(self, doc: str) -> Collector:
        """The collector that reads them hourly."""
        return Collector(
            name=f"{self.service}.performance",
            doc=doc,
            every=timedelta(hours=1),
            permissions=PERMISSIONS,
            scopes=projects,
            collect=self.collect,
            reach=REACH,
        )

    def collect(self, context: SnapshotContext) -> Iterator[Batch]:
        """The samples of the window, metric by metric and day by day; goes on after the last one of its checkpoint."""
        parts = [part for metric in self.metrics for part in _parts(context, metric)]
        done = (context.checkpoint or {}).get("done", 0)
        for index, part in enumerate(parts[done:], start=done + 1):
            yield Batch(_read(context, self, part), checkpoint={"done": index}, done=index / len(parts))


@dataclass(frozen=True, slots=True)
class _Part:
    """What one call reads, in epoch seconds; slots end at `end` and every PERIOD before."""

    metric: Metric
    start: int
    end: int


def _parts(context: SnapshotContext, metric: Metric) -> list[_Part]:
    """The window in days. A metric that is visible later is read as much later, in every window alike."""
    later = -(-max(0, metric.seen - int(LAG.total_seconds())) // PERIOD) * PERIOD
    start = int(context.window_start.timestamp()) // PERIOD * PERIOD - later
    end = int(context.window_end.timestamp()) // PERIOD * PERIOD - later
    return [_Part(metric, at, min(at + CHUNK, end)) for at in range(start, end, CHUNK)]


def _read(context: SnapshotContext, catalogue: Catalogue, part: _Part) -> Sequence[MetricPoint]:
    metric, project = part.metric, context.scope.removeprefix("projects/")
    spec: dict[str, Any] = {
        "metric": f"{catalogue.domain}/{metric.name}",
        "resource": metric.resource.type,
        "filter": metric.filter,
        "period": PERIOD,
        "aligner": f"ALIGN_{metric.aligner}",
        "reducer": f"REDUCE_{metric.reducer}",
        "labels": metric.resource.labels,
        "split": metric.split,
    }
    try:
        with context.calls("monitoring.read"):
            found = read(context.clients.monitoring(), request(spec, project, start=part.start, end=part.end))
    except ReadError as error:
        if error.transient:
            raise TransientError(f"{spec['metric']}: {error}") from error
        raise
    return [point for series in found for point in _points(catalogue, metric, project, series)]


def _points(catalogue: Catalogue, metric: Metric, project: str, series: Series) -> Iterator[MetricPoint]:
    owner = next((series.resource[label] for label in OWNERS if series.resource.get(label)), project)
    names = [value for label, value in series.resource.items() if label not in (*OWNERS, "location", "region", "zone")]
    key = SeriesKey(
        service=catalogue.service,
        metric=f"{catalogue.domain}/{metric.name}",
        aligner=f"ALIGN_{metric.aligner}",
        unit=metric.unit,
        project=owner,
        resource="/".join(names) or owner,
        resource_type=metric.resource.type,
        labels={**series.resource, **series.metric},
    )
    for end, value in sorted(series.points.items()):
        yield MetricPoint(key, datetime.fromtimestamp(end - PERIOD, UTC), value)
