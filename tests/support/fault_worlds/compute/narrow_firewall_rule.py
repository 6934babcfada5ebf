"""A firewall rule that lets the internet in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from shared.config import Settings
from shared.model import IncidentKind, Severity
from tests.support.fault_worlds import World
from tests.support.fault_worlds.compute import FIREWALL, ComputeWorld
from tests.support.findings import finding


@contextmanager
def world() -> Iterator[World]:
    """Port 22 is open to every address."""
    with ComputeWorld() as server:
        yield World(
            server,
            Settings(compute_endpoint=server.url),
            finding(
                rule="compute/firewall_opened",
                kind=IncidentKind.IRREGULAR_ACCESS,
                severity=Severity.HIGH,
                service="compute",
                resource=FIREWALL,
            ),
            is_change=lambda request: request.method == "PATCH",
            changes=lambda: len(server.done),
            correct=lambda: server.put(FIREWALL, disabled=True),
            remove=lambda: server.remove(FIREWALL),
        )
