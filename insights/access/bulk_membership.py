"""What each of many members is inside of: the answer of `identities`, with everything read once."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from db.schema_db.models import Binding, GroupMember
from insights.access.grants import valid
from insights.access.membership import CONVENIENCE
from shared.iam_names import EVERYBODY, MANAGER

PROJECTS = f"{MANAGER}projects/"


class Memberships:
    """Groups, and who has a basic role on a project, at one time."""

    def __init__(self, session: Session, at: datetime) -> None:
        self._groups: defaultdict[str, list[str]] = defaultdict(list)
        self._basic: defaultdict[str, list[str]] = defaultdict(list)
        self._known: dict[str, frozenset[str]] = {}
        still = or_(GroupMember.valid_to.is_(None), GroupMember.valid_to > at)
        edges = select(GroupMember.member, GroupMember.group).where(GroupMember.valid_from <= at, still)
        for member, group in session.execute(edges):
            self._groups[member].append(f"group:{group}")
        kinds = {role: kind for kind, role in CONVENIENCE.items()}
        basic = select(Binding.member, Binding.role, Binding.resource).where(Binding.role.in_(list(kinds)), valid(at))
        for member, role, resource in session.execute(basic.where(Binding.resource.startswith(PROJECTS))):
            self._basic[member].append(f"{kinds[role]}:{resource.removeprefix(PROJECTS)}")

    def names(self, member: str) -> frozenset[str]:
        """Everything that a grant may name so that the member has it: itself, groups, its domain, everybody."""
        if member not in self._known:
            self._known[member] = self._read(member)
        return self._known[member]

    def _read(self, member: str) -> frozenset[str]:
        found = {member}
        border = [member]
        while border:
            border = [group for here in border for group in self._groups.get(here, ()) if group not in found]
            found.update(border)
        kind, _, address = member.partition(":")
        if kind in ("user", "serviceAccount", "group") and "@" in address:
            found.add(f"domain:{address.rpartition('@')[2]}")
        if kind != "domain":
            found.update(EVERYBODY)
        return frozenset(found.union(*(self._basic.get(name, ()) for name in tuple(found))))
