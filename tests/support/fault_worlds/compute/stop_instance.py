"""An instance whose start-up script somebody changed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from shared.config import Settings
from shared.model import IncidentKind, Severity
from tests.support.fault_worlds import World
from tests.support.fault_worlds.compute import INSTANCE, ComputeWorld
from tests.support.findings import finding


@contextmanager
def world() -> Iterator[World]:
    """The instance runs."""
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
            correct=lambda: server.put(INSTANCE, status="TERMINATED"),
            remove=lambda: server.remove(INSTANCE),
        )
