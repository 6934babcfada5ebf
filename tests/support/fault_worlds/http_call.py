"""A failed job that another system reruns when its endpoint is called; it recognizes a repeated call by its key."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from demo.platform.http import JsonServer, Reply, Request
from shared import config
from tests.support.fault_worlds import NOT_A_CONFLICT, REPEATED, World
from tests.support.findings import finding

# No call reads the endpoint before the change; a call whose response was lost is repeated.
DIFFERS = {
    **NOT_A_CONFLICT,
    **REPEATED,
    "target removed": {"effects": ("none",)},
    "already corrected": None,
}


class RestartService(JsonServer):
    """Reruns a job, once for each key."""

    def __init__(self) -> None:
        super().__init__()
        self.keys: set[str] = set()
        self.is_removed = False

    def answer(self, request: Request) -> Reply:
        """Accepts the call unless the endpoint was removed."""
        if self.is_removed:
            return Reply(404)
        self.keys.add(request.headers["idempotency-key"])
        return Reply(202, {"job": "restarted"})

    def remove(self) -> None:
        """Removes the endpoint."""
        self.is_removed = True


@contextmanager
def world() -> Iterator[World]:
    """The service has not rerun anything yet."""
    with RestartService() as server:
        given = {"URL": f"{server.url}/jobs", "AUTH": "none", "REPEATABLE": "yes"}
        yield World(
            server,
            config.load({f"HINOMI_ENDPOINT_RESTART_{name}": value for name, value in given.items()}),
            finding(),
            is_change=lambda request: request.method == "POST" and request.parts == ("jobs",),
            changes=lambda: len(server.keys),
            correct=lambda: None,
            remove=server.remove,
            params={"endpoint": "restart", "body": {"job": {"from": "resource"}}},
        )
