"""Data quality checks with their latest results; those that need a person come first."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.intervals import LONGEST
from db.schema_db.models import QualityCheck, QualityResult
from shared.lazy.dataclass import dataclass
from shared.quality.result import PROBLEMS, CheckState, QualityResultRow

LISTED = LONGEST  # checks without a result for longer are not listed
COMPARED = 10_000  # checks whose names are compared with a mistyped one
SHOWN = 14  # results of a check in a list
SHOWN_DAYS = timedelta(days=90)
_ORDER = (*PROBLEMS, CheckState.PASSED, CheckState.SKIPPED)


@dataclass(frozen=True, slots=True)
class CheckResult:
    """A result of a check."""

    time: datetime
    state: CheckState
    value: str
    expected: str
    message: str
    run: str
    url: str


@dataclass(frozen=True, slots=True)
class CheckLine:
    """A check with its latest result, and earlier results, oldest first.

    `source` is report, query or dataplex; `origin` is the sender, the declared query or the scan.
    """

    key: str
    source: str
    origin: str
    name: str
    table: str
    column: str
    partition: str
    dimension: str
    latest: CheckResult
    results: Sequence[CheckResult] = ()

    @property
    def is_problem(self) -> bool:
        """Whether the latest result is a warning or worse."""
        return self.latest.state in PROBLEMS

    @property
    def subject(self) -> str:
        """The checked table with its column, and the partition."""
        place = ".".join(filter(None, (self.table, self.column))) or self.origin
        return f"{place} [{self.partition}]" if self.partition else place


@dataclass(frozen=True, slots=True)
class ListedChecks:
    """A page of the matching checks, the number of matching checks, and the number of all checks by state."""

    lines: Sequence[CheckLine]
    matching: int
    counts: Mapping[str, int]

    @property
    def total(self) -> int:
        """The number of all checks."""
        return sum(self.counts.values())


def checks(
    session: Session,
    now: datetime,
    *,
    text: str = "",
    states: Collection[str] = (),
    limit: int = 50,
    offset: int = 0,
) -> ListedChecks:
    """The checks with a result in the last five weeks whose name, table or source contains `text`, problems first."""
    query = select(QualityCheck).where(QualityCheck.checked_at >= now - LISTED, QualityCheck.checked_at <= now + LISTED)
    every = [_line(row) for row in session.scalars(query)]
    wanted = text.lower()
    matching = [
        each
        for each in every
        if (not states or each.latest.state in states) and wanted in f"{each.name} {each.subject} {each.origin}".lower()
    ]
    matching.sort(key=lambda each: (_ORDER.index(each.latest.state), each.table, each.name, each.key))
    shown = matching[offset : offset + limit]
    return ListedChecks(
        with_results(session, shown, now), len(matching), Counter(str(each.latest.state) for each in every)
    )


def named(session: Session, name: str, now: datetime) -> list[CheckLine]:
    """The check with this key; otherwise checks with this name; otherwise checks whose name, table or source contains it."""
    row = session.get(QualityCheck, name)
    if row is not None:
        return [_line(row)]
    found = checks(session, now, text=name, limit=10_000).lines
    return [each for each in found if each.name == name] or list(found)


def similar_checks(session: Session, name: str, now: datetime) -> list[str]:
    """The names of checks and tables that are similar to a name; empty if a check matches it."""
    from shared.suggestions import nearest  # noqa: PLC0415 - only messages about unknown names need it

    lines = checks(session, now, limit=COMPARED).lines
    words = {word for each in lines for word in (each.name, each.table) if word}
    return [] if any(name.lower() in word.lower() for word in words) else nearest(name, words)


def check_of(session: Session, key: str) -> CheckLine | None:
    """The check with this key, which is also the fingerprint of its incident; None if it does not exist."""
    row = session.get(QualityCheck, key)
    return None if row is None else _line(row)


def results_of(session: Session, key: str, *, before: datetime | None = None, limit: int = 100) -> list[CheckResult]:
    """The results of a check, latest first."""
    inside = QualityResult.check_key == key
    query = select(QualityResult).where(inside if before is None else inside & (QualityResult.time < before))
    return [_result(row) for row in session.scalars(query.order_by(*_LATEST).limit(limit))]


def with_results(session: Session, lines: Sequence[CheckLine], now: datetime, *, most: int = SHOWN) -> list[CheckLine]:
    """The checks with their latest results, at most `most` each, from the last 90 days."""
    place = func.row_number().over(partition_by=QualityResult.check_key, order_by=_LATEST).label("place")
    within = QualityResult.check_key.in_([each.key for each in lines]), QualityResult.time >= now - SHOWN_DAYS
    numbered = select(QualityResult.check_key, QualityResult.time, QualityResult.run, place).where(*within).subquery()
    same = (
        (QualityResult.check_key == numbered.c.check_key)
        & (QualityResult.time == numbered.c.time)
        & (QualityResult.run == numbered.c.run)
    )
    query = select(QualityResult).join(numbered, same).where(numbered.c.place <= most)
    found: defaultdict[str, list[CheckResult]] = defaultdict(list)
    for row in session.scalars(query.order_by(QualityResult.time, QualityResult.run)) if lines else ():
        found[row.check_key].append(_result(row))
    return [_with(each, found[each.key]) for each in lines]


_LATEST = (QualityResult.time.desc(), QualityResult.run.desc())


def _with(line: CheckLine, results: Sequence[CheckResult]) -> CheckLine:
    return CheckLine(
        line.key, line.source, line.origin, line.name, line.table, line.column, line.partition, line.dimension,
        line.latest, results,
    )  # fmt: skip


def _line(row: QualityCheck) -> CheckLine:
    latest = CheckResult(row.checked_at, CheckState(row.state), row.value, row.expected, row.message, row.run, row.url)
    return CheckLine(
        row.check_key, row.source, row.origin, row.check_name, row.table_name, row.column_name, row.partition_name,
        row.dimension, latest,
    )  # fmt: skip


def _result(row: QualityResult) -> CheckResult:
    return CheckResult(row.time, CheckState(row.state), row.value, row.expected, row.message, row.run, row.url)


def latest_results(session: Session, source: str, now: datetime) -> list[QualityResultRow]:
    """The latest result of each check of a source, if it has a result in the last five weeks."""
    within = QualityCheck.source == source, QualityCheck.checked_at >= now - LISTED
    query = select(QualityCheck).where(*within).order_by(QualityCheck.checked_at, QualityCheck.check_key)
    same = [each.name for each in fields(QualityResultRow) if each.name not in ("time", "state")]
    return [
        QualityResultRow(
            time=row.checked_at, state=CheckState(row.state), **{name: getattr(row, name) for name in same}
        )
        for row in session.scalars(query)
    ]
