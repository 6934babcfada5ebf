"""Kafka Connect, the consumers of its brokers, and the replication slots of Debezium (docs/kafka.md).

Each load-check tick reads every Kafka Connect connection in the settings. If the function cannot reach Kafka Connect,
`hinomi probe kafka` reads it and publishes a report with the observation in the field `kafka`.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from collectors.metrics_analysis import reporters
from collectors.metrics_analysis.detectors import DetectorContext, Effect
from collectors.metrics_analysis.evidence import NotUnderstoodError, Report, Tick
from shared.errors import InputError
from shared.model import Finding, ProbeReading, Severity

if TYPE_CHECKING:
    from datetime import datetime

    from shared.kafka.observation import KafkaObservation

EVIDENCE = (Tick, Report)
JOB = "load-check"
SERVICE = "kafka"
PROBE = "kafka"  # of the readings: `kafka/<cluster>`
READERS = 4


def detect(evidence: Tick | Report, context: DetectorContext) -> Iterator[Effect]:
    """Findings and recoveries; none for other ticks and reports.

    Raises NotUnderstoodError for a report whose observation is invalid, or outside the declaration of its reporter.
    """
    if isinstance(evidence, Report):
        if "kafka" in evidence.data:
            yield from _reported(evidence, context)
        return
    names = sorted(context.settings.connections.get("kafka_connect", {}))
    if evidence.job != JOB or not names:
        return
    from shared.kafka.probe import observe  # noqa: PLC0415 - most installations have no such connection

    with ThreadPoolExecutor(READERS) as pool:
        for observation in pool.map(partial(observe, context.clients, now=context.now), names):
            yield from _effects(observation, context, context.now)


def _effects(observation: KafkaObservation, context: DetectorContext, time: datetime) -> Iterator[Effect]:
    from collectors.metrics_analysis.kafka.check import effects  # noqa: PLC0415
    from collectors.metrics_analysis.kafka.problem import LOOKBACK  # noqa: PLC0415
    from shared.kafka.observation import parse  # noqa: PLC0415

    probe = f"{PROBE}/{observation.cluster}"
    earlier = [parse(each.data, each.time) for each in context.readings(probe, time - LOOKBACK, time)]
    yield from effects(observation, earlier, context.unresolved)
    context.keep(ProbeReading(probe, time, observation.without_texts().as_dict()))


def _reported(report: Report, context: DetectorContext) -> Iterator[Effect]:
    """The effects of an observation that a probe published; its reporter limits the cluster and the severity."""
    from shared.kafka.observation import parse  # noqa: PLC0415

    reporter = reporters.find(context.reporters, report.source)
    try:
        observation = parse(report.data["kafka"], report.time)
    except InputError as error:
        raise NotUnderstoodError(error.text) from error
    reporters.check(reporter, service=SERVICE, resource=observation.cluster)
    _check_other(observation.cluster, context)
    most = Severity(reporter["max_severity"])
    for effect in _effects(observation, context, report.time):
        if isinstance(effect, Finding) and effect.severity.rank > most.rank:
            yield replace(effect, severity=most)
        else:
            yield effect


def _check_other(cluster: str, context: DetectorContext) -> None:
    """Raises NotUnderstoodError for a cluster that the function reads itself."""
    connections: Any = context.settings.connections.get("kafka_connect", {})
    if not connections:
        return
    from shared.kafka.probe import cluster_name  # noqa: PLC0415
    from shared.texts import kafka as texts  # noqa: PLC0415

    if any(cluster_name(connection, name) == cluster for name, connection in connections.items()):
        raise NotUnderstoodError(texts.READ_DIRECTLY(cluster=cluster))
