"""A group that lost its role on a topic."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from demo.platform.policies import PolicyServer
from shared.config import Settings
from shared.model import IncidentKind, Severity
from tests.support.fault_worlds import World
from tests.support.findings import finding

TOPIC, ROLE, MEMBER = "projects/example-project/topics/orders", "roles/pubsub.publisher", "group:etl@example.com"


@contextmanager
def world() -> Iterator[World]:
    """According to the platform map, the group publishes to the topic."""
    made: list[object] = []

    def changes() -> int:
        made.extend(server.take_changes())
        return len(made)

    with PolicyServer() as server:
        server.add(TOPIC, [])
        yield World(
            server,
            Settings(pubsub_endpoint=server.url),
            finding(
                rule="platform/lost_access",
                kind=IncidentKind.IRREGULAR_ACCESS,
                severity=Severity.MEDIUM,
                service="pubsub",
                resource=f"//pubsub.googleapis.com/{TOPIC}",
                elements={"bindingDeltas": [{"action": "REMOVE", "role": ROLE, "member": MEMBER}]},
            ),
            is_change=lambda request: request.parts[-1].endswith(":setIamPolicy"),
            changes=changes,
            correct=lambda: server.add(TOPIC, [{"role": ROLE, "members": [MEMBER]}]),
            remove=lambda: server.remove(TOPIC),
        )
