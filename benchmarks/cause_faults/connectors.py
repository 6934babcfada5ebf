"""A connector of Kafka Connect that fails after its configuration was changed."""

from __future__ import annotations

from datetime import datetime, timedelta

from benchmarks.cause_faults.faults import InjectedFault, Injector, expects
from benchmarks.cause_faults.platform import END, HOUR, MINUTE, incident_view
from insights.causes.model import ChangeKind
from shared.history import MetricPoint, Row, SeriesKey
from shared.kafka.observation import CHANGED_SETTINGS
from shared.model import ErrorClass, IncidentKind

CLUSTER = "cdc"


def connector_changed(injector: Injector) -> InjectedFault:
    """A task of a connector failed after a change of the connector; those of other connectors changed, too."""
    rng = injector.rng
    at = END - rng.uniform(1, 60) * HOUR
    name = f"orders-{rng.randrange(9)}"
    incident = incident_view(
        rule="kafka/connector_failed", service="kafka", kind=IncidentKind.JOB_FAILURE, resource=name, principal="",
        opened_at=at, summary=f"Connector {name} failed: transformation failed",
        labels={"connector": name, "connect_cluster": CLUSTER},
        error=rng.choice([ErrorClass.UNKNOWN, ErrorClass.SYNTAX, ErrorClass.PERMISSION, ErrorClass.NETWORK]),
    )  # fmt: skip
    rows: list[Row] = [_changed(name, at - timedelta(minutes=rng.uniform(0.5, 300)), rng.randrange(1, 6))]
    rows += [_changed(f"other-{rng.randrange(9)}", at - rng.uniform(1, 300) * MINUTE, 2) for _ in range(3)]
    return InjectedFault(incident, "connector changed", rows, expects(ChangeKind.DEPLOYMENT, word=name))


def _changed(name: str, time: datetime, count: int) -> MetricPoint:
    labels = {"connect_cluster": CLUSTER, "connector": name}
    key = SeriesKey("kafka", CHANGED_SETTINGS, "ALIGN_MEAN", "1", CLUSTER, f"{CLUSTER}/{name}", "kafka", labels)
    return MetricPoint(key, time, float(count))
