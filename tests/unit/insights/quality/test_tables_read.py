"""The tables that a data quality query reads."""

from __future__ import annotations

import pytest

from insights.quality.tables_read import tables_read

ORDERS = "projects/my-project/datasets/mart/tables/orders"


@pytest.mark.parametrize(
    ("sql", "tables"),
    [
        ("SELECT 1 FROM `my-project.mart.orders` WHERE a = 1", [ORDERS]),
        ("select 1 from mart.orders o join `other-one`.`raw`.`users` u on o.id = u.id", [ORDERS, "projects/other-one/datasets/raw/tables/users"]),
        ("WITH late AS (SELECT * FROM mart.orders) SELECT * FROM late", [ORDERS]),
        ("SELECT 1 FROM `my-project.logs.events_*`", ["projects/my-project/datasets/logs/tables/events_*"]),
        ("SELECT 1 FROM mart.INFORMATION_SCHEMA.TABLES", ["projects/my-project/datasets/mart"]),
        ("SELECT 1 FROM `region-eu`.INFORMATION_SCHEMA.JOBS", []),
        ("SELECT 'FROM raw.secrets' -- FROM raw.salaries\n FROM mart.orders /* JOIN raw.people */", [ORDERS]),
        ("SELECT EXTRACT(DAY FROM created_at) FROM mart.orders, UNNEST(items)", [ORDERS]),
    ],
)  # fmt: skip
def test_a_table_after_from_and_join_is_read_and_nothing_in_texts_and_comments(sql: str, tables: list[str]) -> None:
    assert tables_read(sql, "my-project") == tables
