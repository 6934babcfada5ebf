"""An instance without snapshots of its disk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from handlers.actions.compute import snapshot_disks
from tests.support.fault_worlds import World
from tests.support.fault_worlds.compute import DISK, ComputeWorld, changed_instance
from tests.support.findings import at
from tests.support.incidents import incident


@contextmanager
def world() -> Iterator[World]:
    """The instance is running."""

    def correct() -> None:
        name = snapshot_disks.snapshot_name(incident(id=1, opened_at=at(0)), DISK)
        server.put(f"projects/example-project/global/snapshots/{name}", status="READY")

    with ComputeWorld() as server:
        yield changed_instance(server, correct)
