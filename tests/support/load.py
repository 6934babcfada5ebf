"""A simulated Cloud Monitoring with one metric, which the real client reads."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from collectors.metrics_analysis import detectors
from collectors.metrics_analysis.compiler.metrics import compile_metrics
from collectors.metrics_analysis.detectors import DetectorContext, Effect
from collectors.metrics_analysis.evidence import Tick
from demo.platform.monitoring.server import MonitoringServer
from shared.clients import Clients
from shared.config import Settings
from shared.model import Finding, Recovery

NOW = datetime(2026, 11, 23, 6, 0, 40, tzinfo=UTC)
# The metric is visible after two minutes, so this is the end of the last slot that is visible at NOW.
VISIBLE = datetime(2026, 11, 23, 5, 58, tzinfo=UTC)
AGE = "pubsub.googleapis.com/subscription/oldest_unacked_message_age"
DEAD = "pubsub.googleapis.com/subscription/dead_letter_message_count"
CATALOGUE = """\
source: https://example.com/metrics
description: Messages by subscription.
metrics:
  - metric: {metric}
    description: Age of the oldest message
    kind: {kind}
    unit: s
    resource: pubsub_subscription
    labels: [project_id, subscription_id]
    visible_after: 2m
    thresholds:
      - key: queue_age
        title: A queue is stuck
        name: '{{project_id}}/{{subscription_id}}'
        aligner: {aligner}
        reducer: sum
        period: 60s
        above: 600
        for: 5m
        clear: 120
        clear_for: 3m
        severity: high
        absent: {absent}
        summary: '{{resource}}: {{value}}, limit {{limit}}, since {{since}}, for {{duration}}'
"""


def catalogue(folder: Path, *, kind: str = "gauge", absent: str = "unknown", more: str = "") -> list[dict[str, Any]]:
    """The compiled threshold of one metric; `more` is additional YAML."""
    (folder / "metrics").mkdir(exist_ok=True)
    metric, aligner = (DEAD, "delta") if kind == "delta" else (AGE, "max")
    text = CATALOGUE.format(kind=kind, metric=metric, aligner=aligner, absent=absent)
    (folder / "metrics" / "pubsub.yaml").write_text(text + more)
    made = compile_metrics(folder)
    assert made.errors == []
    return made.thresholds


@dataclass
class Watch:
    """The server with the points of the series, and the load check that reads them."""

    server: MonitoringServer
    load: list[dict[str, Any]]
    projects: tuple[str, ...] = ("example-project",)
    clients: Clients = field(init=False)

    def __post_init__(self) -> None:
        self.settings = Settings(monitoring_endpoint=self.server.endpoint, projects=self.projects, long_job_minutes=0)
        self.clients = Clients(self.settings)

    def minutes(self, values: Iterable[float | None], *, name: str = "events", until: datetime = VISIBLE) -> None:
        """Writes one value for each minute, the last one at `until`; None skips a minute."""
        points = list(values)
        metric = self.load[0]["metric"]
        project, _, subscription = name.rpartition("/")
        labels = {"project_id": project or "example-project", "subscription_id": subscription}
        kind = self.load[0]["kind"].upper()
        for index, value in enumerate(reversed(points)):
            if value is not None:
                time = until - timedelta(minutes=index)
                self.server.add_point(metric, "pubsub_subscription", labels, time, value, kind=kind)

    def check(self, *, now: datetime = NOW, tick: datetime | None = None, job: str = "load-check") -> list[Effect]:
        """Runs the load check for one tick; returns its findings and recoveries."""
        context = DetectorContext(now, self.settings, self.clients, self.load)
        return detectors.detect(Tick(job, tick or now), context)

    def finding(self, *, now: datetime = NOW, tick: datetime | None = None) -> Finding:
        """Runs the load check; its only effect must be a finding, which is returned."""
        (effect,) = self.check(now=now, tick=tick)
        assert isinstance(effect, Finding)
        return effect

    def recovery(self, *, now: datetime = NOW) -> Recovery:
        """Runs the load check; its only effect must be a recovery, which is returned."""
        (effect,) = self.check(now=now)
        assert isinstance(effect, Recovery)
        return effect


def resources(effects: Sequence[Effect]) -> list[str]:
    """Runs the load check; returns the resources of its findings."""
    return [effect.resource for effect in effects if isinstance(effect, Finding)]


def break_limit(server: MonitoringServer, metric: dict[str, Any]) -> None:
    """Writes four hours of points that break the limit of a metric, in a series that the metric's filter matches."""
    labels = {name: f"made-up-{name}" for name in metric["labels"]}
    labels |= {name: "example-project" for name in ("project_id", "resource_container") if name in labels}
    wanted = re.findall(r'metric\.labels\.(\w+) = (?:one_of\()?"(\w+)"', metric["filter"])
    metric_labels = dict.fromkeys(metric["split"], "other") | dict(wanted)
    limits = metric["limits"]
    value = limits["threshold"] + (1 if limits["above"] else -1)
    for minute in range(240):
        server.add_point(
            metric["metric"],
            metric["resource"],
            labels,
            NOW - timedelta(minutes=minute),
            False if metric["aligner"] == "ALIGN_FRACTION_TRUE" else value,
            kind=metric["kind"].upper(),
            metric_labels=metric_labels,
        )
