"""What was done by whom in a time, as audit logs have it."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Text, cast, func, or_, select
from sqlalchemy.orm import Session

from db.schema_db.models import UserAction
from insights.access.usage.periods import Period
from insights.access.usage.principal_names import DOMAIN, ESCAPE, canonical, patterns
from shared.iam_names import containers

CHUNK = 400
MOST = 50_000  # calls that are remembered
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class LoggedCalls:
    """Calls of one kind by one principal that were not refused, the first and the last of them."""

    principal: str
    service: str
    resource: str
    project: str
    permissions: frozenset[str]
    period: Period

    @property
    def level(self) -> str:
        """Whose log has it: projects/P, folders/N or organizations/N."""
        return self.project if "/" in self.project else f"projects/{self.project}"


class CallIndex:
    """The calls of one name, found by what they touched."""

    def __init__(self) -> None:
        self._touching: dict[str, list[LoggedCalls]] = {}
        self._in: dict[str, list[LoggedCalls]] = {}

    def add(self, call: LoggedCalls) -> None:
        """One more."""
        self._in.setdefault(call.level, []).append(call)
        for name in _around(call.resource):
            self._touching.setdefault(name, []).append(call)

    def near(self, resource: str, levels: Collection[str]) -> Iterator[LoggedCalls]:
        """Those that touched the resource or something in it, and all others in the logs of these levels."""
        touching = self._touching.get(resource, [])
        yield from touching
        there = {id(call) for call in touching}
        for level, calls in self._in.items():
            if level in levels:
                yield from (call for call in calls if id(call) not in there)


class CallReader:
    """Calls in a window. It remembers those of the names that were asked lately: answers come ordered by member."""

    def __init__(self, session: Session, window: Period) -> None:
        self._session = session
        self._window = window
        self._calls: dict[str, CallIndex] = {}
        self._count = 0

    def of(self, names: Collection[str]) -> dict[str, CallIndex]:
        """The calls of these canonical names; under @DOMAIN those of everybody in it."""
        missing = {name for name in names if name not in self._calls}
        if missing and self._count > MOST:
            self._calls, self._count, missing = {}, 0, set(names)
        if missing:
            self._calls |= {name: CallIndex() for name in missing}
            for call in self._read(sorted(missing)):
                name = canonical(call.principal)
                for key in (name, DOMAIN + name.rpartition("@")[2]):
                    if key in missing:
                        self._calls[key].add(call)
                        self._count += 1
        return {name: self._calls[name] for name in names}

    def anonymous(self) -> Iterator[LoggedCalls]:
        """The calls of nobody with a name."""
        return self._matching(UserAction.principal == "")

    def last_in(self, call: LoggedCalls, period: Period) -> Any:
        """When the last of these calls in a period was, None for none that is known to be in it."""
        start, end = period
        first, last = call.period
        if last < start or first > end:
            return None
        if last <= end:
            return last
        a = UserAction
        same = (a.principal == call.principal, a.service == call.service, a.resource == call.resource)
        near = (a.project == call.project, a.hour > start - HOUR, a.hour <= end, a.count > a.denied)
        rows = self._session.execute(select(a.first_at, a.last_at, a.permissions).where(*same, *near))
        times = [time for *both, names in rows if frozenset(names) == call.permissions for time in both]
        return max((time for time in times if start <= time <= end), default=None)

    def _read(self, names: list[str]) -> Iterator[LoggedCalls]:
        exact: list[str] = []
        like: list[str] = []
        for name in names:
            some, others = patterns(name)
            exact, like = exact + some, like + others
        a = UserAction
        for start in range(0, len(exact), CHUNK):
            yield from self._matching(a.principal.in_(exact[start : start + CHUNK]))
        for start in range(0, len(like), CHUNK // 4):
            part = like[start : start + CHUNK // 4]
            yield from self._matching(or_(*(a.principal.like(pattern, escape=ESCAPE) for pattern in part)))

    def _matching(self, who: Any) -> Iterator[LoggedCalls]:
        a, (start, at) = UserAction, self._window
        columns = (a.principal, a.service, a.resource, a.project, cast(a.permissions, Text))
        times = (func.min(a.first_at), func.max(a.last_at))
        inside = (a.hour > start - HOUR, a.hour <= at, a.count > a.denied, who)
        rows = self._session.execute(select(*columns, *times).where(*inside).group_by(*columns))
        for principal, service, resource, project, permissions, first, last in rows:
            if first <= at and last >= start:
                yield LoggedCalls(principal, service, resource, project, _permissions(permissions), (first, last))


@lru_cache(maxsize=20_000)
def _permissions(text: str) -> frozenset[str]:
    return frozenset(json.loads(text))


@lru_cache(maxsize=20_000)
def _around(resource: str) -> tuple[str, ...]:
    """The resource and what it is in by its name."""
    return (resource, *containers(resource))
