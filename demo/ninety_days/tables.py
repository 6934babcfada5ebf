"""The sizes of tables and buckets by day; one table got a new column."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from random import Random

from demo.entries import PROJECT
from demo.ninety_days.times import DAYS
from shared.history import TableSizeRow, digest

DAY = timedelta(days=1)
NEW_COLUMN = 20  # days ago


@dataclass(frozen=True, slots=True)
class GrowingTable:
    """A table with its rows ninety days ago, the rows that a day adds, and the bytes of a row."""

    name: str
    rows: int
    daily: int
    row_bytes: int
    is_widened: bool = False


TABLES = (
    GrowingTable("raw.orders", 41_000_000, 96_000, 310, is_widened=True),
    GrowingTable("raw.events", 3_100_000_000, 21_000_000, 140),
    GrowingTable("raw_crm.contacts", 1_900_000, 2_100, 620),
    GrowingTable("staging.orders", 40_600_000, 95_500, 260, is_widened=True),
    GrowingTable("staging.events", 2_900_000_000, 20_400_000, 110),
    GrowingTable("staging.customers", 1_850_000, 2_000, 410),
    GrowingTable("mart.orders_daily", 980_000, 2_300, 180),
    GrowingTable("mart.customers", 1_820_000, 2_000, 540),
    GrowingTable("mart.sessions", 190_000_000, 1_250_000, 96),
    GrowingTable("report.revenue_daily", 8_400, 31, 240),
    GrowingTable("sharing.partner_orders", 310_000, 800, 150),
    GrowingTable("ml.churn_features", 1_810_000, 2_000, 900),
    GrowingTable("finance.salaries", 2_300, 3, 410),
)
BUCKETS = (
    GrowingTable("example-exports", 5_200, 58, 2_400_000),
    GrowingTable("example-landing", 88_000, 1_240, 610_000),
)


def sizes(now: datetime) -> Iterator[TableSizeRow]:
    """A row for each table, bucket and day, up to today."""
    today = now.date()
    for kind, group in (("BASE TABLE", TABLES), ("bucket", BUCKETS)):
        for table in group:
            chance, rows = Random(table.name), float(table.rows)  # noqa: S311 - made-up sizes
            for ago in range(DAYS, -1, -1):
                day = today - ago * DAY
                rows += table.daily * chance.uniform(0.8, 1.2) * (0.6 if day.weekday() >= 5 else 1.15)
                is_wide = table.is_widened and ago <= NEW_COLUMN
                yield TableSizeRow(
                    day=day,
                    resource=f"gs://{table.name}" if kind == "bucket" else f"{PROJECT}.{table.name}",
                    service="storage" if kind == "bucket" else "bigquery",
                    project=PROJECT,
                    container=table.name if kind == "bucket" else f"{PROJECT}.{table.name.partition('.')[0]}",
                    kind=kind,
                    row_count=round(rows),
                    size_bytes=round(rows * (table.row_bytes + 24 * is_wide)),
                    partitions=None if kind == "bucket" else DAYS + 275 - ago,
                    schema_key="" if kind == "bucket" else digest(table.name, is_wide),
                    changed_at=datetime.combine(day, time(4), UTC),
                )
