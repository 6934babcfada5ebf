"""Action runs for the audit, page by page."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.error_db.models import ActionRun, Incident
from db.error_db.views import run_view
from shared.records import RunView

PAGE = 500

AuditedRun = tuple[RunView, dict[str, Any]]


def pages(
    session: Session,
    *,
    since: datetime | None = None,
    incident: int | None = None,
    run: int | None = None,
    actions: Collection[str] | None = None,
) -> Iterator[list[AuditedRun]]:
    """Runs with the facts of their incidents, earliest first; None matches every run."""
    query = select(ActionRun, Incident).join(Incident, Incident.id == ActionRun.incident_id)
    if since is not None:
        query = query.where(ActionRun.created_at >= since)
    if incident is not None:
        query = query.where(ActionRun.incident_id == incident)
    if run is not None:
        query = query.where(ActionRun.id == run)
    if actions is not None:
        query = query.where(ActionRun.action.in_(actions))
    last = 0
    while True:
        rows = session.execute(query.where(ActionRun.id > last).order_by(ActionRun.id).limit(PAGE)).all()
        if not rows:
            return
        last = rows[-1][0].id
        yield [(run_view(row), _facts(of)) for row, of in rows]
        session.expunge_all()


def _facts(incident: Incident) -> dict[str, Any]:
    names = ("id", "rule", "kind", "severity", "service", "project", "resource", "principal")
    return {name: getattr(incident, name) for name in names}
