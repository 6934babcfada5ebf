"""The benchmark of a year measures queries with results, for any number of series."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from benchmarks.history_year import QUERIES, fill, parameters
from db.engine import make_engine


@pytest.mark.postgresql
@pytest.mark.parametrize("series", [8, 60])
def test_every_query_finds_rows(schema_postgres_url: str, series: int) -> None:
    engine = make_engine(schema_postgres_url)
    fill(engine, series, days=3)
    with engine.connect() as connection:
        values = parameters(connection)
        counts = {name: len(connection.execute(text(query), values).all()) for name, query in QUERIES.items()}
    engine.dispose()
    assert [name for name, rows in counts.items() if not rows] == []


@pytest.mark.postgresql
def test_too_few_series_are_rejected(schema_postgres_url: str) -> None:
    engine = make_engine(schema_postgres_url)
    fill(engine, 3, days=1)
    with engine.connect() as connection, pytest.raises(SystemExit, match="at least 8 --series"):
        parameters(connection)
    engine.dispose()
