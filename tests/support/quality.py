"""Results of data quality checks, as the history stores them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from shared.quality.result import REPORTED, CheckState, QualityResultRow, quality_key

TABLE = "shop.mart.orders"


def results(
    check: str, states: Sequence[str], last: datetime, *, table: str = TABLE, message: str = ""
) -> list[QualityResultRow]:
    """One result per day, the last at `last`; the values count up from 0."""
    return [
        QualityResultRow(
            check_key=quality_key(REPORTED, "dbt", check, table, "id"),
            source=REPORTED,
            origin="dbt",
            check_name=check,
            table_name=table,
            column_name="id",
            state=CheckState(state),
            time=last - timedelta(days=len(states) - 1 - at),
            value=str(at),
            expected="0",
            message=message,
            run=f"run-{at}",
            url="https://ci.example.com/1",
        )
        for at, state in enumerate(states)
    ]
