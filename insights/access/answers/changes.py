"""Changes of access: when grants on a resource, or to a principal, began and ended."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from db.schema_db.models import Binding
from db.schema_db.selection import Period, rows_in
from insights.access.answers.levels import LevelReader
from insights.access.grants import COLUMNS, grant_of
from insights.access.model import AccessGrant, Level
from insights.access.observations import HistoryBeginnings
from insights.access.roles import Roles

Observations = Mapping[str, datetime]  # the first of each scope
MOST = 300  # changes read for one answer, the latest


@dataclass(frozen=True, slots=True)
class AccessEvent:
    """The beginning or the end of a grant. `who` made the change; it is empty if the audit log does not say."""

    time: datetime
    grant: AccessGrant
    is_removal: bool

    @property
    def who(self) -> str:
        """The account that made the change."""
        return (self.grant.revoked_by if self.is_removal else self.grant.granted_by) or ""

    @property
    def is_exact(self) -> bool:
        """Whether the time comes from the audit log, rather than from the first snapshot that saw the change."""
        return self.grant.exact_to if self.is_removal else self.grant.exact_from


def on_resource(
    session: Session,
    chain: Sequence[str],
    period: Period,
    first: Observations,
    *,
    may: Level,
    roles: Roles | None = None,
) -> list[AccessEvent]:
    """The changes of grants on a resource and on its ancestors that give a level of access, oldest first.

    `first` has the time at which each scope was first observed. `roles` are reused if their window has the same end.
    """
    roles = roles or Roles(session, period)
    levels, found = LevelReader(roles), list(_events(session, Binding.resource, list(chain), period, first))
    roles.prepare(event.grant.role for event in found)
    return [event for event in found if may in levels.levels(event.grant.role, chain[0])]


def of_members(session: Session, members: Iterable[str], period: Period, first: Observations) -> list[AccessEvent]:
    """The changes of grants to members, oldest first."""
    return list(_events(session, Binding.member, sorted(members), period, first))


def _events(
    session: Session, column: Any, values: Sequence[str], period: Period, first: Observations
) -> Iterator[AccessEvent]:
    """The changes between two times. Grants older than the history are not changes."""
    start, end = period
    began = (Binding.valid_from > start) & (Binding.valid_from <= end)
    ended = (Binding.valid_to > start) & (Binding.valid_to <= end)
    query = select(*COLUMNS).where(or_(began, ended)).order_by(Binding.valid_from.desc()).limit(MOST)
    grants = [grant_of(row) for row in rows_in(session, query, column, values)]
    yield from of_grants(session, grants, period, first)


def of_grants(
    session: Session, grants: Sequence[AccessGrant], period: Period, first: Observations
) -> list[AccessEvent]:
    """The changes of these grants between two times, oldest first."""
    start, end = period
    beginnings = HistoryBeginnings(session, grants, first)
    events = [
        AccessEvent(grant.valid_from, grant, is_removal=False)
        for grant in grants
        if start < grant.valid_from <= end and not beginnings.is_older(grant)
    ]
    events += [
        AccessEvent(grant.valid_to, grant, is_removal=True)
        for grant in grants
        if grant.valid_to is not None and start < grant.valid_to <= end
    ]
    return sorted(events, key=lambda event: (event.time, event.grant.key))
