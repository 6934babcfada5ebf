"""An instance with an external address."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.fault_worlds import World
from tests.support.fault_worlds.compute import INSTANCE, ComputeWorld, changed_instance


@contextmanager
def world() -> Iterator[World]:
    """The instance is reachable from the internet."""
    with ComputeWorld() as server:
        yield changed_instance(server, lambda: server.put(INSTANCE, networkInterfaces=[{"name": "nic0"}]))
