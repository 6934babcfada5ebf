"""Suggests resources and principals with similar names for a name that is in no snapshot."""

from __future__ import annotations

from sqlalchemy import select, union
from sqlalchemy.orm import Session

from db.schema_db.models import Binding, GroupMember, Resource
from shared.identity.iam_names import short_name
from shared.suggestions import MOST, nearest

COMPARED = 10_000  # names; a longer list takes too long


def similar_resources(session: Session, resource: str, written: str) -> list[str]:
    """Known resources with a similar name, as people write them: first those with the same last part, else the most similar.

    `resource` is the full name of what the person has `written`. Empty if the resource is known.
    """
    if session.get(Resource, resource):
        return []
    last = resource.rpartition("/")[2]
    same = select(Resource.name).where(Resource.name.endswith(f"/{last}", autoescape=True)).limit(MOST)
    if names := session.scalars(same).all():
        return [short_name(name) for name in names]
    some = session.scalars(select(Resource.name).order_by(Resource.name).limit(COMPARED))
    return nearest(written, map(short_name, some))


def similar_principals(session: Session, written: str) -> list[str]:
    """Members of bindings and groups with a similar name before the @; case, kind and domain are ignored."""
    known = union(select(Binding.member), select(GroupMember.member)).subquery()
    members = session.scalars(select(known.c.member).order_by(known.c.member).limit(COMPARED))
    names = {_name(member): member for member in members}
    return [names[name] for name in nearest(_name(written), names)]


def _name(member: str) -> str:
    return member.rpartition(":")[2].partition("@")[0]
