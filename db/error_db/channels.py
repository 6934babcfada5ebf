"""Notification channels: one row each, shared by all instances. The caller computes the values.

Lock a channel before any action run of it, and before fingerprints, so that all instances lock in the same order.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache

from sqlalchemy import Executable, select
from sqlalchemy.orm import Session

from db.error_db.models import Channel
from db.error_db.views import channel_view
from db.insert import dialect_of, insert_of
from db.sanitize import clean_key
from db.tables import table_of
from shared.records import ChannelView


def lock(session: Session, name: str, now: datetime) -> Channel:
    """The row of the channel, inserted if necessary, and locked until the transaction ends; change it in place."""
    values = {"name": clean_key(name, 100), "next_at": now, "full_at": now}
    row: Channel = session.scalars(_locked(dialect_of(session)), values).one()
    return row


@cache
def _locked(dialect: str) -> Executable:
    table = table_of(Channel)
    added = insert_of(dialect, table)
    # An update that changes nothing, because only an update locks an existing row.
    locked = added.on_conflict_do_update(index_elements=[table.c.name], set_={"name": added.excluded.name})
    row = select(Channel).from_statement(locked.returning(*table.c))
    return row.execution_options(populate_existing=True)


def find(session: Session, name: str) -> ChannelView | None:
    """The channel without a lock; None if it was never used."""
    row = session.get(Channel, clean_key(name, 100), populate_existing=True)
    return channel_view(row) if row else None


def broken(session: Session) -> list[ChannelView]:
    """The channels that accept no notifications now, by name."""
    query = select(Channel).where(Channel.broken_since.is_not(None)).order_by(Channel.name)
    return [channel_view(row) for row in session.scalars(query)]


def listed(session: Session) -> list[ChannelView]:
    """Every channel that was ever used, broken ones first, then by name."""
    query = select(Channel).order_by(Channel.broken_since.is_(None), Channel.name)
    return [channel_view(row) for row in session.scalars(query)]
