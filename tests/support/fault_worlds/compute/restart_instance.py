"""An instance that was stopped."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from shared.config import Settings
from shared.model import IncidentKind, Severity
from tests.support.fault_worlds import World
from tests.support.fault_worlds.compute import INSTANCE, ComputeWorld
from tests.support.findings import at, finding


@contextmanager
def world() -> Iterator[World]:
    """The instance does not run."""
    with ComputeWorld() as server:
        server.put(INSTANCE, status="TERMINATED")
        yield World(
            server,
            Settings(compute_endpoint=server.url),
            finding(
                rule="compute/host_error",
                kind=IncidentKind.JOB_FAILURE,
                severity=Severity.HIGH,
                service="compute",
                resource=INSTANCE,
            ),
            is_change=lambda request: request.method == "POST",
            changes=lambda: len(server.done),
            correct=lambda: server.put(INSTANCE, status="RUNNING", lastStartTimestamp=at(1).isoformat()),
            remove=lambda: server.remove(INSTANCE),
        )
