"""Stores the reports that pages open. They are made here because this package knows what counts as a remediation."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from db.error_db.store import ErrorStore
from db.schema_db.store import SchemaStore
from handlers import registry
from insights.reports import kept
from shared.config import Settings


def keep(schema: SchemaStore, errors: Callable[[], ErrorStore], settings: Settings, now: datetime) -> int:
    """Makes the due reports on the latest day and week; returns their number. Raises TransientError."""
    return kept.refresh(schema, errors, settings, now, remediations=registry.remediations())
