"""Conditions on rows that are valid from a time until another: bindings, group members, roles."""

from __future__ import annotations

from datetime import datetime
from typing import TypeAlias

from sqlalchemy import ColumnElement, or_

from db.schema_db.models import Binding, GroupMember, Role

Interval: TypeAlias = type[Binding] | type[GroupMember] | type[Role]


def valid_in(table: Interval, start: datetime, end: datetime) -> ColumnElement[bool]:
    """The rows that are valid at some moment from `start` to `end`; a row is not valid any more at its `valid_to`."""
    return (table.valid_from <= end) & or_(table.valid_to.is_(None), table.valid_to > start)


def valid_at(table: Interval, at: datetime) -> ColumnElement[bool]:
    """The rows that are valid at a moment."""
    return valid_in(table, at, at)


def still_valid(table: Interval) -> ColumnElement[bool]:
    """The rows without an end."""
    return table.valid_to.is_(None)
