"""Keeps the reports that pages open: what counts as a remediation is known here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from db.error_db.store import ErrorStore
from db.schema_db.store import SchemaStore
from handlers import registry
from insights.reports import kept
from shared.config import Settings


def keep(schema: SchemaStore, errors: Callable[[], ErrorStore], settings: Settings, now: datetime) -> int:
    """Makes the reports on the latest day and week that are due; returns their number. Raises TransientError."""
    return kept.refresh(schema, errors, settings, now, remediations=registry.remediations())
