"""Results of data quality checks that reporters outside Google Cloud report, kept until the Schema DB has them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.error_db.models import ReportedCheckRow
from db.error_db.recording import shown
from db.insert import insert
from db.sanitize import clean, scrubbed_key
from db.types import bounded
from shared.quality.result import REPORTED, CheckState, QualityResultRow
from shared.redaction import Redactor

Reading = Callable[[], AbstractContextManager[Session]]
_NAMES = ("check_name", "table_name", "column_name", "partition_name", "run")
_SHOWN = ("value", "expected", "message")
_RANK = (CheckState.SKIPPED, CheckState.PASSED, CheckState.WARNED, CheckState.FAILED, CheckState.ERROR)


class ReportedChecks:
    """The part of a transaction on the Error DB about reported results of checks."""

    session: Session
    now: datetime

    def report_check(self, result: QualityResultRow, *, redact: Sequence[str]) -> None:
        """Stores a result once. If two have the same check, time and run, the worse one is kept."""
        redactor = Redactor(redact)
        values = {
            "event": _digest(result),
            "check_key": result.check_key,
            "reporter": result.origin,
            "time": bounded(result.time),
            "state": result.state,
            "severity": result.severity,
            "dimension": clean(result.dimension, 60),
            "url": clean(result.url),
            "changed_at": self.now,
            **{name: scrubbed_key(getattr(result, name), 300) for name in _NAMES},
            **{name: shown(getattr(result, name), redactor) for name in _SHOWN},
        }
        new = insert(self.session, ReportedCheckRow).values(values)
        better = [str(state) for state in _RANK[: _RANK.index(result.state)]]
        self.session.execute(
            new.on_conflict_do_update(
                index_elements=[ReportedCheckRow.event], set_=values, where=ReportedCheckRow.state.in_(better)
            )
        )


def changed_results(reading: Reading, since: datetime, until: datetime) -> Iterator[QualityResultRow]:
    """The results that were reported in [since, until), as the Schema DB stores them."""
    within = ReportedCheckRow.changed_at >= since, ReportedCheckRow.changed_at < until
    query = select(ReportedCheckRow).where(*within).order_by(ReportedCheckRow.changed_at)
    with reading() as session:
        yield from map(_result, session.scalars(query.execution_options(yield_per=500)))


def _result(row: ReportedCheckRow) -> QualityResultRow:
    same = {name: getattr(row, name) for name in (*_NAMES, *_SHOWN, "dimension", "severity", "url")}
    return QualityResultRow(
        check_key=row.check_key,
        source=REPORTED,
        origin=row.reporter,
        state=CheckState(row.state),
        time=row.time,
        **same,
    )


def _digest(result: QualityResultRow) -> str:
    text = "\0".join((result.check_key, bounded(result.time).isoformat(), result.run))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
