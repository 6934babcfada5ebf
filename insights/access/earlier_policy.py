"""The policy of a resource before an audit entry, and whether a public grant in the entry is older."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.schema_db.models import Binding
from db.schema_db.selection import valid_at
from shared.events import EarlierPolicy
from shared.model import Finding

_ROOTS = ("projects/", "folders/", "organizations/")
PUBLIC = frozenset({"allUsers", "allAuthenticatedUsers"})


def public_grants(elements: Mapping[str, Sequence[Any]]) -> dict[tuple[str, str], bool]:
    """Roles and public members of the bindings that an entry shows, and whether the grant has a condition."""
    bindings = (one for found in elements.values() for one in found if isinstance(one, dict))
    return {
        (str(binding.get("role")), str(member)): bool(binding.get("condition"))
        for binding in bindings
        if isinstance(binding.get("members"), list)
        for member in PUBLIC.intersection(map(str, binding["members"]))
    }


def older_grants(
    session: Session,
    grants: Iterable[tuple[str, str]],
    at: datetime,
    before: datetime,
    after: datetime | None = None,
) -> Iterator[Binding]:
    """The bindings with these roles and members on any resource, valid at `at`, that began before `before`; oldest first.

    With `after`, only bindings that began after that time.
    """
    pairs = set(grants)
    query = select(Binding).where(
        Binding.role.in_({role for role, _ in pairs}),
        Binding.member.in_({member for _, member in pairs}),
        valid_at(Binding, at),
        Binding.valid_from < before,
        *([Binding.valid_from > after] if after else []),
    )
    for row in session.scalars(query.order_by(Binding.valid_from)) if pairs else ():
        if (row.role, row.member) in pairs:
            yield row


def is_older(session: Session, finding: Finding, location: str, recovered_at: datetime | None = None) -> bool:
    """Whether the history has every public grant of a finding, without a condition, from before its audit entry.

    `location` is the location of the resource, or empty: services of the same name exist in several locations. A grant
    that began before `recovered_at` is taken to have ended then, for example because the resource was deleted and
    created again between two snapshots.
    """
    grants = public_grants(finding.elements)
    if not grants or any(grants.values()) or not finding.resource:
        return False
    known = {
        (row.role, row.member)
        for row in older_grants(session, grants, finding.time, finding.time, recovered_at)
        if not row.condition_key and _is_resource(row.resource, finding, location)
    }
    return known >= grants.keys()


def _is_resource(name: str, finding: Finding, location: str) -> bool:
    """Whether a full resource name is that of a finding."""
    if not name.endswith(f"/{finding.resource}"):
        return False
    if finding.resource.startswith(_ROOTS):  # a project may have its number here
        return True
    where = f"/locations/{location}/" if location and "/locations/" in name else ""
    return where in name and f"/projects/{finding.project}/" in name


def full_name(payload: Mapping[str, Any], project: str, location: str) -> str:
    """The full name, as in the history, of the resource of an audit entry."""
    service, resource = str(payload.get("serviceName", "")), str(payload.get("resourceName", ""))
    owner, _, rest = resource.partition("/")[2].partition("/")
    if resource.startswith("namespaces/"):
        resource = f"projects/{owner}/locations/{location}/{rest}"
    elif resource.startswith("projects/-/"):
        resource = f"projects/{project}/{rest}"
    elif resource.startswith("projects/_/buckets/"):
        resource = rest.removeprefix("buckets/")
    return f"//{service}/{resource}"


def policy_before(session: Session, name: str, time: datetime, *, deleted: bool = False) -> EarlierPolicy | None:
    """The bindings of a resource before a time, and since when; None if the history has no binding of it.

    For a resource `deleted` before that time, the bindings at its deletion.
    """
    query = select(Binding).where(Binding.resource == name, Binding.valid_from < time)
    rows = list(session.scalars(query.order_by(Binding.id)))
    if not rows:
        return None
    ends = [row.valid_to for row in rows if row.valid_to is not None and row.valid_to < time]
    valid = [row for row in rows if row.valid_to is None or row.valid_to >= time]
    if deleted and not valid:
        valid, ends = [row for row in rows if row.valid_to == max(ends)], []
    bindings = [
        {"role": row.role, "members": [row.member], **({"condition": row.condition} if row.condition else {})}
        for row in valid
    ]
    starts = [row.valid_from for row in (valid if deleted else rows)]
    return EarlierPolicy(max([*ends, *starts]), bindings)
