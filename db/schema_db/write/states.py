"""Writers of states: service accounts and keys as last seen, roles and groups as intervals, coverage."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from db.sanitize import clean_key
from db.schema_db.models import Coverage, GroupMember, Role, ServiceAccount, ServiceAccountKey
from db.schema_db.selection import chunks, still_valid
from db.schema_db.write.facts import table_of
from db.schema_db.write.upsert import Merge, insert, upsert
from shared.history import CoverageRow, GroupRow, KeyRow, RoleRow, ServiceAccountRow


def _is_later(there: Any, coming: Any) -> ColumnElement[bool]:
    later: ColumnElement[bool] = coming.last_seen_at >= there.columns.last_seen_at
    return later


def _known_use(there: Any, coming: Any) -> ColumnElement[Any]:
    """A view that does not know the last use does not forget it."""
    return func.coalesce(coming.last_used_at, there.columns.last_used_at)


SEEN = {"first_seen_at": "seen_at", "last_seen_at": "seen_at", "last_used_at": "last_used_at", "disabled": "disabled"}
STAYS = {"first_seen_at": lambda there, _coming: there.columns.first_seen_at, "last_used_at": _known_use}
ACCOUNTS = Merge(
    table_of(ServiceAccount),
    {"email": "email", "project": "project", "display_name": "display_name", **SEEN},
    values=STAYS,
    when=_is_later,
)
KEYS = Merge(
    table_of(ServiceAccountKey),
    {"name": "name", "email": "email", "created_at": "created_at", "expires_at": "expires_at", **SEEN},
    values=STAYS,
    when=_is_later,
)
ROLE_COLUMNS = {
    "name": "name",
    "valid_from": "seen_at",
    "title": "title",
    "stage": "stage",
    "permissions": "permissions",
}
ROLES = Merge(table_of(Role), ROLE_COLUMNS)


def write_accounts(session: Session, _snapshot_id: int, rows: Sequence[ServiceAccountRow]) -> int:
    """Writes service accounts as last seen; how many are new or different."""
    return upsert(session, ACCOUNTS, rows)


def write_keys(session: Session, _snapshot_id: int, rows: Sequence[KeyRow]) -> int:
    """Writes keys as last seen; how many are new or different."""
    return upsert(session, KEYS, rows)


def write_roles(session: Session, _snapshot_id: int, rows: Sequence[RoleRow]) -> int:
    """Closes what a role was and opens what it is now; how many roles are new or different."""
    latest = {row.name: row for row in sorted(rows, key=lambda row: row.seen_at)}
    known = {role.name: role for role in _open_roles(session, latest)}
    different = [row for name, row in latest.items() if _differs(known.get(name), row)]
    for row in different:
        if row.name in known:
            known[row.name].valid_to = row.seen_at
    session.flush()
    return upsert(session, ROLES, different) if different else 0


def _open_roles(session: Session, names: Iterable[str]) -> Iterator[Role]:
    for some in chunks(sorted(names)):
        yield from session.scalars(select(Role).where(Role.name.in_(some), still_valid(Role)))


def _differs(role: Role | None, row: RoleRow) -> bool:
    if role is None:
        return True
    if row.seen_at <= role.valid_from:  # an older view says nothing of now
        return False
    return (role.title, role.stage, sorted(role.permissions)) != (row.title, row.stage, sorted(row.permissions))


def write_groups(session: Session, _snapshot_id: int, rows: Sequence[GroupRow]) -> int:
    """Opens an interval for who came and closes that of who left; how many of both."""
    return sum(_write_group(session, row) for row in sorted(rows, key=lambda row: (row.group, row.seen_at)))


def _write_group(session: Session, row: GroupRow) -> int:
    there = {
        item.member: item
        for item in session.scalars(select(GroupMember).where(GroupMember.group == row.group, still_valid(GroupMember)))
    }
    if any(item.valid_from > row.seen_at for item in there.values()):
        return 0  # an older view says nothing of now
    now = {clean_key(member, 400) for member in row.members}
    left = [item for member, item in there.items() if member not in now]
    for item in left:
        item.valid_to = row.seen_at
    came = sorted(now - there.keys())
    if came:
        new = insert(session, table_of(GroupMember)).values(
            [{"group": row.group, "member": member, "valid_from": row.seen_at, "valid_to": None} for member in came]
        )
        session.execute(
            new.on_conflict_do_update(index_elements=["group", "member", "valid_from"], set_={"valid_to": None})
        )
    session.flush()
    return len(left) + len(came)


def write_coverage(session: Session, _snapshot_id: int, rows: Sequence[CoverageRow]) -> int:
    """Joins each interval with those that it touches; how many intervals are new or longer."""
    return sum(_cover(session, row) for row in sorted(rows, key=lambda row: (row.subject, row.since)))


def _cover(session: Session, row: CoverageRow) -> int:
    touching = [
        (item.since, item.until)
        for item in session.scalars(
            select(Coverage)
            .where(Coverage.subject == row.subject, Coverage.since <= row.until, Coverage.until >= row.since)
            .with_for_update()
        )
    ]
    since = min([row.since, *(since for since, _ in touching)])
    until = max([row.until, *(until for _, until in touching)])
    if touching == [(since, until)]:
        return 0
    _replace_coverage(session, row.subject, [since for since, _ in touching], since, until)
    return 1


def _replace_coverage(
    session: Session, subject: str, starts: Sequence[datetime], since: datetime, until: datetime
) -> None:
    table = table_of(Coverage)
    session.execute(delete(table).where(table.columns.subject == subject, table.columns.since.in_(starts)))
    new = insert(session, table).values({"subject": subject, "since": since, "until": until})
    session.execute(new.on_conflict_do_update(index_elements=["subject", "since"], set_={"until": new.excluded.until}))
