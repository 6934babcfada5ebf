"""Was a grant used? Joined with what users did; unknown wherever the logs could not have told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from db.schema_db.access_model import Grant, Usage, Use
from db.schema_db.grants import Hierarchy
from db.schema_db.identities import holders
from db.schema_db.models import Coverage, Role, UserAction
from shared.iam_names import EVERYBODY

# The logs of the last day may not be collected yet; a grant that was not used for so long is judged without them.
SLACK = timedelta(days=1)
# Permissions begin with the name of their API, with these exceptions.
SERVICES = {"resourcemanager": "cloudresourcemanager", "cloudsql": "sqladmin", "cloudasset": "cloudasset"}
BASIC = ("roles/owner", "roles/editor", "roles/viewer")
ANY = "*"


@dataclass(frozen=True, slots=True)
class _Action:
    service: str
    resource: str
    project: str
    permissions: frozenset[str]
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class _Scope:
    """What a role lets do: permissions where they are known, and the APIs they belong to ("*": any)."""

    permissions: frozenset[str]
    services: frozenset[str]

    def fits(self, action: _Action) -> bool:
        if self.permissions and action.permissions:
            return bool(self.permissions & action.permissions)
        return ANY in self.services or action.service in self.services


class Evidence:
    """Judges grants as of `at` by the `days` before. One for each answer: it remembers what it read."""

    def __init__(self, session: Session, at: datetime, days: int) -> None:
        self._session = session
        self._at = at
        self._start = at - timedelta(days=days)
        self._hierarchy = Hierarchy(session, at)
        self._roles: dict[str, _Scope] = {}
        self._actions: dict[str, list[_Action]] = {}
        self._covered = self._read_coverage()

    def usage(self, grant: Grant, principal: str) -> Usage:
        """Whether the principal used the grant (or its like: two grants of one permission are used together)."""
        scope = self._scope(grant.role)
        last = max(self._uses(grant, scope, principal), default=None)
        if last is not None:
            return Usage(Use.USED, last)
        reason = next(self._doubts(grant, principal, scope), "")
        return Usage(Use.UNKNOWN, reason=reason) if reason else Usage(Use.UNUSED)

    def members_known(self, group: str) -> bool:
        """Whether the group could be read at that time."""
        return self._is_covered(f"group/{group.removeprefix('group:')}", self._at - SLACK)

    def _uses(self, grant: Grant, scope: _Scope, principal: str) -> Iterator[datetime]:
        """When actions that the grant allows were done while it held."""
        for action in self._done_by(principal):
            if not self._start <= action.last_at or action.last_at < grant.valid_from or not scope.fits(action):
                continue
            if self._hierarchy.reaches(grant.resource, action.resource, action.project):
                yield min(action.last_at, self._at)

    def _doubts(self, grant: Grant, principal: str, scope: _Scope) -> Iterator[str]:
        """Why "unused" could be wrong."""
        if principal in EVERYBODY or grant.member in EVERYBODY:
            yield "calls by everybody are not logged with a name"
        if principal.startswith("principalSet:"):
            yield "who is in a set of identities is not known"
        for group in self._groups(principal):
            if not self._is_covered(f"group/{group}", self._start):
                yield f"the members of {group} are not known for all of the time"
        if not scope.services:
            yield f"the permissions of {grant.role} are not known"
        if grant.valid_from > self._start:
            yield f"granted only on {grant.valid_from:%Y-%m-%d}"
        projects = self._hierarchy.projects(grant.resource)
        if not projects:
            yield "no project below it is known"
        for project in sorted(projects):
            yield from self._gaps(project, scope)

    def _gaps(self, project: str, scope: _Scope) -> Iterator[str]:
        if not self._is_covered(f"admin_activity/{project}", self._start):
            yield f"the audit logs of {project} were not collected for all of the time"
        if self._is_covered(f"data_access/{project}/{ANY}", self._start):
            return
        for service in sorted(scope.services):
            if not self._is_covered(f"data_access/{project}/{service}", self._start):
                what = "every service" if service == ANY else service
                yield f"Data Access logs of {what} in {project} are not known to be on for all of the time"

    def _groups(self, principal: str) -> list[str]:
        if not principal.startswith("group:"):
            return []
        inside = [name for name in holders(self._session, principal, self._at) if name.startswith("group:")]
        return [name.removeprefix("group:") for name in (principal, *inside)]

    def _is_covered(self, subject: str, start: datetime) -> bool:
        end = self._at - SLACK
        return any(since <= start and until >= end for since, until in self._covered.get(subject, []))

    def _read_coverage(self) -> dict[str, list[tuple[datetime, datetime]]]:
        found: dict[str, list[tuple[datetime, datetime]]] = {}
        for row in self._session.scalars(select(Coverage)):
            found.setdefault(row.subject, []).append((row.since, row.until))
        return found

    def _scope(self, role: str) -> _Scope:
        if role not in self._roles:
            self._roles[role] = self._read_role(role)
        return self._roles[role]

    def _read_role(self, name: str) -> _Scope:
        """The role as it was at the time; one that was read later only is taken as it was first."""
        rows = list(self._session.scalars(select(Role).where(Role.name == name).order_by(Role.valid_from)))
        before = [row for row in rows if row.valid_from <= self._at]
        role = before[-1] if before else rows[0] if rows else None
        if role is not None:
            return _Scope(frozenset(role.permissions), frozenset(_service(item) for item in role.permissions))
        if name in BASIC:
            return _Scope(frozenset(), frozenset({ANY}))
        head, dot, _ = name.removeprefix("roles/").partition(".")
        known = name.startswith("roles/") and dot
        return _Scope(frozenset(), frozenset({_service(head)} if known else ()))

    def _done_by(self, principal: str) -> list[_Action]:
        if principal not in self._actions:
            self._actions = {principal: list(self._read_actions(principal))}  # answers come ordered by principal
        return self._actions[principal]

    def _read_actions(self, principal: str) -> Iterator[_Action]:
        a = UserAction
        columns = (a.service, a.resource, a.project, a.permissions)
        window = (a.hour > self._start - timedelta(hours=1), a.hour <= self._at, a.count > a.denied)
        query = select(*columns, func.min(a.first_at), func.max(a.last_at)).where(*window).group_by(*columns)
        for who in self._who(principal):
            for service, resource, project, permissions, first, last in self._session.execute(query.where(who)):
                if first <= self._at:
                    yield _Action(service, resource, project, frozenset(permissions), first, last)

    def _who(self, principal: str) -> Iterator[ColumnElement[bool]]:
        kind, _, name = principal.partition(":")
        if principal in EVERYBODY:
            return
        if kind == "domain":
            yield UserAction.principal.endswith(f"@{name}", autoescape=True)
        elif kind == "group" or kind.startswith("project"):
            inside = [_address(item) for item in holders(self._session, principal, self._at)]
            for start in range(0, len(inside), 500):
                yield UserAction.principal.in_(inside[start : start + 500])
        else:
            yield UserAction.principal == _address(principal)


def _address(member: str) -> str:
    """What audit entries call a member."""
    kind, _, name = member.partition(":")
    return name if kind in ("user", "serviceAccount") else member


def _service(permission: str) -> str:
    head = permission.partition(".")[0]
    return f"{SERVICES.get(head, head)}.googleapis.com"
