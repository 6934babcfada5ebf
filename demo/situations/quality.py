"""A data quality check that fails because its table was dropped, and passes after the table is loaded again.

dbt reports each result. The check has two weeks of past results; another check warns, and another one passes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from db.engine import make_engine
from db.error_db.reporters.checks import changed_results
from db.error_db.store import ErrorStore
from db.schema_db.store import SchemaStore
from db.schema_db.write.rows import write
from demo.entries import PROJECT
from demo.stage import Stage
from demo.world import SOURCE
from shared.quality.result import REPORTED, CheckState, QualityResultRow, quality_key

PART = "Quality"
REPORTER, CHECK = "dbt", "row_count_orders"
TABLE = f"{PROJECT}.{SOURCE}"
AGAIN_SECONDS = 2.0
DECLARATION = f"""# The reporters of the demo.
reporters:
  - name: {REPORTER}
"""
PAST_DAYS = 13
EXPECTED = "at least 1000"
DAY = timedelta(days=1)
# Name, table, and the value of a day; the last one of a warning.
OTHERS = (
    ("not_null_orders_daily_order_id", f"{PROJECT}.mart.orders_daily", "0", CheckState.PASSED),
    ("accepted_values_customers_country", f"{PROJECT}.mart.customers", "3", CheckState.WARNED),
)


@dataclass
class RowCountCheck:
    """A dbt test on the late table; `is_loaded` is True if the table exists."""

    stage: Stage
    is_loaded: Callable[[], bool]

    def fail(self) -> None:
        """Reports a run while the table is missing."""
        self._report("failed", "0")
        self.stage.fails(PART, f"{CHECK} found 0 rows")
        self.stage.later(AGAIN_SECONDS, self._again)

    def _again(self) -> None:
        """Runs the check again after the table is loaded."""
        if not self.is_loaded():
            self.stage.later(AGAIN_SECONDS, self._again)
            return
        self._report("ok", "9412")
        self.stage.recovers(PART, f"{CHECK} passed with 9,412 rows")

    def _report(self, state: str, value: str) -> None:
        time = self.stage.now.isoformat()
        about = {"report": REPORTER, "check": CHECK, "table": TABLE, "dimension": "completeness", "job": "dbt build"}
        self.stage.publish({**about, "state": state, "value": value, "expected": EXPECTED, "id": time, "time": time})


def write_results(schema_db: str, error_db: str, now: datetime) -> None:
    """Writes the past of the checks to the history, and the reported results, like the collector of reports."""
    schema, errors = make_engine(schema_db), make_engine(error_db)
    try:
        reported = changed_results(ErrorStore(errors).reading, now - DAY, datetime.now(UTC) + DAY)
        with SchemaStore(schema).transaction() as session:
            write(session, 1, [*_past(now), *reported])
    finally:
        schema.dispose()
        errors.dispose()


def _past(now: datetime) -> Iterator[QualityResultRow]:
    for ago in range(PAST_DAYS, 0, -1):
        time = now - ago * DAY
        yield _result(CHECK, TABLE, f"{9_400 + 7 * ago % 40}", CheckState.PASSED, time, EXPECTED)
        for name, table, value, state in OTHERS:
            yield _result(name, table, value if ago == 1 else "0", state if ago == 1 else CheckState.PASSED, time, "0")


def _result(check: str, table: str, value: str, state: CheckState, time: datetime, expected: str) -> QualityResultRow:
    return QualityResultRow(
        check_key=quality_key(REPORTED, REPORTER, check, table),
        source=REPORTED,
        origin=REPORTER,
        check_name=check,
        table_name=table,
        state=state,
        time=time,
        dimension="completeness",
        value=value,
        expected=expected,
        run=f"{time:%Y-%m-%d}",
    )
