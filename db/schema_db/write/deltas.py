"""Applies policyDelta elements of the audit log: exact times and callers for validity intervals.

A delta may arrive before or after the snapshot that sees its effect. In both cases the intervals of its grant are
recomputed (timeline.py) under the lock of the resource.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from db.insert import insert
from db.sanitize import clean_json, clean_key
from db.schema_db.models import Binding, BindingChange, Resource, Snapshot
from db.schema_db.selection import chunks
from db.schema_db.snapshots import DONE, POLICY_COLLECTOR
from db.schema_db.write import conditional_roles, timeline
from db.schema_db.write.binding_rows import UNCONFIRMED, insert_bindings, upsert_resources
from db.tables import table_of
from shared.history import BindingChangeRow

Grant = tuple[str, str, str]  # role, member, condition_key
RESOURCE_MANAGER = "//cloudresourcemanager.googleapis.com/"


def write_binding_changes(session: Session, snapshot_id: int, rows: Sequence[BindingChangeRow]) -> int:
    """Stores new deltas and recomputes the intervals of their grants; returns the number of new deltas."""
    new = _insert(session, sorted(rows, key=lambda row: row.event_key))
    _replay_all(session, conditional_roles.resolved(session, new), snapshot_id)
    return len(new)


def replay_waiting(session: Session, resources: Sequence[str], snapshot_id: int) -> None:
    """Applies deltas of these resources that waited for a snapshot to see their condition."""
    for some in chunks(resources):
        changes = conditional_roles.unresolved(session, some)
        _replay_all(session, conditional_roles.resolved(session, changes), snapshot_id)


def _replay_all(session: Session, new: Sequence[BindingChange], snapshot_id: int) -> None:
    session.flush()
    by_resource: defaultdict[str, list[BindingChange]] = defaultdict(list)
    for change in new:
        by_resource[change.resource].append(change)
    if new:
        resources = _locked(session, sorted(by_resource), snapshot_id)
        for name, resource in resources.items():
            _replay(session, resource, by_resource[name], snapshot_id)


def _insert(session: Session, rows: Sequence[BindingChangeRow]) -> list[BindingChange]:
    made: list[BindingChange] = []
    for some in chunks(rows):
        values = [_values(row) for row in {row.event_key: row for row in some}.values()]
        statement = insert(session, table_of(BindingChange)).values(values).on_conflict_do_nothing()
        keys = list(session.scalars(statement.returning(table_of(BindingChange).c.event_key)))
        made += session.scalars(select(BindingChange).where(BindingChange.event_key.in_(keys)))
    return made


def _values(row: BindingChangeRow) -> dict[str, Any]:
    return {
        "event_key": clean_key(row.event_key, 340),
        "time": row.time,
        "resource": clean_key(row.resource, 600),
        "action": row.action,
        "role": clean_key(row.role, 300),
        "member": clean_key(row.member, 400),
        "condition_key": row.condition_key,
        "condition": clean_json(dict(row.condition)) if row.condition else None,
        "principal": clean_key(row.principal, 300),
        "reconciled": False,
    }


def _locked(session: Session, names: Sequence[str], snapshot_id: int) -> dict[str, Resource]:
    """The locked rows of the resources; a row is created for a resource that no snapshot has seen."""
    scope = session.scalar(select(Snapshot.scope).where(Snapshot.id == snapshot_id)) or ""
    project = scope.removeprefix("projects/") if scope.startswith("projects/") else ""
    unseen = {
        "asset_type": "",
        "project": project,
        "ancestors": [scope] if project else [],
        "policy_key": UNCONFIRMED,
        "seen_by": 0,
        "missing_since": None,
    }
    upsert_resources(session, [{"name": name, **unseen} for name in names], keep=True)
    rows: dict[str, Resource] = {}
    for some in chunks(names):
        query = select(Resource).where(Resource.name.in_(some))
        query = query.order_by(Resource.name).with_for_update().execution_options(populate_existing=True)
        rows.update({resource.name: resource for resource in session.scalars(query)})
    return rows


def _replay(session: Session, resource: Resource, new: Sequence[BindingChange], snapshot_id: int) -> None:
    observations = _observation_times(session, resource)
    new_times: defaultdict[Grant, set[datetime]] = defaultdict(set)
    for change in new:
        new_times[_grant(change)].add(change.time)
    members = sorted({change.member for change in new})
    bindings = _by_grant(session, Binding, resource.name, members)
    changes = _by_grant(session, BindingChange, resource.name, members)
    for grant, times in new_times.items():
        stored = sorted(bindings.get(grant, []), key=lambda row: row.valid_from)
        before = {_span(row): row for row in stored}
        deltas = [timeline.Delta(row.time, row.action == "ADD", row.principal) for row in changes[grant]]
        after = timeline.replay(list(before), observations, deltas, times)
        if after != list(before):
            condition = next((row.condition for row in [*stored, *changes[grant]] if row.condition), None)
            _replace(session, resource.name, grant, condition, (before, after), snapshot_id)
            resource.policy_key = UNCONFIRMED
        _reconcile(changes[grant], after)
    session.flush()


def _observation_times(session: Session, resource: Resource) -> list[datetime]:
    """The times at which snapshots observed the resource: the ends of their windows."""
    scopes = {*resource.ancestors, f"projects/{resource.project}", resource.name.removeprefix(RESOURCE_MANAGER)}
    query = select(Snapshot.window_end).where(
        Snapshot.collector == POLICY_COLLECTOR,
        Snapshot.scope.in_(scopes),
        or_(Snapshot.state == DONE, Snapshot.id == resource.seen_by),
    )
    return [time for time in session.scalars(query) if time is not None]


def _by_grant(session: Session, model: Any, name: str, members: Sequence[str]) -> dict[Grant, list[Any]]:
    rows: defaultdict[Grant, list[Any]] = defaultdict(list)
    for part in chunks(members):
        for row in session.scalars(select(model).where(model.resource == name, model.member.in_(part))):
            rows[_grant(row)].append(row)
    return rows


def _grant(row: Any) -> Grant:
    return (row.role, row.member, row.condition_key)


def _span(row: Binding) -> timeline.Span:
    return timeline.Span(
        row.valid_from,
        row.valid_to,
        row.exact_from,
        row.exact_to,
        row.granted_by,
        row.revoked_by,
        row.missing_since,
    )


def _replace(
    session: Session,
    resource: str,
    grant: Grant,
    condition: Any,
    spans: tuple[dict[timeline.Span, Binding], list[timeline.Span]],
    snapshot_id: int,
) -> None:
    """Deletes outdated intervals and inserts the recomputed ones."""
    before, after = spans
    outdated = [row.id for span, row in before.items() if span not in after]
    session.execute(delete(Binding).where(Binding.id.in_(outdated)))
    role, member, condition_key = grant
    rows = [
        {
            "resource": resource,
            "role": role,
            "member": member,
            "condition_key": condition_key,
            "condition": condition,
            "valid_from": span.start,
            "valid_to": span.end,
            "exact_from": span.exact_start,
            "exact_to": span.exact_end,
            "granted_by": span.granted_by,
            "revoked_by": span.revoked_by,
            "seen_by": snapshot_id,
            "missing_since": span.missing_since,
        }
        for span in after
        if span not in before
    ]
    insert_bindings(session, rows)


def _reconcile(changes: Iterable[BindingChange], spans: Iterable[timeline.Span]) -> None:
    times = {(span.start, "ADD") for span in spans} | {(span.end, "REMOVE") for span in spans}
    for change in changes:
        change.reconciled = (change.time, change.action) in times
