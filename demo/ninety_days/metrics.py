"""The metrics of the services: samples of the last days, and the points of every hour and day that their history keeps."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from sqlalchemy.orm import Session

from db.schema_db.models import DailyPoint, HourlyPoint
from db.schema_db.write.points import name_series
from db.schema_db.write.rows import write
from db.schema_db.write.upsert import Merge, merge_values
from db.tables import table_of
from demo.entries import ENVIRONMENT, PROJECT, REGION, ZONE
from demo.ninety_days.times import DAYS, business
from shared.history import MetricPoint, SeriesKey

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SAMPLE = timedelta(minutes=10)
SAMPLED = timedelta(days=8, hours=12)  # long enough to compare a day with the same one of last week
LIVE = timedelta(hours=2)  # the simulated Cloud Monitoring has the samples of two metrics since then
COLUMNS = ("series_id", "time", "count", "mean", "min", "max", "p95")
IN_AN_HOUR = HOUR // SAMPLE
GIB, MIB = 2.0**30, 2.0**20
APIS = {"vertex_ai": "aiplatform"}


@dataclass(frozen=True, slots=True)
class Shape:
    """The values of a metric: at night, the increase on a working day, the growth in ninety days, and the variation of samples."""

    night: float
    day: float
    growth: float = 1.0
    spread: float = 0.08


@dataclass(frozen=True, slots=True)
class MeasuredMetric:
    """A metric of one resource, with the labels of the resource."""

    service: str
    metric: str
    aligner: str
    unit: str
    resource: str
    labels: Mapping[str, str]
    shape: Shape

    @property
    def key(self) -> SeriesKey:
        """The series, as the collectors name it."""
        names = [value for label, value in self.labels.items() if label not in ("location", "region", "zone")]
        return SeriesKey(
            service=self.service,
            metric=self.metric,
            aligner=self.aligner,
            unit=self.unit,
            project=PROJECT,
            resource="/".join(names) or PROJECT,
            resource_type=self.resource,
            labels={"project_id": PROJECT, **self.labels},
        )


_COMPOSER = "cloud_composer_environment", {"location": REGION, "environment_name": ENVIRONMENT}
_BIGQUERY: tuple[str, dict[str, str]] = "bigquery_project", {}
_FLOW = "dataflow_job", {"region": REGION, "job_name": "events-to-mart"}
_BUCKET = "gcs_bucket", {"bucket_name": "example-exports"}
_LANDING = "gcs_bucket", {"bucket_name": "example-landing"}
_SUBSCRIPTION = "pubsub_subscription", {"subscription_id": "events-to-mart"}
_TOPIC = "pubsub_topic", {"topic_id": "events"}
_VM = "gce_instance", {"zone": ZONE, "instance_id": "5127001234"}
_ENDPOINT = "aiplatform.googleapis.com/Endpoint", {"location": REGION, "endpoint_id": "churn-scores"}


def _metric(name: str, aligner: str, unit: str, of: tuple[str, dict[str, str]], shape: Shape) -> MeasuredMetric:
    service, _, path = name.partition("/")
    full = f"{APIS.get(service, service)}.googleapis.com/{path}"
    return MeasuredMetric(service, full, aligner, unit, of[0], of[1], shape)


METRICS = (
    _metric("composer/environment/unfinished_task_instances", "ALIGN_MEAN", "1", _COMPOSER, Shape(2, 9)),
    _metric("composer/environment/task_queue_length", "ALIGN_MEAN", "1", _COMPOSER, Shape(0.2, 2.4, spread=0.4)),
    _metric("composer/environment/database/disk/utilization", "ALIGN_MEAN", "10^2.%", _COMPOSER, Shape(0.31, 0.01, 1.7, 0.01)),
    _metric("bigquery/slots/allocated_for_project", "ALIGN_MEAN", "1", ("global", {}), Shape(60, 410, 1.3)),
    _metric("bigquery/query/execution_times", "ALIGN_PERCENTILE_95", "s", _BIGQUERY, Shape(9, 31, 1.2, 0.2)),
    _metric("bigquery/query/statement_scanned_bytes_billed", "ALIGN_DELTA", "By", _BIGQUERY, Shape(4 * GIB, 31 * GIB, 1.2, 0.3)),
    _metric("dataflow/job/system_lag", "ALIGN_MAX", "s", _FLOW, Shape(3, 9, spread=0.3)),
    _metric("dataflow/job/current_num_vcpus", "ALIGN_MEAN", "1", _FLOW, Shape(4, 12, spread=0.05)),
    _metric("storage/network/sent_bytes_count", "ALIGN_DELTA", "By", _BUCKET, Shape(3 * MIB, 220 * MIB, 1.1, 0.3)),
    _metric("storage/network/received_bytes_count", "ALIGN_DELTA", "By", _LANDING, Shape(40 * MIB, 300 * MIB, 1.4, 0.2)),
    _metric("pubsub/topic/byte_cost", "ALIGN_DELTA", "By", _TOPIC, Shape(20 * MIB, 190 * MIB, 1.4, 0.15)),
    _metric("pubsub/subscription/oldest_unacked_message_age", "ALIGN_MAX", "s", _SUBSCRIPTION, Shape(4, 14, 1.0, 0.3)),
    _metric("compute/instance/cpu/utilization", "ALIGN_MEAN", "10^2.%", _VM, Shape(0.14, 0.46, 1.15, 0.1)),
    _metric("vertex_ai/prediction/online/prediction_count", "ALIGN_DELTA", "1", _ENDPOINT, Shape(30, 900, 1.5, 0.15)),
    _metric("vertex_ai/prediction/online/prediction_latencies", "ALIGN_PERCENTILE_95", "ms", _ENDPOINT, Shape(61, 44, 1.0, 0.12)),
)  # fmt: skip


def write_metrics(session: Session, snapshot_id: int, now: datetime, days: int = DAYS) -> int:
    """Writes the points of the last `days`; returns their number."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    ids = name_series(session, (each.key for each in METRICS))
    hours: list[tuple[int, datetime, int, float, float, float, float]] = []
    samples: list[MetricPoint] = []
    for each in METRICS:
        number = ids[each.metric, each.aligner, each.key.key]
        end = now - LIVE if _is_live(each) else now
        fine = list(_samples(each, hour - SAMPLED, end))
        samples += fine
        hours += [(number, time, *_statistics(values)) for time, values in _whole_hours(fine)]
        hours += [(number, *point) for point in _hours(each, hour - days * DAY, hour - SAMPLED)]
    write(session, snapshot_id, samples)
    for model, rows in ((HourlyPoint, hours), (DailyPoint, list(_days(hours)))):
        merge_values(session, Merge(table_of(model), {name: name for name in COLUMNS}), COLUMNS, rows)
    return len(samples) + len(hours)


