"""What was done by whom in a time, as audit logs have it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from db.schema_db.evidence.names import DOMAIN, ESCAPE, canonical, patterns
from db.schema_db.evidence.periods import Period
from db.schema_db.models import UserAction

CHUNK = 400
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Call:
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


class Actions:
    """Calls in a window. It remembers those of the names that were asked last: answers come ordered by member."""

    def __init__(self, session: Session, window: Period) -> None:
        self._session = session
        self._window = window
        self._names: frozenset[str] = frozenset()
        self._calls: dict[str, list[Call]] = {}

    def of(self, names: Collection[str]) -> dict[str, list[Call]]:
        """The calls of these canonical names; under @DOMAIN those of everybody in it."""
        wanted = frozenset(names)
        if wanted != self._names:
            self._names, self._calls = wanted, {}
            for call in self._read(sorted(wanted)):
                name = canonical(call.principal)
                for key in (name, DOMAIN + name.rpartition("@")[2]):
                    if key in wanted:
                        self._calls.setdefault(key, []).append(call)
        return self._calls

    def anonymous(self) -> Iterator[Call]:
        """The calls of nobody with a name."""
        return self._matching(UserAction.principal == "")

    def last_in(self, call: Call, period: Period) -> Any:
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

    def _read(self, names: list[str]) -> Iterator[Call]:
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

    def _matching(self, who: Any) -> Iterator[Call]:
        a, (start, at) = UserAction, self._window
        columns = (a.principal, a.service, a.resource, a.project, a.permissions)
        times = (func.min(a.first_at), func.max(a.last_at))
        inside = (a.hour > start - HOUR, a.hour <= at, a.count > a.denied, who)
        rows = self._session.execute(select(*columns, *times).where(*inside).group_by(*columns))
        for principal, service, resource, project, permissions, first, last in rows:
            if first <= at and last >= start:
                yield Call(principal, service, resource, project, frozenset(permissions), (first, last))
