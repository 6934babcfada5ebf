"""Log lines that a person fetched, stored with the evidence of an occurrence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from db.error_db.models import Occurrence
from db.sanitize import clean, clean_json


def keep(session: Session, occurrence_id: int, lines: Sequence[Mapping[str, Any]], *, by: str, time: datetime) -> bool:
    """Stores the log lines around the entry of an occurrence; False if the occurrence does not exist."""
    occurrence = session.get(Occurrence, occurrence_id, with_for_update=True)
    if occurrence is None:
        return False
    kept = clean_json({"by": clean(by), "at": time.isoformat(), "lines": [dict(line) for line in lines]})
    occurrence.evidence = {**occurrence.evidence, "log_lines": kept}
    session.flush()
    return True
