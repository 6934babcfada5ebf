"""When snapshots looked at the policies of each scope, and when they tried in vain."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import Session

from db.schema_db.models import Resource, Snapshot
from db.schema_db.snapshots import DONE, FAILED, POLICY_COLLECTOR
from insights.access.model import AccessGrant, Observation
from shared.iam_names import MANAGER

CHUNK = 500


def looks(session: Session, at: datetime) -> list[Observation]:
    """Every scope that was ever looked at, or in vain, ordered by name, as of a time."""
    found = {look.scope: look for look in _whole(session, at)}
    for scope, since, error in _failed(session, at):
        found[scope] = replace(found.get(scope, Observation(scope)), failing_since=since, error=error)
    return [look for _, look in sorted(found.items())]


def _whole(session: Session, at: datetime) -> Iterable[Observation]:
    end = Snapshot.window_end
    times = (func.min(end), func.max(case((end <= at, end))), func.min(case((end > at, end))))
    query = select(Snapshot.scope, *times).where(Snapshot.collector == POLICY_COLLECTOR, Snapshot.state == DONE)
    return (Observation(*row) for row in session.execute(query.group_by(Snapshot.scope)))


def _failed(session: Session, at: datetime) -> Iterable[tuple[str, datetime, str]]:
    """The scopes whose last snapshots failed, since when, and why the latest did."""
    ours, end = Snapshot.collector == POLICY_COLLECTOR, Snapshot.window_end
    done = select(Snapshot.scope, func.max(Snapshot.slot).label("slot")).where(ours, Snapshot.state == DONE, end <= at)
    last = done.group_by(Snapshot.scope).subquery()
    failed = and_(ours, Snapshot.state == FAILED, Snapshot.slot <= at)
    query = (
        select(Snapshot.scope, func.min(Snapshot.slot), func.max(Snapshot.slot))
        .outerjoin(last, last.c.scope == Snapshot.scope)
        .where(failed, or_(last.c.slot.is_(None), Snapshot.slot > last.c.slot))
        .group_by(Snapshot.scope)
    )
    for scope, since, latest in session.execute(query).all():
        why = select(Snapshot.error).where(failed, Snapshot.scope == scope, Snapshot.slot == latest)
        yield scope, since, session.scalar(why) or ""


class FirstObservations:
    """Where history begins: what the first whole look at a scope saw was there before, since nobody knows when."""

    def __init__(self, session: Session, grants: Iterable[AccessGrant]) -> None:
        query = select(Snapshot.scope, func.min(Snapshot.window_end)).where(
            Snapshot.collector == POLICY_COLLECTOR, Snapshot.state == DONE
        )
        self._first = {scope: time for scope, time in session.execute(query.group_by(Snapshot.scope)) if time}
        self._scopes: dict[str, set[str]] = {}
        names = sorted({grant.resource for grant in grants})
        for start in range(0, len(names), CHUNK):
            places = select(Resource.name, Resource.project, Resource.ancestors)
            for name, project, above in session.execute(places.where(Resource.name.in_(names[start : start + CHUNK]))):
                self._scopes[name] = {name.removeprefix(MANAGER), f"projects/{project}", *above}

    def known_since(self, grant: AccessGrant) -> bool:
        """Whether its beginning is only that of history."""
        times = [self._first[scope] for scope in self._scopes.get(grant.resource, ()) if scope in self._first]
        return not grant.exact_from and (not times or grant.valid_from <= min(times))
