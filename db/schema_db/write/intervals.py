"""Applies the policies of a snapshot to the validity intervals of bindings.

`resources.policy_key` is a digest of the open bindings: a policy with the same key writes nothing. It is empty while a
change is unconfirmed, or after a delta changed the open bindings; then the next snapshot compares them. The row of the
resource is the lock for changes of its bindings.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from db.sanitize import clean_json, clean_key
from db.schema_db.models import Binding, Resource, Snapshot
from db.schema_db.selection import chunks, still_valid
from db.schema_db.write.binding_rows import UNCONFIRMED, insert_bindings, insert_former_ancestors, upsert_resources
from db.schema_db.write.deltas import replay_waiting
from db.schema_db.write.timeline import INDEX_LAG, Span, contradicted
from shared.history import PoliciesSeenRow, PolicyRow

Key = tuple[str, str, str, str]  # resource, role, member, condition_key
IDS = 5_000  # number of bindings in one statement


@dataclass(slots=True)
class _Outcome:
    """The changes that a batch of policies makes."""

    granted: list[dict[str, Any]] = field(default_factory=list)
    missing: list[int] = field(default_factory=list)
    seen_again: list[int] = field(default_factory=list)
    closed: list[int] = field(default_factory=list)
    waiting: set[str] = field(default_factory=set)


def write_policies(session: Session, snapshot_id: int, rows: Sequence[PolicyRow]) -> int:
    """Updates the bindings of these resources to match the snapshot; returns the number of written bindings.

    Resources that a later snapshot has seen are left unchanged.
    """
    latest = {clean_key(row.resource, 600): row for row in rows}
    stored = _locked(session, latest, snapshot_id)
    new = {name for name, row in stored.items() if row.policy_key is None}
    current = [name for name in sorted(latest) if stored[name].seen_by <= snapshot_id]
    keys = {name: latest[name].key or _policy_key(_entries(name, latest[name])) for name in current}
    changed = [name for name in current if stored[name].policy_key != keys[name]]
    outcome = _compare(session, {name: _entries(name, latest[name]) for name in changed}, latest, new)
    _write(session, outcome, latest[changed[0]].seen_at if changed else None, snapshot_id)
    for name in outcome.waiting:
        keys[name] = UNCONFIRMED
    _mark_seen(session, [(name, latest[name], keys[name], stored[name]) for name in current], snapshot_id)
    _record_time(session, snapshot_id, max(row.seen_at for row in rows))
    _replay_waiting(session, outcome, snapshot_id)
    return len(outcome.granted) + len(outcome.missing) + len(outcome.seen_again) + len(outcome.closed)


def _replay_waiting(session: Session, outcome: _Outcome, snapshot_id: int) -> None:
    """Applies deltas without a condition, if the snapshot is the first to have seen the condition."""
    replay_waiting(session, sorted({row["resource"] for row in outcome.granted if row["condition"]}), snapshot_id)


def write_scopes(session: Session, snapshot_id: int, rows: Sequence[PoliciesSeenRow]) -> int:
    """Ends a snapshot of policies: unseen bindings become missing, and closed the second time. Returns their number."""
    written = 0
    for row in rows:
        _record_time(session, snapshot_id, row.seen_at)
        written += _write_empty(session, snapshot_id, row.resources)
        written += _close_unseen(session, row.scope, snapshot_id, row.seen_at)
    return written


def _write_empty(session: Session, snapshot_id: int, resources: Sequence[PolicyRow]) -> int:
    """Writes resources that the snapshot saw without a policy of their own, so that their ancestors are stored."""
    written = 0
    for some in chunks(resources):
        part = {clean_key(row.resource, 600): row for row in some}
        seen = select(Resource.name).where(Resource.name.in_(list(part)), Resource.seen_by == snapshot_id)
        reported = set(session.scalars(seen))
        empty = [row for name, row in part.items() if name not in reported]
        written += write_policies(session, snapshot_id, empty) if empty else 0
    return written


def _record_time(session: Session, snapshot_id: int, seen_at: datetime) -> None:
    """Stores the time of the observation as the end of the snapshot's window; between two, deltas decide."""
    snapshot = update(Snapshot).where(Snapshot.id == snapshot_id, Snapshot.window_end.is_distinct_from(seen_at))
    session.execute(snapshot.values(window_end=seen_at))


