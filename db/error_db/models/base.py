"""The base of the tables of the Error DB, and conditions of their partial indexes.

The modules of tables do not postpone annotations: SQLAlchemy would evaluate the text of each one, a seventh of the time
that mapping a table takes.
"""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import text
from sqlalchemy.orm import DeclarativeBase

from db.types import EventTime, Json

UNRESOLVED = text("status <> 'resolved'")
MERGED = text("merged_numbers IS NOT NULL")
ACKNOWLEDGED = text("acknowledged_at IS NOT NULL")
FALSE_ALARMS = text("false_alarm_at IS NOT NULL")
PENDING = text("state IN ('planned', 'running')")
SILENCED_RUNS = text("reason = 'silenced'")
DECIDED = text("decided_by IS NOT NULL")
UNDOES = text("undo_of IS NOT NULL")
VERIFIED_LATER = text("verify_at IS NOT NULL")


class ErrorBase(DeclarativeBase):
    """All tables of the Error DB."""

    type_annotation_map: ClassVar = {datetime: EventTime(), dict[str, Any]: Json(), list[str]: Json()}
