"""The roles on a resource at an earlier time, and the last snapshot before that time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from insights.access.grants import grants_on
from insights.access.model import AccessGrant
from insights.access.observations import observations

if TYPE_CHECKING:
    from insights.causes.lookup import Causes

_PROJECTS = "projects/"


@dataclass(frozen=True, slots=True)
class EarlierAccess:
    """The grants on a resource itself at a time. `read_at` is the latest complete snapshot until then, or None."""

    grants: tuple[AccessGrant, ...] = ()
    read_at: datetime | None = None


def access_before(
    causes: Causes | None, resource: str, project: str, at: datetime, now: datetime
) -> EarlierAccess | None:
    """Like `access_at`; None if the Schema DB does not exist or does not respond."""
    return causes.ask(lambda session: access_at(session, resource, project, at), now) if causes else None


def access_at(session: Session, resource: str, project: str, at: datetime) -> EarlierAccess:
    """The grants on a resource (its full name) of a project at a time."""
    scopes = (one for one in observations(session, at) if _covers(one.scope, project))
    read = [one.last for one in scopes if one.last is not None]
    return EarlierAccess(tuple(grants_on(session, [resource], at)), max(read, default=None))


def _covers(scope: str, project: str) -> bool:
    """Whether the snapshots of a scope read the policies of a project: its own, or those of a folder or an organization."""
    return scope == f"{_PROJECTS}{project}" or not scope.startswith(_PROJECTS)
