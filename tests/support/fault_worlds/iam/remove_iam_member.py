"""A public bucket."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from demo.platform.storage import StorageServer
from shared.config import Settings
from shared.model import Finding, IncidentKind, Severity
from tests.support.fault_worlds import World
from tests.support.findings import finding

BUCKET, ROLE = "example-exports", "roles/storage.objectViewer"


class RemovableStorage(StorageServer):
    """A storage whose buckets can be deleted."""

    def delete(self, bucket: str) -> None:
        """Deletes a bucket."""
        with self.lock:
            del self._policies.by_name[bucket]


def made_public() -> Finding:
    """The incident about a bucket that was made public."""
    return finding(
        rule="storage/bucket_made_public",
        kind=IncidentKind.IRREGULAR_ACCESS,
        severity=Severity.HIGH,
        service="storage",
        resource=BUCKET,
        elements={"deltas": [{"action": "ADD", "role": ROLE, "member": "allUsers"}]},
    )


@contextmanager
def world() -> Iterator[World]:
    """Everybody can read the bucket."""
    made: list[Any] = []

    def changes() -> int:
        made.extend(server.take_changes())
        return len(made)

    with RemovableStorage() as server:
        server.add_bucket(BUCKET, [{"role": ROLE, "members": ["allUsers"]}])
        yield World(
            server,
            Settings(storage_endpoint=server.url),
            made_public(),
            is_change=lambda request: request.method == "PUT",
            changes=changes,
            correct=lambda: server.add_bucket(BUCKET, []),
            remove=lambda: server.delete(BUCKET),
        )