def _is_live(each: MeasuredMetric) -> bool:
    return each.resource in (_VM[0], _SUBSCRIPTION[0])


def _value(each: MeasuredMetric, time: datetime, now: datetime) -> float:
    age = (now - time) / (DAYS * DAY)
    return (each.shape.night + each.shape.day * business(time)) * (1 + (each.shape.growth - 1) * (1 - age))


def _samples(each: MeasuredMetric, start: datetime, end: datetime) -> Iterator[MetricPoint]:
    chance, key = Random(each.metric), each.key  # noqa: S311 - made-up samples
    for place in range((end - start) // SAMPLE):
        time = start + place * SAMPLE
        yield MetricPoint(key, time, max(0.0, _value(each, time, end) * chance.gauss(1, each.shape.spread)))


def _hours(
    each: MeasuredMetric, start: datetime, end: datetime
) -> Iterator[tuple[datetime, int, float, float, float, float]]:
    """Hours whose samples are no longer kept."""
    chance = Random(f"{each.metric} hours")  # noqa: S311 - made-up points
    for place in range((end - start) // HOUR):
        time = start + place * HOUR
        mean = _value(each, time, end + SAMPLED) * chance.gauss(1, each.shape.spread / 3)
        low, high = (1 + sign * each.shape.spread * chance.uniform(1.2, 2) for sign in (-1, 1))
        yield time, IN_AN_HOUR, max(0.0, mean), max(0.0, mean * low), max(0.0, mean * high), max(0.0, mean * high)


def _whole_hours(samples: Sequence[MetricPoint]) -> Iterator[tuple[datetime, list[float]]]:
    values: defaultdict[datetime, list[float]] = defaultdict(list)
    for point in samples:
        values[point.time.replace(minute=0)].append(point.value)
    yield from ((hour, of_hour) for hour, of_hour in values.items() if len(of_hour) == IN_AN_HOUR)


def _statistics(values: Sequence[float]) -> tuple[int, float, float, float, float]:
    ordered = sorted(values)
    p95 = ordered[-(-len(ordered) * 95 // 100) - 1]
    return len(ordered), sum(ordered) / len(ordered), ordered[0], ordered[-1], p95


def _days(
    hours: Sequence[tuple[int, datetime, int, float, float, float, float]],
) -> Iterator[tuple[int, datetime, int, float, float, float, float]]:
    """The whole days of these hours; their percentile is that of the greatest samples of their hours."""
    days: defaultdict[tuple[int, datetime], list[tuple[int, float, float, float, float]]] = defaultdict(list)
    for number, time, *statistics in hours:
        count, mean, low, high, p95 = statistics
        days[number, time.replace(hour=0)].append((int(count), mean, low, high, p95))
    for (number, day), points in days.items():
        if len(points) == DAY // HOUR:
            counts, means, lows, highs, p95s = zip(*points, strict=True)
            count = sum(counts)
            mean = sum(one * times for one, times in zip(means, counts, strict=True)) / count
            yield number, day, count, mean, min(lows), max(highs), sorted(p95s)[-2]
