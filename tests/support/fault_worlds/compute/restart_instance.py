"""An instance that was stopped."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from shared.model import IncidentKind
from tests.support.fault_worlds import World
from tests.support.fault_worlds.compute import INSTANCE, ComputeWorld, instance_world
from tests.support.findings import at


@contextmanager
def world() -> Iterator[World]:
    """The instance is not running."""
    with ComputeWorld() as server:
        server.put(INSTANCE, status="TERMINATED")
        yield instance_world(
            server,
            lambda: server.put(INSTANCE, status="RUNNING", lastStartTimestamp=at(1).isoformat()),
            "compute/host_error",
            IncidentKind.JOB_FAILURE,
        )