def _close_unseen(session: Session, scope: str, snapshot_id: int, seen_at: datetime) -> int:
    unseen = _unseen(session, scope, snapshot_id)
    _add_scope(session, unseen, scope)
    names = [row.name for row in unseen]
    written = 0
    for part in chunks(names):
        open_ = (Binding.resource.in_(part), still_valid(Binding))
        closed = update(Binding).where(*open_, Binding.missing_since < seen_at)
        written += _count(session, closed.values(valid_to=Binding.missing_since, missing_since=None))
        missing = update(Binding).where(*open_, Binding.missing_since.is_(None), ~_fresh(seen_at))
        written += _count(session, missing.values(missing_since=seen_at))
        absent = update(Resource).where(Resource.name.in_(part))
        session.execute(absent.values(policy_key=UNCONFIRMED))
        session.execute(absent.where(Resource.missing_since.is_(None)).values(missing_since=seen_at))
    return written


def _fresh(seen_at: datetime) -> ColumnElement[bool]:
    """Whether a binding was granted so recently that the search may not show it yet."""
    return Binding.exact_from & (Binding.valid_from > seen_at - INDEX_LAG)


def _unseen(session: Session, scope: str, snapshot_id: int) -> list[Any]:
    columns = (Resource.name, Resource.ancestors, Resource.seen_by)
    query = select(*columns).where(Resource.seen_by < snapshot_id).order_by(Resource.name)
    kind, _, name = scope.partition("/")
    if kind == "projects":
        query = query.where(Resource.project == name)
    rows = session.execute(query.with_for_update()).all()
    return [row for row in rows if kind == "projects" or _inside(row, scope)]


def _inside(row: Any, scope: str) -> bool:
    """Whether a resource is in a folder or an organization; true for a resource that only the audit log has named."""
    return scope in row.ancestors or row.seen_by == 0 or row.name == f"//cloudresourcemanager.googleapis.com/{scope}"


def _add_scope(session: Session, unseen: Iterable[Any], scope: str) -> None:
    """Adds the scope to the ancestors of resources that only the audit log has named and its snapshot did not see."""
    for row in unseen:
        if row.seen_by == 0 and scope not in row.ancestors:
            session.execute(update(Resource).where(Resource.name == row.name).values(ancestors=[*row.ancestors, scope]))


def _locked(session: Session, latest: dict[str, PolicyRow], snapshot_id: int) -> dict[str, Any]:
    """The locked rows of the resources; the policy_key of a new resource is None."""
    columns = (
        Resource.name, Resource.policy_key, Resource.seen_by, Resource.asset_type, Resource.ancestors, Resource.number,
    )  # fmt: skip
    query = select(*columns).where(Resource.name.in_(list(latest))).order_by(Resource.name).with_for_update()
    rows: dict[str, Any] = {row.name: row for row in session.execute(query)}
    new = [name for name in sorted(latest) if name not in rows]
    upsert_resources(
        session, [_resource(name, latest[name], UNCONFIRMED, 0, latest[name].number) for name in new], keep=True
    )
    for row in session.execute(query) if new else ():
        # If another instance inserted the row first, it is not new.
        is_new = row.name in new and row.seen_by == 0 and row.policy_key == UNCONFIRMED
        rows[row.name] = row if not is_new else _New(row.name, snapshot_id, row.asset_type, row.ancestors, row.number)
    return rows


@dataclass(frozen=True, slots=True)
class _New:
    """Represents the row of a resource that has no bindings yet."""

    name: str
    seen_by: int
    asset_type: str
    ancestors: list[str]
    number: str
    policy_key: None = None


def _entries(name: str, row: PolicyRow) -> dict[Key, Any]:
    """The policy's bindings by key, with their conditions."""
    return {
        (name, _shortened(entry.role, 300), _shortened(entry.member, 400), entry.condition_key): entry.condition
        for entry in row.bindings
    }


def _shortened(text: str, limit: int) -> str:
    return text if len(text) <= limit and text.isascii() and "\x00" not in text else clean_key(text, limit)


def _policy_key(entries: Iterable[Key]) -> str:
    text = "\n".join("\t".join(key[1:]) for key in sorted(entries))
    return hashlib.sha256(text.encode()).hexdigest()


def _compare(
    session: Session, policies: dict[str, dict[Key, Any]], latest: dict[str, PolicyRow], new: set[str]
) -> _Outcome:
    outcome = _Outcome()
    names = [name for name in policies if name not in new]
    open_bindings = _open(session, names)
    revoked = _just_revoked(session, names, latest)
    for name, entries in policies.items():
        seen_at, own = latest[name].seen_at, open_bindings.get(name, {})
        for key, condition in entries.items():
            if key in own:
                if own[key].missing_since is not None:
                    outcome.seen_again.append(own[key].id)
            elif key in revoked:
                outcome.waiting.add(name)
            else:
                outcome.granted.append(_binding(key, condition, seen_at))
        for key, row in own.items():
            if key not in entries:
                _miss(outcome, name, row, seen_at)
    return outcome


