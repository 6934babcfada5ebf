"""A fault of Kafka, and the observations that show it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from shared.identity.fingerprint import fingerprint
from shared.kafka.observation import KafkaObservation
from shared.model import ErrorClass, IncidentKind, NextStep, Severity
from shared.texts import Text

CONNECTOR_FAILED = "kafka/connector_failed"
CONNECTOR_UNASSIGNED = "kafka/connector_unassigned"
CONNECTOR_PAUSED = "kafka/connector_paused"
SNAPSHOT_STUCK = "kafka/snapshot_stuck"
UNREACHABLE = "kafka/connect_unavailable"
SOURCE_UNREACHABLE = "kafka/source_unavailable"
SLOT_INACTIVE = "kafka/slot_inactive"
SLOT_LOST = "kafka/slot_lost"
WAL_RETAINED = "kafka/wal_retained"
STALLED = "kafka/stalled"
CONSUMER_LAG = "kafka/consumer_lag"
BROKERS_UNREACHABLE = "kafka/brokers_unavailable"
OF_CONNECTORS = (CONNECTOR_FAILED, CONNECTOR_UNASSIGNED, CONNECTOR_PAUSED, SNAPSHOT_STUCK)
OF_SLOTS = (SLOT_INACTIVE, SLOT_LOST, WAL_RETAINED, STALLED)
RULES = (*OF_CONNECTORS, *OF_SLOTS, UNREACHABLE, SOURCE_UNREACHABLE, CONSUMER_LAG, BROKERS_UNREACHABLE)

LOOKBACK = timedelta(hours=2)  # earlier observations, from which it is seen since when a state lasts
UNASSIGNED_FOR = timedelta(minutes=10)  # a rebalance waits five minutes for a worker that left
PAUSED_FOR = timedelta(hours=1)
SNAPSHOT_FOR = timedelta(hours=1)
INACTIVE_FOR = timedelta(minutes=10)
STALLED_FOR = timedelta(minutes=15)
STALLED_BYTES = 64 * 2**20  # of WAL; less is written by an idle server
LAG_FOR = timedelta(minutes=15)
CLEAR = 0.5  # of a limit: below it, the incident is resolved


@dataclass(frozen=True, slots=True)
class KafkaProblem:
    """A fault. `names` identify it within its rule and Connect cluster; `since` is its start within the observations.

    `signature` distinguishes its occurrences: a new signature is a new failure of the same part.
    """

    rule: str
    names: tuple[str, ...]
    title: Text
    summary: Text
    kind: IncidentKind
    severity: Severity
    resource: str
    since: datetime
    signature: str = ""
    error: ErrorClass | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, Any] = field(default_factory=dict)
    next_steps: tuple[NextStep, ...] = ()


@dataclass(frozen=True, slots=True)
class ObservedPast:
    """The latest observation and earlier ones, oldest first.

    `open` maps the fingerprints of unresolved incidents to their start.
    """

    now: KafkaObservation
    earlier: Sequence[KafkaObservation] = ()
    open: Mapping[str, datetime] = field(default_factory=dict)

    def since(self, holds: Callable[[KafkaObservation], bool | None]) -> datetime:
        """The time of the first of the latest observations for which `holds` is True; observations for which it is None are skipped."""
        begin = self.now.time
        for each in reversed(self.earlier):
            state = holds(each)
            if state is False:
                break
            begin = each.time if state else begin
        return begin

    def lasts(self, holds: Callable[[KafkaObservation], bool | None]) -> timedelta:
        """How long the state has lasted."""
        return self.now.time - self.since(holds)

    def is_truncated(self, since: datetime) -> bool:
        """Whether a state may have begun before the earliest observation."""
        return bool(self.earlier) and since <= self.earlier[0].time

    def is_open(self, rule: str, *names: str) -> bool:
        """Whether the incident with these names is unresolved."""
        return key_of(rule, self.now.cluster, *names) in self.open


def key_of(rule: str, cluster: str, *names: str) -> str:
    """The fingerprint of a fault."""
    return fingerprint(rule, cluster, *names)
