"""Writers of states: service accounts and keys as last seen, roles and groups as intervals, coverage."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, bindparam, delete, func, select
from sqlalchemy.orm import Session

from db.insert import insert
from db.sanitize import clean_key
from db.schema_db.models import Coverage, GroupMember, Role, ServiceAccount, ServiceAccountKey
from db.schema_db.selection import chunks, still_valid
from db.schema_db.write.upsert import Merge, upsert
from db.tables import table_of
from shared.history import CoverageRow, GroupRow, KeyRow, RoleRow, ServiceAccountRow


def _is_later(stored: Any, new: Any) -> ColumnElement[bool]:
    later: ColumnElement[bool] = new.last_seen_at >= stored.columns.last_seen_at
    return later


def _last_use(stored: Any, new: Any) -> ColumnElement[Any]:
    """Keeps the stored time of last use if the new row has none."""
    return func.coalesce(new.last_used_at, stored.columns.last_used_at)


SEEN = {"first_seen_at": "seen_at", "last_seen_at": "seen_at", "last_used_at": "last_used_at", "disabled": "disabled"}
STAYS = {"first_seen_at": lambda stored, _new: stored.columns.first_seen_at, "last_used_at": _last_use}
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
    """Writes service accounts as last seen; returns how many are new or changed."""
    return upsert(session, ACCOUNTS, rows)


def write_keys(session: Session, _snapshot_id: int, rows: Sequence[KeyRow]) -> int:
    """Writes keys as last seen; returns how many are new or changed."""
    return upsert(session, KEYS, rows)


def write_roles(session: Session, _snapshot_id: int, rows: Sequence[RoleRow]) -> int:
    """Closes the previous definitions of changed roles and opens new ones; returns the number of new definitions."""
    latest = {row.name: row for row in sorted(rows, key=lambda row: row.seen_at)}
    stored = {role.name: role for role in _open_roles(session, latest)}
    different = [row for name, row in latest.items() if _differs(stored.get(name), row)]
    for row in different:
        if row.name in stored:
            stored[row.name].valid_to = row.seen_at
    session.flush()
    return upsert(session, ROLES, different) if different else 0


def _open_roles(session: Session, names: Iterable[str]) -> Iterator[Role]:
    for some in chunks(sorted(names)):
        yield from session.scalars(select(Role).where(Role.name.in_(some), still_valid(Role)))


def _differs(role: Role | None, row: RoleRow) -> bool:
    if role is None:
        return True
    if row.seen_at <= role.valid_from:  # an older observation does not change the present
        return False
    return (role.title, role.stage, sorted(role.permissions)) != (row.title, row.stage, sorted(row.permissions))


def write_groups(session: Session, _snapshot_id: int, rows: Sequence[GroupRow]) -> int:
    """Opens intervals for new members and closes those of members that left; returns the number of both."""
    return sum(_write_group(session, row) for row in sorted(rows, key=lambda row: (row.group, row.seen_at)))


def _write_group(session: Session, row: GroupRow) -> int:
    members = {
        item.member: item
        for item in session.scalars(select(GroupMember).where(GroupMember.group == row.group, still_valid(GroupMember)))
    }
    if any(item.valid_from > row.seen_at for item in members.values()):
        return 0  # an older observation does not change the present
    now = {clean_key(member, 400) for member in row.members}
    left = [item for member, item in members.items() if member not in now]
    for item in left:
        item.valid_to = row.seen_at
    came = sorted(now - members.keys())
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
    """Merges each interval with the overlapping and adjacent ones; returns how many are new or longer."""
    return sum(_cover(session, row) for row in sorted(rows, key=lambda row: (row.subject, row.since)))


# Built once: every interval of every snapshot needs it.
_SUBJECT: BindParameter[str] = bindparam("covered_subject")
_SINCE: BindParameter[datetime] = bindparam("covered_since")
_UNTIL: BindParameter[datetime] = bindparam("covered_until")
_TOUCHING = (
    select(Coverage)
    .where(Coverage.subject == _SUBJECT, Coverage.since <= _UNTIL, Coverage.until >= _SINCE)
    .with_for_update()
)


def _cover(session: Session, row: CoverageRow) -> int:
    parameters = {_SUBJECT.key: row.subject, _SINCE.key: row.since, _UNTIL.key: row.until}
    touching = [(item.since, item.until) for item in session.scalars(_TOUCHING, parameters)]
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
