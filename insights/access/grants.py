"""Bindings at a time, and where they hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from db.schema_db.models import Binding, Resource
from db.schema_db.resource_hierarchy import all_ancestors_at
from insights.access.model import AccessGrant
from shared.iam_names import MANAGER, project_of

CHUNK = 500
COLUMNS = (
    Binding.resource, Binding.role, Binding.member, Binding.condition, Binding.valid_from, Binding.valid_to,
    Binding.exact_from, Binding.exact_to, Binding.granted_by, Binding.revoked_by,
)  # fmt: skip


def grant_of(row: Any) -> AccessGrant:
    """The row of a binding as a value."""
    return AccessGrant(
        row.resource,
        row.role,
        row.member,
        row.condition,
        row.valid_from,
        row.valid_to,
        row.exact_from,
        row.exact_to,
        row.granted_by,
        row.revoked_by,
    )


def valid(at: datetime) -> ColumnElement[bool]:
    """Bindings that hold at a time."""
    return (Binding.valid_from <= at) & or_(Binding.valid_to.is_(None), Binding.valid_to > at)


def on(session: Session, resources: Sequence[str], at: datetime) -> Iterator[AccessGrant]:
    """What was granted on these resources themselves."""
    return _grants(session, Binding.resource, resources, at)


def to(session: Session, members: Iterable[str], at: datetime) -> Iterator[AccessGrant]:
    """What was granted to these members themselves."""
    return _grants(session, Binding.member, sorted(members), at)


def _grants(session: Session, column: Any, values: Sequence[str], at: datetime) -> Iterator[AccessGrant]:
    for start in range(0, len(values), CHUNK):
        query = select(Binding).where(column.in_(values[start : start + CHUNK]), valid(at))
        query = query.order_by(Binding.resource, Binding.role, Binding.member, Binding.condition_key)
        yield from (grant_of(row) for row in session.scalars(query))


class Hierarchy:
    """Which project hung below which folder and organization at a time; read once."""

    def __init__(self, session: Session, at: datetime) -> None:
        self._above: dict[str, set[str]] = {}
        self._project_of: dict[str, str] = {}
        above = all_ancestors_at(session, at)
        for name, project in session.execute(select(Resource.name, Resource.project)):
            self._project_of[name] = project
            if project and (name == f"{MANAGER}projects/{project}" or project not in self._above):
                self._above[project] = set(above.get(name, ()))

    def projects(self, resource: str) -> set[str]:
        """The projects that a grant on the resource reaches."""
        kind, _, name = resource.removeprefix(MANAGER).partition("/")
        if resource.startswith(MANAGER) and kind == "projects":
            return {name}
        if resource.startswith(MANAGER):
            place = f"{kind}/{name}"
            return {project for project, above in self._above.items() if place in above}
        found = self._project_of.get(resource) or project_of(resource)
        return {found} if found else set()

    def reaches(self, granted_on: str, resource: str, project: str) -> bool:
        """Whether a grant reaches what an action touched in a project."""
        if granted_on == resource or resource.startswith(f"{granted_on}/"):
            return True
        return granted_on.startswith(MANAGER) and project in self.projects(granted_on)
