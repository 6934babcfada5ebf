"""Faults in Compute Engine, on an instance with an external address, a disk, and an open firewall rule."""

from __future__ import annotations

from collections.abc import Callable

from demo.platform.compute import BASE, ComputeServer
from shared.config import Settings
from shared.model import IncidentKind, Severity
from tests.support.fault_worlds import World
from tests.support.findings import finding

INSTANCE = "projects/example-project/zones/europe-west1-b/instances/etl-worker-1"
DISK = "projects/example-project/zones/europe-west1-b/disks/etl-worker-1"
FIREWALL = "projects/example-project/global/firewalls/allow-admin"


class ComputeWorld(ComputeServer):
    """A Compute Engine whose resources can be deleted."""

    def __init__(self) -> None:
        super().__init__()
        config = {"name": "external-nat", "natIP": "203.0.113.7", "networkTier": "PREMIUM"}
        disks = [
            {"type": "PERSISTENT", "source": f"{BASE}/{DISK}", "boot": True},
            {"type": "SCRATCH", "source": ""},
        ]
        interfaces = [{"name": "nic0", "accessConfigs": [config]}]
        self.put(INSTANCE, status="RUNNING", disks=disks, networkInterfaces=interfaces)
        self.put(DISK)
        allowed = [{"IPProtocol": "tcp", "ports": ["22"]}]
        self.put(FIREWALL, sourceRanges=["0.0.0.0/0", "10.0.0.0/8"], allowed=allowed, direction="INGRESS")

    def remove(self, path: str) -> None:
        """Deletes a resource."""
        with self.lock:
            del self.resources[path]


def changed_instance(server: ComputeWorld, correct: Callable[[], None]) -> World:
    """A world in which somebody changed the start-up script of the instance."""
    return instance_world(server, correct, "compute/startup_script_changed", IncidentKind.IRREGULAR_ACCESS)


def instance_world(server: ComputeWorld, correct: Callable[[], None], rule: str, kind: IncidentKind) -> World:
    """A world with a fault of the instance."""
    return World(
        server,
        Settings(compute_endpoint=server.url),
        finding(rule=rule, kind=kind, severity=Severity.HIGH, service="compute", resource=INSTANCE),
        is_change=lambda request: request.method == "POST",
        changes=lambda: len(server.done),
        correct=correct,
        remove=lambda: server.remove(INSTANCE),
    )
