"""The Composer environments that the history of metrics knows."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.schema_db.models import StoredSeries

SERVICE = "composer"


def projects_with_environment(session: Session, name: str) -> frozenset[str]:
    """The projects with metrics of a Composer environment of this name."""
    is_named = StoredSeries.labels["environment_name"].as_string() == name
    query = select(StoredSeries.project).where(StoredSeries.service == SERVICE, is_named).distinct()
    return frozenset(session.scalars(query))
