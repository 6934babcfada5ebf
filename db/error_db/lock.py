"""Named locks shared by all instances, where no row can be locked."""

from __future__ import annotations

import hashlib

from sqlalchemy import func, select
from sqlalchemy.orm import Session


def lock(session: Session, *name: str) -> None:
    """Waits for the lock of this name and holds it until the transaction ends.

    On SQLite, the write lock covers all names.

    Take several locks in the order of their names, to avoid deadlocks.
    """
    if session.get_bind().dialect.name == "postgresql":
        digest = hashlib.sha256("\x00".join(name).encode()).digest()
        session.execute(select(func.pg_advisory_xact_lock(int.from_bytes(digest[:8], signed=True))))
