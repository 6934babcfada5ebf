"""Groups and other collective members: who is inside, and what somebody is inside of."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from db.schema_db.models import Binding, GroupMember
from shared.iam_names import EVERYBODY, MANAGER

# Convenience members of buckets and datasets stand for who has a basic role on the project.
CONVENIENCE = {"projectOwner": "roles/owner", "projectEditor": "roles/editor", "projectViewer": "roles/viewer"}
Paths = dict[str, tuple[str, ...]]


def _valid(at: datetime) -> tuple[object, ...]:
    return (GroupMember.valid_from <= at, or_(GroupMember.valid_to.is_(None), GroupMember.valid_to > at))


def members_of(session: Session, group: str, at: datetime) -> Paths:
    """Everybody inside "group:…" at a time, directly or through groups, with the groups in between."""
    return _walk(session, group, at, inward=True)


def groups_of(session: Session, member: str, at: datetime) -> Paths:
    """Every group that a member is inside of at a time, with the groups in between."""
    return _walk(session, member, at, inward=False)


def _walk(session: Session, start: str, at: datetime, *, inward: bool) -> Paths:
    found: Paths = {}
    border: Paths = {start: ()}
    while border:
        reached: Paths = {}
        for here, there in sorted(_edges(session, border, at, inward=inward)):
            if there not in found and there not in reached and there != start:
                reached[there] = (*border[here], here) if here != start else border[here]
        found.update(reached)
        border = reached
    return found


def _edges(session: Session, border: Iterable[str], at: datetime, *, inward: bool) -> list[tuple[str, str]]:
    if inward:
        groups = [item.removeprefix("group:") for item in border if item.startswith("group:")]
        query = select(GroupMember.group, GroupMember.member).where(GroupMember.group.in_(groups))
        rows = session.execute(query.where(*_valid(at)))  # type: ignore[arg-type]
        return [(f"group:{group}", member) for group, member in rows]
    query = select(GroupMember.group, GroupMember.member).where(GroupMember.member.in_(list(border)))
    rows = session.execute(query.where(*_valid(at)))  # type: ignore[arg-type]
    return [(member, f"group:{group}") for group, member in rows]


def identities(session: Session, member: str, at: datetime) -> Paths:
    """Everything that a grant may name so that `member` has it, and through what; itself with an empty path."""
    found: Paths = {member: ()}
    for group, between in groups_of(session, member, at).items():
        found[group] = (*between, group)
    kind, _, address = member.partition(":")
    if kind in ("user", "serviceAccount", "group") and "@" in address:
        domain = f"domain:{address.rpartition('@')[2]}"
        found[domain] = (domain,)
    for everybody in EVERYBODY if kind != "domain" else ():
        found.setdefault(everybody, (everybody,))
    for convenience, path in _conveniences(session, found, at).items():
        found.setdefault(convenience, path)
    return found


def _conveniences(session: Session, members: Paths, at: datetime) -> Paths:
    query = select(Binding.resource, Binding.role, Binding.member).where(
        Binding.member.in_(list(members)),
        Binding.role.in_(list(CONVENIENCE.values())),
        Binding.valid_from <= at,
        or_(Binding.valid_to.is_(None), Binding.valid_to > at),
    )
    kinds = {role: kind for kind, role in CONVENIENCE.items()}
    found: Paths = {}
    for resource, role, member in session.execute(query):
        if resource.startswith(f"{MANAGER}projects/"):
            name = f"{kinds[role]}:{resource.removeprefix(MANAGER + 'projects/')}"
            found[name] = (*members[member], name)
    return found


def holders(session: Session, member: str, at: datetime) -> Paths:
    """Who has what is granted to a collective member: those inside a group, those with a basic role on a project."""
    kind, _, project = member.partition(":")
    if kind == "group":
        return {inside: (*reversed(between), member) for inside, between in members_of(session, member, at).items()}
    if kind not in CONVENIENCE:
        return {}
    query = select(Binding.member).where(
        Binding.resource == f"{MANAGER}projects/{project}",
        Binding.role == CONVENIENCE[kind],
        Binding.valid_from <= at,
        or_(Binding.valid_to.is_(None), Binding.valid_to > at),
    )
    found: Paths = {}
    for owner in sorted(set(session.scalars(query))):
        found[owner] = (member,)
        for inside, path in holders(session, owner, at).items() if owner.startswith("group:") else ():
            found.setdefault(inside, (*path, member))
    return found
