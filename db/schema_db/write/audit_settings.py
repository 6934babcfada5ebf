"""Writes observations of audit configurations; a setting counts as constant between two equal observations.

If two consecutive observations show a log enabled with different exempted members, both sets count as exempted in
between. A failed observation, or a gap longer than FAR, starts new intervals.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import BindParameter, bindparam, func, select
from sqlalchemy.orm import Session

from db.sanitize import clean_key
from db.schema_db.models import AuditSetting
from shared.history import AuditSettingsRow

Key = tuple[str, str]  # service, log type
READ: Key = ("", "")
UNREAD: Key = ("", "unread")
# Observations are hourly; over a longer gap the setting may have been different.
FAR = timedelta(hours=3)
# Built once: every level of every hour needs them.
_LEVEL: BindParameter[str] = bindparam("audit_level")
_UNTIL: BindParameter[datetime] = bindparam("audit_until")
_LAST = select(func.max(AuditSetting.until)).where(AuditSetting.level == _LEVEL)
_LATEST = (
    select(AuditSetting)
    .where(AuditSetting.level == _LEVEL, AuditSetting.until == _UNTIL)
    .order_by(AuditSetting.since)
    .with_for_update()
)


def write_audit_settings(session: Session, _snapshot_id: int, rows: Sequence[AuditSettingsRow]) -> int:
    """Extends unchanged intervals and begins new ones; returns the number of both."""
    return sum(_write(session, row) for row in sorted(rows, key=lambda row: (row.level, row.seen_at)))


def _write(session: Session, row: AuditSettingsRow) -> int:
    level = clean_key(row.level, 200)
    last = session.scalar(_LAST, {_LEVEL.key: level})
    if last is not None and last >= row.seen_at:
        return 0  # an older observation does not change the present
    rows = session.scalars(_LATEST, {_LEVEL.key: level, _UNTIL.key: last})
    is_near = last is not None and row.seen_at - last <= FAR
    before = {(item.service, item.log_type): item for item in rows if is_near}
    current = _settings(row)
    for key, exempted in current.items():
        _extend(session, before.get(key), AuditSetting(
            level=level, service=key[0], log_type=key[1], since=row.seen_at, until=row.seen_at, exempted=exempted
        ))  # fmt: skip
    session.flush()
    return len(current)


def _settings(row: AuditSettingsRow) -> dict[Key, list[str]]:
    if row.logged is None:
        return {UNREAD: []}
    logged = {
        (clean_key(service, 200), clean_key(kind, 40)): sorted(set(exempted))
        for (service, kind), exempted in row.logged.items()
        if service and kind
    }
    return {READ: [], **logged}


def _extend(session: Session, before: AuditSetting | None, now: AuditSetting) -> None:
    """Extends the previous interval, or begins a new one if the exempted members changed."""
    if before is not None and before.exempted == now.exempted:
        before.until = now.since
        return
    if before is not None:
        both = sorted({*before.exempted, *now.exempted})
        if before.since == before.until:
            before.until, before.exempted = now.since, both
        else:
            session.add(_between(before, now, both))
    session.add(now)


def _between(before: AuditSetting, now: AuditSetting, exempted: list[str]) -> AuditSetting:
    return AuditSetting(
        level=now.level, service=now.service, log_type=now.log_type, since=before.until, until=now.since,
        exempted=exempted,
    )  # fmt: skip
