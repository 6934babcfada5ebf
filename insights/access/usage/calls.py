"""API calls in the audit logs of a window, and whether a grant covers them."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Sequence
from datetime import timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Text, cast, func, or_, select
from sqlalchemy.orm import Session

from db.schema_db.models import UserAction
from db.schema_db.selection import Period, chunks, common, one_of
from insights.access.hierarchy import Hierarchy
from insights.access.model import AccessGrant, Ternary
from insights.access.usage.principals import DOMAIN, ESCAPE, canonical, patterns
from insights.access.usage.role_permissions import RolePermissions
from shared.identity.iam_names import BIGQUERY, MANAGER, STORAGE, containers
from shared.lazy.dataclass import dataclass

PATTERNS = 100  # LIKE patterns in one statement: each is slow
PUBSUB = "//pubsub.googleapis.com/"
_BY_NUMBER = re.compile(r"/projects/\d+(/|$)")
MOST = 50_000  # cached calls
HOUR = timedelta(hours=1)


@dataclass(eq=False, slots=True)  # frozen takes three times as long to create, and an answer reads thousands
class LoggedCalls:
    """Permitted calls of one kind by one principal. `period` lasts from the first call to the last one."""

    principal: str
    service: str
    resource: str
    project: str
    permissions: frozenset[str]
    period: Period

    @property
    def level(self) -> str:
        """The level whose audit log recorded the calls: projects/P, folders/N or organizations/N."""
        return self.project if "/" in self.project else f"projects/{self.project}"


class CallIndex:
    """The calls of one principal, indexed by the resources that they touched."""

    def __init__(self) -> None:
        self._by_resource: dict[str, list[LoggedCalls]] = {}
        self._by_level: dict[str, list[LoggedCalls]] = {}

    def add(self, call: LoggedCalls) -> None:
        """Adds calls, of which those that ended last must come first."""
        self._by_level.setdefault(call.level, []).append(call)
        for name in _around(call.resource):
            self._by_resource.setdefault(name, []).append(call)

    def near(self, resource: str, levels: Collection[str]) -> Iterator[Sequence[LoggedCalls]]:
        """The calls on a resource or inside it, followed by all other calls in the log of each of these levels.

        Each sequence begins with the calls that ended last.
        """
        touching = self._by_resource.get(resource, [])
        yield touching
        yielded = {id(call) for call in touching}
        for level, calls in self._by_level.items():
            if level in levels:
                yield [call for call in calls if id(call) not in yielded] if yielded else calls


class CallReader:
    """Reads calls in a window, and caches the calls of the latest principals, because grants are ordered by member."""

    def __init__(self, session: Session, window: Period) -> None:
        self._session = session
        self._window = window
        self._calls: dict[str, CallIndex] = {}
        self._count = 0

    def of(self, names: Collection[str]) -> dict[str, CallIndex]:
        """The calls of these canonical names. @DOMAIN means everybody in the domain."""
        missing = {name for name in names if name not in self._calls}
        if missing and self._count > MOST:
            self._calls, self._count, missing = {}, 0, set(names)
        if missing:
            self._calls |= {name: CallIndex() for name in missing}
            for call in sorted(self._read(sorted(missing)), key=lambda call: call.period[1], reverse=True):
                name = canonical(call.principal)
                for key in (name, DOMAIN + name.rpartition("@")[2]):
                    if key in missing:
                        self._calls[key].add(call)
                        self._count += 1
        return {name: self._calls[name] for name in names}

    def anonymous(self) -> Iterator[LoggedCalls]:
        """The calls whose entries do not name the caller."""
        return self._matching(UserAction.principal == "")

    def last_in(self, call: LoggedCalls, period: Period) -> Any:
        """The time of the last of these calls in a period; None if no call is certainly in the period."""
        start, end = period
        first, last = call.period
        if last < start or first > end:
            return None
        if last <= end:
            return last
        times = [time for both in self._hours(call, period) for time in both]
        return max((time for time in times if start <= time <= end), default=None)

    def may_be_in(self, call: LoggedCalls, period: Period) -> bool:
        """Whether one of these calls may be in a period; calls of one hour have known times only for the first and last."""
        start, end = period
        first, last = call.period
        if last < start or first > end:
            return False
        return first >= start or last <= end or any(True for _ in self._hours(call, period))

    def _hours(self, call: LoggedCalls, period: Period) -> Iterator[Period]:
        """The times of the first and the last of these calls in each hour that has some in a period, or around it."""
        start, end = period
        a = UserAction
        same = (a.principal == call.principal, a.service == call.service, a.resource == call.resource)
        near = (a.project == call.project, a.hour > start - HOUR, a.hour <= end, a.count > a.denied)
        query = select(a.first_at, a.last_at, a.permissions).where(*same, *near)
        for first, last, names in self._session.execute(query):
            if frozenset(names) == call.permissions and first <= end and last >= start:
                yield first, last

    def _read(self, names: list[str]) -> Iterator[LoggedCalls]:
        exact: list[str] = []
        like: list[str] = []
        for name in names:
            equal, similar = patterns(name)
            exact, like = exact + equal, like + similar
        a = UserAction
        for condition in one_of(self._session, a.principal, exact):
            yield from self._matching(condition)
        for some in chunks(like, PATTERNS):
            yield from self._matching(or_(*(a.principal.like(pattern, escape=ESCAPE) for pattern in some)))

    def _matching(self, caller: Any) -> Iterator[LoggedCalls]:
        a, (start, at) = UserAction, self._window
        names, text = (a.principal, a.service, a.resource, a.project), cast(a.permissions, Text)
        times = (func.min(a.first_at), func.max(a.last_at))
        inside = (a.hour > start - HOUR, a.hour <= at, a.count > a.denied, caller)
        # PostgreSQL compares JSON itself faster than the text of each row.
        same = a.permissions if self._session.get_bind().dialect.name == "postgresql" else text
        rows = self._session.execute(select(*names, text, *times).where(*inside).group_by(*names, same))
        for principal, service, resource, project, permissions, first, last in rows:
            if first <= at and last >= start:
                yield LoggedCalls(principal, service, resource, project, _parsed(permissions), (first, last))


class AnonymousCalls:
    """Calls without a caller in their audit entries, by level. Any principal may have made them."""

    def __init__(self, calls: CallReader, hierarchy: Hierarchy) -> None:
        self._reader = calls
        self._hierarchy = hierarchy
        # By level, then by what decides whether a role allows them: there are many calls, but of few kinds.
        self._calls: dict[str, dict[tuple[str, frozenset[str]], list[LoggedCalls]]] = {}
        for call in calls.anonymous():
            kinds = self._calls.setdefault(call.level, {})
            kinds.setdefault((call.service, call.permissions), []).append(call)

    def possible_use(
        self, grant: AccessGrant, permissions: RolePermissions, in_force: list[Period]
    ) -> LoggedCalls | None:
        """A call that may have used a grant that was in force in these periods."""
        for level in self._hierarchy.below(grant.resource) if self._calls else ():
            for (service, needed), calls in self._calls.get(level, {}).items():
                if permissions.allow(service, needed) is Ternary.NO:
                    continue
                for call in calls:
                    if self._may_cover(grant, call, in_force):
                        return call
        return None

    def _may_cover(self, grant: AccessGrant, call: LoggedCalls, in_force: list[Period]) -> bool:
        if may_be_renamed(self._hierarchy, grant.resource, call):
            return True
        periods = common(reached(self._hierarchy, grant.resource, call), in_force)
        return any(self._reader.may_be_in(call, period) for period in periods)


def reached(hierarchy: Hierarchy, granted_on: str, call: LoggedCalls) -> list[Period]:
    """The periods in which a grant on a resource covered the resource of a call; empty if it never did."""
    if call.resource == granted_on or call.resource.startswith(f"{granted_on}/"):
        return [hierarchy.window]
    return hierarchy.below(granted_on).get(call.level, []) if granted_on.startswith(MANAGER) else []


def may_be_renamed(hierarchy: Hierarchy, granted_on: str, call: LoggedCalls) -> bool:
    """Whether an audit entry may use another name for the resource: only some services write the names used in bindings."""
    if granted_on.startswith(MANAGER):
        return False
    if "*" in call.resource and granted_on.startswith(call.resource.partition("*")[0]):
        return True  # all tables with this prefix
    if granted_on.startswith((STORAGE, BIGQUERY, PUBSUB)) and not _BY_NUMBER.search(call.resource):
        return False
    return call.level in hierarchy.below(granted_on)


@lru_cache(maxsize=20_000)
def _parsed(text: str) -> frozenset[str]:
    return frozenset(json.loads(text))


@lru_cache(maxsize=20_000)
def _around(resource: str) -> tuple[str, ...]:
    """The resource and its containers, derived from its name."""
    return (resource, *containers(resource))
