"""The Error DB for the functions: transactions, rejected messages and retention.

Modules that only writers need are imported with the first transaction, so that readers do not wait for them.
"""

# ruff: noqa: PLC0415

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from db.engine import read_only
from db.errors import translated
from db.sanitize import clean, clean_json, scrubbed_key

if TYPE_CHECKING:
    from db.error_db.transaction import ErrorTransaction

MOST_REJECTED_BYTES = 200_000_000
CHECKED_EVERY = 10  # rejected messages between two checks: computing the total size takes a moment
LARGE = 100  # a body above this fraction (1/100) of the space is checked at once


class ErrorStore:
    """The Error DB on an engine. Thread-safe: each transaction has its own connection."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._reading = read_only(engine)

    @contextmanager
    def transaction(self, now: datetime, message_id: str = "") -> Iterator[ErrorTransaction]:
        """One transaction: commits at the end, rolls back if the block raises.

        Raises TransientError when the database is unavailable or in conflict with another transaction.
        """
        from db.error_db.transaction import ErrorTransaction

        with translated(), Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield ErrorTransaction(session, now, message_id)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session for queries only. Raises TransientError when the database is unavailable."""
        with translated(), Session(self._reading, expire_on_commit=False) as session:
            yield session

    def reject(
        self,
        *,
        message_id: str,
        body: bytes,
        reason: str,
        attributes: Mapping[str, Any],
        now: datetime,
        most_bytes: int = MOST_REJECTED_BYTES,
    ) -> datetime:
        """Stores a complete message that cannot be parsed, once; returns when it was first received.

        A message without an id counts as new each time. The oldest are deleted when all bodies together exceed
        `most_bytes`. Raises TransientError when the database is unavailable.
        """
        from db.error_db import rejected
        from db.error_db.models import RejectedMessage
        from db.insert import insert

        values = {
            "message_id": scrubbed_key(message_id, 100),
            "digest": hashlib.sha256(body).hexdigest(),
            "reason": clean(reason),
            "body": body,
            "attributes": clean_json(attributes),
            "received_at": now,
        }
        with self.transaction(now) as transaction:
            session = transaction.session
            added = insert(session, RejectedMessage).values(values).on_conflict_do_nothing()
            number = session.scalar(added.returning(RejectedMessage.id))
            if number is not None and (number % CHECKED_EVERY == 0 or len(body) * LARGE > most_bytes):
                rejected.trim(session, most_bytes=most_bytes)
            if number is not None or not message_id:
                return now
            same = select(RejectedMessage.received_at).filter_by(
                message_id=values["message_id"], digest=values["digest"]
            )
            return session.scalar(same) or now

    def count_incidents(self) -> int:
        """Adds the latest changes to the counts of incidents by rule and hour; returns their number.

        Raises TransientError when the database is unavailable.
        """
        from db.error_db.rules import counts

        with translated():
            return counts.add_changes(self.engine)

    def forget(self, now: datetime, *, retention_days: int) -> int:
        """Deletes rows after their retention, in small transactions; returns their number.

        Raises TransientError when the database is unavailable.
        """
        from db.error_db import retention

        with translated():
            return retention.forget(self.engine, now, retention_days=retention_days)
