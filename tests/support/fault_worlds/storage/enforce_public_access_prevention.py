"""A public bucket whose public access prevention is not enforced."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from shared.config import Settings
from tests.support.fault_worlds import World
from tests.support.fault_worlds.iam.remove_iam_member import BUCKET, ROLE, RemovableStorage, made_public


@contextmanager
def world() -> Iterator[World]:
    """Everybody can read the bucket."""
    with RemovableStorage() as server:
        server.add_bucket(BUCKET, [{"role": ROLE, "members": ["allUsers"]}])
        yield World(
            server,
            Settings(storage_endpoint=server.url),
            made_public(),
            is_change=lambda request: request.method == "PATCH",
            changes=lambda: len(server.written),
            correct=lambda: server.set_prevention(BUCKET, "enforced"),
            remove=lambda: server.delete(BUCKET),
        )
