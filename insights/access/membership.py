"""Members of groups, and principals with a basic role on a project, during a window of time.

Buckets and datasets have members that represent a basic role: projectOwner:P is every owner of the project P.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Generic, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.schema_db.models import Binding, Coverage, GroupMember
from db.schema_db.selection import NEVER, Period, common, cover, rows_in, valid_in
from shared.identity.iam_names import EVERYBODY, MANAGER
from shared.lazy.dataclass import dataclass

BASIC_ROLES = {"projectOwner": "roles/owner", "projectEditor": "roles/editor", "projectViewer": "roles/viewer"}
PROJECTS = f"{MANAGER}projects/"
Paths = dict[str, tuple[str, ...]]  # members, each with the path to it
Value = TypeVar("Value")
Edges = Callable[[Collection[str]], Iterable[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class Inside:
    """A direct member of a group, or a principal with a basic role. `until` is None while the membership lasts."""

    member: str
    since: datetime
    until: datetime | None


class Memberships:
    """Memberships during a window; a single time is a window of length 0. Each group is read once.

    `read_all` reads all groups at once: for questions about many members.
    """

    def __init__(self, session: Session, window: Period, *, read_all: bool = False) -> None:
        self._session = session
        self._window = window
        self._members = _Index(self._read_members, read_all=False)
        self._groups = _Index(self._read_groups, read_all=read_all)
        self._basic_roles = _Index(self._read_basic_roles, read_all=read_all)
        self._names: dict[str, frozenset[str]] = {}
        self._with_basic_role: dict[tuple[str, str], list[Inside]] = {}

    def part(self, window: Period) -> Memberships:
        """The memberships during a part of the window, whose groups are not read again."""
        start, end = window

        def members(groups: Sequence[str] | None) -> Iterator[tuple[str, Inside]]:
            of_groups = self._members.of(groups or ())
            return (each for each in of_groups if each[1].since <= end and (not each[1].until or each[1].until > start))

        part = Memberships(self._session, window)
        part._members = _Index(members, read_all=False)
        return part

    def prepare(self, members: Iterable[str]) -> None:
        """Reads the members of the groups among these members, and of nested groups, with one query for each level of nesting."""
        read: set[str] = set()
        border = {member for member in members if member.startswith("group:")}
        while border:
            read |= border
            border = {
                inside.member for _, inside in self._members.of(border) if inside.member.startswith("group:")
            } - read

    def members(self, group: str) -> list[Inside]:
        """The direct members of "group:…", ordered by member and time."""
        return [inside for _, inside in self._members.of([group])]

    def basic_role_members(self, level: str, role: str) -> list[Inside]:
        """The members with a basic role granted on a project, a folder or an organization itself."""
        if (level, role) not in self._with_basic_role:
            granted = (Binding.resource == MANAGER + level, Binding.role == role, valid_in(Binding, self._window))
            rows = select(Binding.member, Binding.valid_from, Binding.valid_to).where(*granted)
            found = self._session.execute(rows.order_by(Binding.member, Binding.valid_from))
            self._with_basic_role[level, role] = [Inside(*row) for row in found]
        return self._with_basic_role[level, role]

    def members_of(self, group: str) -> Paths:
        """All direct and indirect members of "group:…", each with the groups between."""
        return _walk(group, self._inward)

    def groups_of(self, member: str) -> Paths:
        """All groups that a member belongs to, each with the groups between."""
        return _walk(member, self._groups.of)

    def identities(self, member: str) -> Paths:
        """All names through which a grant may include `member`, each with its path; the path of the member itself is empty."""
        paths: Paths = {member: ()}
        for group, between in self.groups_of(member).items():
            paths[group] = (*between, group)
        kind, _, address = member.partition(":")
        if kind in ("user", "serviceAccount", "group") and "@" in address:
            domain = f"domain:{address.rpartition('@')[2]}"
            paths[domain] = (domain,)
        for everybody in EVERYBODY if kind != "domain" else ():
            paths.setdefault(everybody, (everybody,))
        for name, stands_for in list(self._basic_roles.of(tuple(paths))):
            paths.setdefault(stands_for, (*paths[name], stands_for))
        return paths

    def names(self, member: str) -> frozenset[str]:
        """All names through which a grant may include `member`."""
        if member not in self._names:
            self._names[member] = frozenset(self.identities(member))
        return self._names[member]

    def holders(self, member: str) -> Paths:
        """The members that a grant to a group or to holders of a basic role includes."""
        kind, _, project = member.partition(":")
        if kind == "group":
            return {inner: (*reversed(between), member) for inner, between in self.members_of(member).items()}
        if kind not in BASIC_ROLES:
            return {}
        paths: Paths = {}
        for inside in self.basic_role_members(f"projects/{project}", BASIC_ROLES[kind]):
            paths[inside.member] = (member,)
            for inner, path in self.holders(inside.member).items() if inside.member.startswith("group:") else ():
                paths.setdefault(inner, (*path, member))
        return paths

    def holders_over_time(self, member: str, period: Period) -> dict[str, list[Period]]:
        """The same as `holders` over a period, with the times of each; a time without an end lasts until NEVER."""
        periods_by_member: dict[str, list[Period]] = {}
        self._add_holders(member, [period], periods_by_member)
        return periods_by_member

    def _add_holders(self, member: str, periods: list[Period], periods_by_member: dict[str, list[Period]]) -> None:
        for inside in self._directly_inside(member):
            shared = common([(inside.since, inside.until or NEVER)], periods)
            known = periods_by_member.setdefault(inside.member, [])
            # Nothing for a group that includes itself.
            added = [each for each in shared if not cover(known, each)] if known else shared
            known += added
            if added and inside.member.startswith("group:"):
                self._add_holders(inside.member, added, periods_by_member)

    def _directly_inside(self, member: str) -> list[Inside]:
        kind, _, project = member.partition(":")
        if kind == "group":
            return self.members(member)
        return self.basic_role_members(f"projects/{project}", BASIC_ROLES[kind]) if kind in BASIC_ROLES else []

    def _inward(self, border: Collection[str]) -> Iterator[tuple[str, str]]:
        groups = [item for item in border if item.startswith("group:")]
        return ((group, inside.member) for group, inside in self._members.of(groups))

    def _read_members(self, groups: Sequence[str] | None) -> Iterator[tuple[str, Inside]]:
        columns = (GroupMember.group, GroupMember.member, GroupMember.valid_from, GroupMember.valid_to)
        query = select(*columns).where(valid_in(GroupMember, self._window))
        query = query.order_by(GroupMember.group, GroupMember.member, GroupMember.valid_from)
        addresses = groups and [group.removeprefix("group:") for group in groups]
        for group, *inside in rows_in(self._session, query, GroupMember.group, addresses):
            yield f"group:{group}", Inside(*inside)

    def _read_groups(self, members: Sequence[str] | None) -> Iterator[tuple[str, str]]:
        query = select(GroupMember.member, GroupMember.group).where(valid_in(GroupMember, self._window)).distinct()
        for member, group in rows_in(self._session, query, GroupMember.member, members):
            yield member, f"group:{group}"

    def _read_basic_roles(self, members: Sequence[str] | None) -> Iterator[tuple[str, str]]:
        kinds = {role: kind for kind, role in BASIC_ROLES.items()}
        granted = (
            Binding.role.in_(list(kinds)),
            Binding.resource.startswith(PROJECTS),
            valid_in(Binding, self._window),
        )
        query = select(Binding.member, Binding.role, Binding.resource).where(*granted).distinct()
        for member, role, resource in rows_in(self._session, query, Binding.member, members):
            yield member, f"{kinds[role]}:{resource.removeprefix(PROJECTS)}"


def unread_groups(session: Session, groups: Iterable[str], at: datetime) -> list[str]:
    """The groups among these members whose own members are unknown at a time, ordered by name."""
    subjects = {f"group/{group.removeprefix('group:')}": group for group in groups}
    covered = select(Coverage.subject).where(Coverage.since <= at)
    read = {subject for (subject,) in rows_in(session, covered, Coverage.subject, sorted(subjects))}
    return sorted(group for subject, group in subjects.items() if subject not in read)


class _Index(Generic[Value]):
    """Values by key, read when a key is requested or all at once at the start."""

    def __init__(self, read: Callable[[Sequence[str] | None], Iterable[tuple[str, Value]]], *, read_all: bool) -> None:
        self._read = read
        self._read_all = read_all
        self._values: dict[str, list[Value]] = {}
        if read_all:
            self._add(None)

    def of(self, keys: Collection[str]) -> Iterator[tuple[str, Value]]:
        """The values of these keys, each with its key."""
        if missing := [] if self._read_all else sorted(set(keys) - self._values.keys()):
            self._values |= {key: [] for key in missing}
            self._add(missing)
        return ((key, value) for key in keys for value in self._values.get(key, ()))

    def _add(self, keys: Sequence[str] | None) -> None:
        for key, value in self._read(keys):
            self._values.setdefault(key, []).append(value)


def _walk(start: str, edges: Edges) -> Paths:
    """All nodes reachable from `start`, each with the nodes in between on the shortest path."""
    paths: Paths = {}
    border: Paths = {start: ()}
    while border:
        reached: Paths = {}
        for origin, node in sorted(edges(border)):
            if node not in paths and node not in reached and node != start:
                reached[node] = (*border[origin], origin) if origin != start else border[origin]
        paths.update(reached)
        border = reached
    return paths
