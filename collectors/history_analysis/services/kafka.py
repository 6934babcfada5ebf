"""Kafka Connect, consumer groups and replication slots: the samples read by detectors and probes (docs/kafka.md).

The Error DB stores each reading for three days; this collector copies its numbers to the history of metrics.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import islice

from collectors.history_analysis.collector import Batch, Collector, SnapshotContext
from shared.config import Settings
from shared.history import MetricPoint, SeriesKey
from shared.kafka.observation import CHANGED_SETTINGS, KafkaObservation, parse
from shared.model import ProbeReading

SCOPE = "reports/kafka"
SERVICE = "kafka"
PREFIX = f"{SERVICE}/"
BATCH = 100
FAILED, RUNNING = "kafka/connect/failed_tasks", "kafka/connect/running_tasks"
RETAINED, UNCONFIRMED = "kafka/slot/retained_wal", "kafka/slot/unconfirmed_wal"
LAG = "kafka/consumer/lag"


def _scopes(settings: Settings) -> list[str]:
    return [SCOPE] if settings.projects or settings.scope else []


def _samples(context: SnapshotContext) -> Iterator[Batch]:
    """The numbers of the readings that were stored in the window."""
    readings = (each for each in context.readings(context.window_start, context.window_end) if _is_kafka(each))
    before: dict[str, KafkaObservation] = {}
    while some := list(islice(readings, BATCH)):
        observed = [(each.probe, parse(each.data, each.time)) for each in some]
        changed = [point for probe, each in observed for point in _changes(before, probe, each)]
        yield Batch([*(point for _, each in observed for point in points(each)), *changed])


def _changes(before: dict[str, KafkaObservation], probe: str, now: KafkaObservation) -> Iterator[MetricPoint]:
    """The connectors whose configuration differs from the previous reading, which becomes the current one.

    A change is dated at the previous reading, because a connector may fail at once after its change.
    """
    earlier, before[probe] = before.get(probe), now
    for connector in now.connectors if earlier is not None and earlier.time < now.time else ():
        known = earlier.connector(connector.name) if earlier else None
        if earlier and known and known.config and connector.config:
            keys = {*known.config, *connector.config}
            count = sum(known.config.get(key) != connector.config.get(key) for key in keys)
            if count:
                named = {"connect_cluster": now.cluster, "connector": connector.name}
                yield _point(earlier, CHANGED_SETTINGS, f"{now.cluster}/{connector.name}", named, count)


def _is_kafka(reading: ProbeReading) -> bool:
    return reading.probe.startswith(PREFIX)


def points(observation: KafkaObservation) -> Iterator[MetricPoint]:
    """One sample of each metric of each connector, slot and consumer."""
    cluster = observation.cluster
    for connector in observation.connectors:
        named = {"connect_cluster": cluster, "connector": connector.name}
        resource, states = f"{cluster}/{connector.name}", [task.state for task in connector.tasks]
        yield _point(observation, FAILED, resource, named, states.count("FAILED"))
        yield _point(observation, RUNNING, resource, named, states.count("RUNNING"))
    for slot in observation.slots:
        named = {"connect_cluster": cluster, "database": slot.database, "slot": slot.name}
        resource = f"{slot.database}/{slot.name}"
        yield _point(observation, RETAINED, resource, named, slot.retained, "By")
        yield _point(observation, UNCONFIRMED, resource, named, slot.behind, "By")
    for lag in observation.lags:
        named = {"connect_cluster": cluster, "group": lag.group, "topic": lag.topic}
        yield _point(observation, LAG, f"{lag.group}/{lag.topic}", named, lag.messages)


def _point(
    observation: KafkaObservation, metric: str, resource: str, labels: dict[str, str], value: float, unit: str = "1"
) -> MetricPoint:
    key = SeriesKey(
        service=SERVICE,
        metric=metric,
        aligner="ALIGN_MEAN",
        unit=unit,
        project=observation.cluster,
        resource=resource,
        resource_type="kafka",
        labels=labels,
    )
    return MetricPoint(key, observation.time, float(value))


COLLECTORS = (
    Collector(
        name="kafka.performance",
        doc="Failed and running tasks of each Kafka connector, how many of its settings changed, lag of each consumer group, WAL that each replication slot retains.",
        every=timedelta(hours=1),
        permissions=(),
        scopes=_scopes,
        collect=_samples,
        lag=timedelta(0),
        overlap=timedelta(
            minutes=30
        ),  # a configuration is compared with the reading before; a transaction commits later than its readings are dated
        retention=timedelta(days=3),
    ),
)
