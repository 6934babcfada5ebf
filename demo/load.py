"""The load of the platform in Cloud Monitoring, minute by minute, and a notification of Cloud Monitoring.

A backlog grows over minutes, but the demo takes seconds. The load therefore has a clock of its own, which starts in the
past and runs faster until it reaches the present. Every point and every tick carries the time of that clock.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from demo.entries import PROJECT, ZONE, Entry
from demo.platform.monitoring.server import MonitoringServer

MINUTE = timedelta(minutes=1)
UNDELIVERED = "pubsub.googleapis.com/subscription/num_undelivered_messages"
OLDEST = "pubsub.googleapis.com/subscription/oldest_unacked_message_age"
CPU = "compute.googleapis.com/instance/cpu/utilization"
SUBSCRIPTION = {"project_id": PROJECT, "subscription_id": "events-to-mart"}
MACHINE = {"project_id": PROJECT, "instance_id": "5127001234", "zone": ZONE}


@dataclass
class Clock:
    """Model time: starts at `start` and runs `speed` times as fast as real time, never past the present."""

    start: datetime
    real_start: datetime
    speed: float

    def at(self, now: datetime) -> datetime:
        """The model time at real time `now`."""
        return min(now, self.start + (now - self.real_start) * self.speed)


@dataclass
class SimulatedSubscription:
    """Messages that wait in a subscription, oldest first, as (minute of publication, number)."""

    published: int = 1200
    consumed: int = 6000
    running: bool = True
    waiting: deque[tuple[datetime, int]] = field(default_factory=deque)

    def minute(self, time: datetime) -> None:
        """Simulates one minute: messages arrive, and the subscriber takes the oldest ones if it runs."""
        self.waiting.append((time, self.published))
        budget = self.consumed if self.running else 0
        while budget and self.waiting:
            published, count = self.waiting.popleft()
            if count > budget:
                self.waiting.appendleft((published, count - budget))
            budget -= min(budget, count)

    @property
    def backlog(self) -> int:
        """The number of unacknowledged messages."""
        return sum(count for _, count in self.waiting)

    def oldest(self, time: datetime) -> float:
        """The age of the oldest unacknowledged message in seconds."""
        return (time - self.waiting[0][0]).total_seconds() if self.waiting else 0.0


class Load:
    """Writes a point of every series for every minute that has passed since `start`."""

    def __init__(self, monitoring: MonitoringServer, start: datetime) -> None:
        self.subscription = SimulatedSubscription()
        self._monitoring = monitoring
        self._minute = start

    def advance(self, until: datetime) -> None:
        """Brings every series up to the model time `until`."""
        while self._minute + MINUTE <= until:
            self._minute += MINUTE
            self.subscription.minute(self._minute)
            self._write(self._minute)

    def _write(self, time: datetime) -> None:
        point = self._monitoring.add_point
        point(UNDELIVERED, "pubsub_subscription", SUBSCRIPTION, time, self.subscription.backlog)
        point(OLDEST, "pubsub_subscription", SUBSCRIPTION, time, self.subscription.oldest(time))
        point(CPU, "gce_instance", MACHINE, time, 0.35 + time.minute % 7 / 100)


def monitoring_incident(now: datetime, instance: str, started: datetime, *, state: str) -> Entry:
    """A Cloud Monitoring notification (channel format 1.2) about the CPU of a VM; state is open or closed."""
    incident_id = f"0.{instance}{int(started.timestamp())}"
    metric = "compute.googleapis.com/instance/cpu/utilization"
    verb = "is above" if state == "open" else "returned to normal below"
    value = "0.97" if state == "open" else "0.41"
    resource = {"project_id": PROJECT, "instance_id": "4000001216", "zone": ZONE}
    return {
        "version": "1.2",
        "incident": {
            "incident_id": incident_id,
            "scoping_project_id": PROJECT,
            "scoping_project_number": 123456789012,
            "url": f"https://console.cloud.google.com/monitoring/alerting/incidents/{incident_id}?project={PROJECT}",
            "started_at": int(started.timestamp()),
            "ended_at": int(now.timestamp()) if state == "closed" else None,
            "state": state,
            "summary": f"CPU utilization for {PROJECT} {instance} {verb} the threshold of 0.9 with a value of {value}.",
            "observed_value": value,
            "threshold_value": "0.9",
            "resource": {"type": "gce_instance", "labels": resource},
            "resource_name": f"{PROJECT} {instance}",
            "resource_display_name": instance,
            "resource_type_display_name": "VM Instance",
            "metric": {"type": metric, "displayName": "CPU utilization", "labels": {"instance_name": instance}},
            "policy_name": "VM CPU high",
            "condition_name": "CPU above 90 %",
            "condition": {
                "name": f"projects/{PROJECT}/alertPolicies/1/conditions/2",
                "displayName": "CPU above 90 %",
                "conditionThreshold": {"filter": f'metric.type="{metric}"', "thresholdValue": 0.9, "duration": "300s"},
            },
            "severity": "Error",
        },
    }
