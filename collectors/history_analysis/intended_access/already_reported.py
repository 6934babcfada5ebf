"""Whether a rule on log entries has already reported a grant, so that one change opens one incident."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.error_db.models import Incident, Occurrence
from insights.access.model import AccessGrant
from shared.identity.iam_names import member_name, short_name
from shared.model import IncidentKind

# A grant in a snapshot begins at or shortly after its audit log entry.
BEFORE = timedelta(hours=3)


def is_reported(session: Session, grant: AccessGrant, own_rules: tuple[str, ...]) -> bool:
    """Whether an incident of a rule outside `own_rules`, in any state, reports that this grant was made.

    `session` is a session on the Error DB. Values hidden by HINOMI_REDACT never match.
    """
    path = grant.resource.removeprefix("//").partition("/")[2]
    query = (
        select(Occurrence.evidence)
        .join(Incident, Incident.id == Occurrence.incident_id)
        .where(
            Incident.kind == IncidentKind.IRREGULAR_ACCESS,
            Incident.rule.not_in(own_rules),
            Incident.resource.in_({path, short_name(grant.resource)}),
            Occurrence.time >= grant.valid_from - BEFORE,
        )
    )
    return any(_is_this(delta, grant) for evidence in session.scalars(query) for delta in _deltas(evidence))


def _deltas(evidence: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The elements of all bindingDeltas that a rule matched."""
    elements = evidence.get("elements")
    for path, element in elements.items() if isinstance(elements, Mapping) else ():
        if str(path).endswith("bindingDeltas") and isinstance(element, list):
            yield from (item for item in element if isinstance(item, Mapping))


def _is_this(delta: Mapping[str, Any], grant: AccessGrant) -> bool:
    same = (delta.get("role"), member_name(str(delta.get("member")))) == (grant.role, grant.member)
    condition = delta.get("condition")
    expression = str(condition.get("expression") or "") if isinstance(condition, Mapping) else ""
    return same and delta.get("action") != "REMOVE" and expression == grant.key[3]
