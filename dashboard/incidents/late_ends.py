"""When late jobs should end and when they probably will, from the evidence of their incidents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from shared.identity.late_jobs import LATE
from shared.lazy.dataclass import dataclass

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from shared.records import IncidentView


@dataclass(frozen=True, slots=True)
class LateEnd:
    """A job that will end late: `by` is its deadline or latest usual end, `chance` how likely it is to be exceeded.

    `held_up_by` is the first upstream job that it waits for, empty if it waits for none.
    """

    view: IncidentView
    by: datetime
    expected_end: datetime
    chance: float | None
    held_up_by: str


def late_ends(session: Session, incidents: Sequence[IncidentView]) -> list[LateEnd]:
    """The expected ends in these incidents, the next one first; incidents without an expected end are omitted."""
    from db.error_db import queries  # noqa: PLC0415

    late = {view.id: view for view in incidents if view.rule == LATE}
    latest = queries.latest_evidence(session, late)
    ends = (_late_end(late[number], evidence) for number, evidence in latest.items())
    return sorted(filter(None, ends), key=_by)


def _late_end(view: IncidentView, evidence: Mapping[str, Any]) -> LateEnd | None:
    fields = evidence.get("fields", {})
    by, end = fields.get("deadline") or fields.get("latest_usual_end"), fields.get("expected_end")
    if not by or not end:
        return None
    path = evidence.get("elements", {}).get("held_up_by", ())
    first = str(path[0].get("job", "")) if path else ""
    return LateEnd(view, datetime.fromisoformat(by), datetime.fromisoformat(end), fields.get("chance_of_late"), first)


def _by(late: LateEnd) -> datetime:
    return late.by
