"""A bucket whose objects were deleted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from shared.config import Settings
from shared.model import IncidentKind, Severity
from tests.support.fault_worlds import World
from tests.support.fault_worlds.iam.remove_iam_member import BUCKET, RemovableStorage
from tests.support.findings import at, finding


@contextmanager
def world() -> Iterator[World]:
    """Two objects were deleted a minute before the incident."""

    def correct() -> None:
        for name in ("a", "b"):
            server.add_object(BUCKET, name)

    with RemovableStorage() as server:
        server.add_bucket(BUCKET)
        for name in ("a", "b"):
            server.add_object(BUCKET, name, deleted=at(-1).isoformat())
        yield World(
            server,
            Settings(storage_endpoint=server.url),
            finding(
                rule="storage/objects_deleted_in_bulk",
                kind=IncidentKind.IRREGULAR_ACCESS,
                severity=Severity.MEDIUM,
                service="storage",
                resource=BUCKET,
            ),
            is_change=lambda request: request.parts[-1] == "bulkRestore",
            changes=lambda: len(server.written),
            correct=correct,
            remove=lambda: server.delete(BUCKET),
        )
