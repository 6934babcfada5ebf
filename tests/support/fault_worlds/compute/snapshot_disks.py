"""An instance without snapshots of its disk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from handlers.actions.compute import snapshot_disks
from shared.config import Settings
from shared.model import IncidentKind, Severity
from tests.support.fault_worlds import World
from tests.support.fault_worlds.compute import DISK, INSTANCE, ComputeWorld
from tests.support.findings import at, finding
from tests.support.incidents import incident


@contextmanager
def world() -> Iterator[World]:
    """The instance runs."""

    def correct() -> None:
        name = snapshot_disks.snapshot_name(incident(id=1, opened_at=at(0)), DISK)
        server.put(f"projects/example-project/global/snapshots/{name}", status="READY")

    with ComputeWorld() as server:
        yield World(
            server,
            Settings(compute_endpoint=server.url),
            finding(
                rule="compute/startup_script_changed",
                kind=IncidentKind.IRREGULAR_ACCESS,
                severity=Severity.HIGH,
                service="compute",
                resource=INSTANCE,
            ),
            is_change=lambda request: request.method == "POST",
            changes=lambda: len(server.done),
            correct=correct,
            remove=lambda: server.remove(INSTANCE),
        )
