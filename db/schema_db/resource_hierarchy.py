"""Where resources hang, now and at an earlier time.

What is kept of a move is the place before it, so that nothing is written while nothing moves.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.schema_db.models import FormerPlace, Resource
from db.schema_db.write.facts import table_of
from db.schema_db.write.upsert import insert
from shared.iam_names import parents, project_of


def ancestors_at(session: Session, names: Sequence[str], at: datetime) -> dict[str, list[str]]:
    """The ancestors of these resources at a time, nearest first, as far as they are known.

    Of a time before the first snapshot: those that it saw.
    """
    found = select(Resource.name, Resource.ancestors).where(Resource.name.in_(names))
    before = _before(at).where(FormerPlace.resource.in_(names))
    return _told(session.execute(found), session.execute(before))


def all_ancestors_at(session: Session, at: datetime) -> dict[str, list[str]]:
    """The same of every resource."""
    return _told(session.execute(select(Resource.name, Resource.ancestors)), session.execute(_before(at)))


def chain(session: Session, resource: str, at: datetime) -> list[str]:
    """The resource and everything whose policy holds on it too, as it hung at that time, nearest first."""
    names = [resource, *parents(resource, [])]
    known = ancestors_at(session, names, at)
    nearest = next((known[name] for name in names if known.get(name)), None) or _of_project(session, resource, at)
    return [resource, *parents(resource, nearest)]


def keep_former(session: Session, moved: Iterable[tuple[str, datetime, Sequence[str]]]) -> None:
    """Keeps where resources hung until the moment at which a snapshot saw them elsewhere."""
    rows = [{"resource": name, "until": until, "ancestors": list(above)} for name, until, above in moved]
    if rows:
        session.connection().execute(insert(session, table_of(FormerPlace)).on_conflict_do_nothing(), rows)


def _before(at: datetime) -> Any:
    """Places that were left after that time, the latest first: the one that was left next comes last."""
    columns = (FormerPlace.resource, FormerPlace.ancestors)
    return select(*columns).where(FormerPlace.until > at).order_by(FormerPlace.until.desc())


def _told(now: Iterable[Any], before: Iterable[Any]) -> dict[str, list[str]]:
    found = {name: list(ancestors) for name, ancestors in now}
    return found | {name: list(ancestors) for name, ancestors in before}


def _of_project(session: Session, resource: str, at: datetime) -> list[str]:
    """Where the other resources of its project hung."""
    project = project_of(resource)
    other = select(Resource.name).where(Resource.project == project, Resource.project != "")
    name = session.scalar(other.order_by(Resource.name).limit(1))
    return ancestors_at(session, [name], at)[name] if name else []
