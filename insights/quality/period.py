"""The data quality checks that did not always pass in a period; checks that fail now come first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby, pairwise
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.schema_db.models import QualityCheck, QualityResult
from shared.lazy.dataclass import dataclass
from shared.quality.result import PROBLEMS, CheckState

FLAPS = 3  # changes between passing and not passing, from which a check is unstable
NOT_COUNTED = CheckState.SKIPPED


@dataclass(frozen=True, slots=True)
class PeriodCheck:
    """A check: `failed` of `results` did not pass; `changes` counts the changes between passing and not passing."""

    name: str
    table: str
    column: str
    partition: str
    results: int
    failed: int
    changes: int
    latest: CheckState

    @property
    def subject(self) -> str:
        """The table with its column, and the partition."""
        place = ".".join(filter(None, (self.table, self.column)))
        return f"{place} [{self.partition}]" if self.partition else place

    @property
    def is_problem(self) -> bool:
        """Whether the check did not pass at the end of the period."""
        return self.latest in PROBLEMS

    @property
    def is_flapping(self) -> bool:
        """Whether the check passed and failed alternately."""
        return self.changes >= FLAPS


@dataclass(frozen=True, slots=True)
class PeriodQuality:
    """The number of checks with a result in a period, the number of their tables, and the checks that did not always pass."""

    checks: int
    tables: int
    failed: tuple[PeriodCheck, ...]

    @property
    def failed_tables(self) -> int:
        """The number of tables with at least one check that did not pass at the end of the period."""
        return len({check.table for check in self.failed if check.is_problem and check.table})


def quality_between(session: Session, start: datetime, end: datetime) -> PeriodQuality:
    """The checks with results from `start` until before `end`; skipped results do not count."""
    results = QualityResult.check_key, QualityResult.time, QualityResult.state
    query = select(*results, QualityCheck).join(QualityCheck, QualityCheck.check_key == QualityResult.check_key)
    query = query.where(QualityResult.time >= start, QualityResult.time < end, QualityResult.state != NOT_COUNTED)
    ordered = session.execute(query.order_by(QualityResult.check_key, QualityResult.time, QualityResult.run)).all()
    checks = [_check(rows[0][3], [CheckState(row[2]) for row in rows]) for rows in _by_check(ordered)]
    failed = sorted((one for one in checks if one.failed), key=_by_urgency)
    return PeriodQuality(len(checks), len({one.table for one in checks if one.table}), tuple(failed))


def _by_check(ordered: Sequence[Any]) -> list[list[Any]]:
    return [list(rows) for _, rows in groupby(ordered, key=lambda row: row[0])]


def _check(check: QualityCheck, states: Sequence[CheckState]) -> PeriodCheck:
    bad = [state in PROBLEMS for state in states]
    return PeriodCheck(
        name=check.check_name,
        table=check.table_name,
        column=check.column_name,
        partition=check.partition_name,
        results=len(states),
        failed=sum(bad),
        changes=sum(first != second for first, second in pairwise(bad)),
        latest=states[-1],
    )


def _by_urgency(check: PeriodCheck) -> tuple[object, ...]:
    return not check.is_problem, -check.failed, check.table, check.name
