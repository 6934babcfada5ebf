"""The Composer environments in the history of metrics."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.schema_db.models import StoredSeries
from shared.records import SystemPlace

SERVICE = "composer"


def places_of_environment(session: Session, name: str) -> frozenset[SystemPlace]:
    """The projects and locations with metrics of a Composer environment with this name."""
    labels = StoredSeries.labels
    is_named = labels["environment_name"].as_string() == name
    columns = StoredSeries.project, labels["location"].as_string()
    query = select(*columns).where(StoredSeries.service == SERVICE, is_named).distinct()
    return frozenset(SystemPlace(project, location or "") for project, location in session.execute(query))
