"""Resolves an address written by a person to the members with this name in bindings, groups and logs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from db.schema_db.models import Binding, BindingChange, GroupMember, ServiceAccount, UserAction
from shared.identity.iam_names import EVERYBODY, member_name, member_of_principal
from shared.texts import Text, joined
from shared.texts.access import coverage as texts

ADDRESSES, NAMES = ("user", "serviceAccount", "group"), ("domain",)


def members_called(session: Session, written: str) -> tuple[list[str], list[Text]]:
    """The members for an address, and a note if none of them occurs in the history.

    A member with a kind is returned unchanged. An address without a kind may have any kind; if no member is known, it
    is taken as a service account if it looks like one, otherwise as a user.
    """
    if ":" in written or written in EVERYBODY:
        member = member_name(written)
        seen = member in EVERYBODY or member in _members_on_record(session, [member])
        return [member], [] if seen else [texts.NEVER_MENTIONED(member=member)]
    kinds = ADDRESSES if "@" in written else NAMES
    tried = [member_name(f"{kind}:{written}") for kind in kinds]
    recorded = _members_on_record(session, tried)
    matches = [member for member in tried if member in recorded]
    never = texts.NEVER_MENTIONED_AS(name=written, kinds=joined(map(Text.verbatim, kinds), texts.NOR))
    return (matches, []) if matches else ([member_of_principal(written) if "@" in written else tried[0]], [never])


def _members_on_record(session: Session, members: list[str]) -> set[str]:
    seen = session.execute(select(*(or_(*(query.exists() for query in _sights(member))) for member in members))).one()
    return {member for member, is_seen in zip(members, seen, strict=True) if is_seen}


def _sights(member: str) -> Iterator[Any]:
    """Queries for the rows that mention a member."""
    kind, _, address = member.partition(":")
    yield select(Binding.id).where(Binding.member == member)
    yield select(GroupMember.member).where(GroupMember.member == member)
    yield select(BindingChange.event_key).where(BindingChange.member == member)
    if kind == "group":
        yield select(GroupMember.group).where(GroupMember.group == address)
    elif kind == "serviceAccount":
        yield select(ServiceAccount.email).where(ServiceAccount.email == address)
    if member == member_of_principal(address):  # audit entries have the address without the kind
        yield select(UserAction.key).where(UserAction.principal == address)
    elif kind not in (*ADDRESSES, *NAMES):
        yield select(UserAction.key).where(UserAction.principal == member)
