"""Finds resources and principals whose names contain a search text."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from db.schema_db.models import Binding, BindingMember, Resource
from db.schema_db.selection import chunks, valid_at
from shared.identity.iam_names import BIGQUERY, MANAGER, STORAGE

MOST = 50


@dataclass(frozen=True, slots=True)
class KnownResource:
    """A resource, and the number of grants on the resource itself."""

    name: str
    grants: int


def resources(session: Session, text: str, at: datetime) -> list[KnownResource]:
    """Datasets, buckets, projects, folders and organizations whose names contain a text, at most 50; any for an empty text."""
    kinds = or_(
        Resource.name.startswith(STORAGE),
        Resource.name.startswith(MANAGER),
        and_(Resource.name.startswith(BIGQUERY), Resource.name.not_like("%/tables/%")),
    )
    query = select(Resource.name).where(kinds).order_by(Resource.name).limit(MOST)
    if text:
        query = query.where(is_named_like(text))
    names = list(session.scalars(query))
    counts: dict[str, int] = {}
    for some in chunks(names):
        counted = select(Binding.resource, func.count()).where(Binding.resource.in_(some), valid_at(Binding, at))
        counts.update((name, count) for name, count in session.execute(counted.group_by(Binding.resource)))
    return [KnownResource(name, counts.get(name, 0)) for name in names]


def is_named_like(text: str) -> ColumnElement[bool]:
    """The condition for resources whose names contain a text, as people write names."""
    plain = text.removeprefix("gs://")
    found = Resource.name.contains(plain, autoescape=True)
    project, _, dataset = plain.rpartition(".")
    if project:  # as BigQuery writes it; the name of a dataset alone is a part of the resource's name
        found = or_(found, Resource.name.endswith(f"/datasets/{dataset}", autoescape=True))
    return found


def principals(session: Session, text: str) -> list[str]:
    """Members of grants whose name contains a text, at most 50; none for an empty text.

    The search reads each member once, because a member may have thousands of grants.
    """
    if not text:
        return []
    name = BindingMember.member
    has_grants = select(Binding.id).where(Binding.member == name).exists()
    query = select(name).distinct().where(name.contains(text, autoescape=True), has_grants)
    return list(session.scalars(query.order_by(name).limit(MOST)))