def _miss(outcome: _Outcome, name: str, row: Any, seen_at: datetime) -> None:
    """Handles an open binding that is not in the policy: missing the first time, closed the second time."""
    if row.missing_since is not None and row.missing_since < seen_at:
        outcome.closed.append(row.id)
        return
    outcome.waiting.add(name)
    if row.missing_since is None and contradicted(Span(row.valid_from, exact_start=row.exact_from), seen_at):
        outcome.missing.append(row.id)


def _open(session: Session, names: Sequence[str]) -> dict[str, dict[Key, Any]]:
    """The open bindings by resource and key."""
    b = Binding
    columns = (b.id, b.resource, b.role, b.member, b.condition_key, b.missing_since, b.valid_from, b.exact_from)
    bindings: dict[str, dict[Key, Any]] = {}
    if names:
        for row in session.execute(select(*columns).where(b.resource.in_(names), still_valid(b))):
            key = (row.resource, row.role, row.member, row.condition_key)
            bindings.setdefault(row.resource, {})[key] = row
    return bindings


def _just_revoked(session: Session, names: Sequence[str], latest: dict[str, PolicyRow]) -> set[Key]:
    """Bindings that the audit log shows as revoked so recently that the search may still return them."""
    if not names:
        return set()
    b = Binding
    query = select(b.resource, b.role, b.member, b.condition_key, b.valid_to).where(
        b.resource.in_(names), b.exact_to, b.valid_to > min(latest[name].seen_at for name in names) - INDEX_LAG
    )
    return {
        (row[0], row[1], row[2], row[3])
        for row in session.execute(query)
        if row[4] and latest[row[0]].seen_at - row[4] < INDEX_LAG
    }


def _write(session: Session, outcome: _Outcome, seen_at: datetime | None, snapshot_id: int) -> None:
    insert_bindings(session, [{**row, "seen_by": snapshot_id} for row in outcome.granted])
    for ids, values in (
        (outcome.closed, {"valid_to": Binding.missing_since, "missing_since": None}),
        (outcome.seen_again, {"missing_since": None}),
        (outcome.missing, {"missing_since": seen_at}),
    ):
        for some in chunks(ids, IDS):
            session.execute(update(Binding).where(Binding.id.in_(some)).values(values))


def _mark_seen(session: Session, seen: list[tuple[str, PolicyRow, str, Any]], snapshot_id: int) -> None:
    """Stores the snapshot that saw the resources, and the whole row of resources that changed."""
    insert_former_ancestors(
        session, [(name, row.seen_at, stored.ancestors) for name, row, _, stored in seen if _moved(row, stored)]
    )
    same = [name for name, row, key, stored in seen if key == stored.policy_key and _is_unchanged(row, stored)]
    if same:
        query = update(Resource).where(Resource.name.in_(same))
        session.execute(query.values(seen_by=snapshot_id, missing_since=None))
    unchanged = set(same)
    upsert_resources(
        session,
        [
            _resource(name, row, key, snapshot_id, row.number or stored.number)
            for name, row, key, stored in seen
            if name not in unchanged
        ],
    )


def _is_unchanged(row: PolicyRow, stored: Any) -> bool:
    is_same_number = row.number in ("", stored.number)
    return bool(
        list(row.ancestors) == stored.ancestors and row.asset_type[:100] == stored.asset_type and is_same_number
    )


def _moved(row: PolicyRow, stored: Any) -> bool:
    """Whether a snapshot saw the resource elsewhere; ancestors that come from the audit log alone do not count."""
    return bool(stored.seen_by) and list(row.ancestors) != stored.ancestors


def _binding(key: Key, condition: Any, seen_at: datetime) -> dict[str, Any]:
    return {
        "resource": key[0],
        "role": key[1],
        "member": key[2],
        "condition_key": key[3],
        "condition": clean_json(dict(condition)) if condition else None,
        "valid_from": seen_at,
    }


def _resource(name: str, row: PolicyRow, key: str, snapshot_id: int, number: str) -> dict[str, Any]:
    return {
        "name": name,
        "asset_type": row.asset_type[:100],
        "project": row.project[:100],
        "number": number,
        "ancestors": list(row.ancestors),
        "policy_key": key,
        "seen_by": snapshot_id,
        "missing_since": None,
    }


def _count(session: Session, statement: Any) -> int:
    return int(session.execute(statement).rowcount)  # type: ignore[attr-defined]
