"""Named locks that all instances share, for what no row can be locked for."""

from __future__ import annotations

import hashlib

from sqlalchemy import func, select
from sqlalchemy.orm import Session


def lock(session: Session, *name: str) -> None:
    """Waits until no other transaction holds this name; SQLite's write lock covers every name already.

    It is held until the transaction ends. Who takes several takes them in one order, sorted by name.
    """
    if session.get_bind().dialect.name == "postgresql":
        digest = hashlib.sha256("\x00".join(name).encode()).digest()
        session.execute(select(func.pg_advisory_xact_lock(int.from_bytes(digest[:8], signed=True))))
