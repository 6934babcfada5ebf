"""Column types and indexes that mean the same on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, TIMESTAMP, DateTime, Index, TextClause, types
from sqlalchemy.engine import Dialect


class UtcDateTime(types.TypeDecorator[datetime]):
    """A timezone-aware datetime, stored and returned in UTC; SQLite has no time zones and stores naive UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> types.TypeEngine[Any]:
        """The column type. BigQuery's type without a zone is DATETIME, which cannot be compared with a TIMESTAMP."""
        if dialect.name == "bigquery":
            return TIMESTAMP(timezone=True)
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The UTC time to store. Rejects a naive datetime, whose zone is unknown."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a datetime without time zone cannot be stored: pass an aware one")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """The stored time, aware and in UTC."""
        if value is None or value.tzinfo is UTC:  # what PostgreSQL returns to db/engine.py
            return value
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# Distance from the ends of the calendar that leaves room for time zones, windows and quiet periods.
FIRST, LAST = datetime(3, 1, 1, tzinfo=UTC), datetime(9997, 1, 1, tzinfo=UTC)


class EventTime(UtcDateTime):
    """A UtcDateTime between FIRST and LAST, so that calculations with event times cannot overflow."""

    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The UTC time to store, limited to the bounds."""
        return super().process_bind_param(bounded(value) if value and value.tzinfo else value, dialect)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The stored time in UTC, limited to the bounds, because earlier versions stored times outside them."""
        stored = super().process_result_value(value, dialect)
        return bounded(stored) if stored else None


def bounded(time: datetime) -> datetime:
    """The time, limited to the bounds."""
    return time if FIRST <= time <= LAST else min(max(time, FIRST), LAST)


class Json(types.TypeDecorator[Any]):
    """JSON, on PostgreSQL JSONB; None is stored as NULL.

    A variant for PostgreSQL would import its dialect also where the database is SQLite.
    """

    impl = JSON
    cache_ok = True

    def __init__(self) -> None:
        super().__init__(none_as_null=True)

    def load_dialect_impl(self, dialect: Dialect) -> types.TypeEngine[Any]:
        """The column type."""
        if dialect.name == "postgresql":
            from sqlalchemy.dialects.postgresql import JSONB  # noqa: PLC0415

            return dialect.type_descriptor(JSONB(none_as_null=True))
        return dialect.type_descriptor(JSON(none_as_null=True))

    def coerce_compared_value(self, op: Any, value: Any) -> Any:
        """The type of the other operand, such as the key in `column["key"]`: the same as for JSON."""
        return self.impl_instance.coerce_compared_value(op, value)


def partial_index(name: str, *columns: str, where: TextClause, unique: bool = False) -> Index:
    """An index of the rows that meet a condition, which is in `info["where"]`; a migration creates it.

    The options `postgresql_where` and `sqlite_where` would import both dialects in every process.
    """
    return Index(name, *columns, unique=unique, info={"where": where})
