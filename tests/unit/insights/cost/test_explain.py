"""Why a day cost more than usual."""

from __future__ import annotations

from datetime import date

import pytest

from db.schema_db.store import SchemaStore
from insights.cost.explain import explain_day, unusual_day
from insights.cost.spending import TIB, TOTAL, By, Prices, day_prices
from shared.history import JobRunRow
from tests.support.runs import DAY, NOW, keep, run

pytestmark = pytest.mark.sqlite

PRICES = Prices(10.0, 0.06)
TODAY = date(2026, 11, 23)


def billed(who: str, tib: float, days: int) -> JobRunRow:
    return run(f"{who} SELECT", principal=who, bytes_billed=round(tib * TIB), ago=DAY * days + DAY / 24)


def test_the_change_of_a_day_is_divided_among_those_who_made_it(sqlite_schema_store: SchemaStore) -> None:
    rows = [billed("etl", 1.0, 7 * week) for week in (1, 2)]
    rows += [
        billed("bob", 1.0, 7),
        billed("etl", 1.2, 0),
        billed("frank", 8.0, 0),
        billed("small", 0.1, 0),
        billed("etl", 9, 3),
    ]
    keep(sqlite_schema_store, rows)
    with sqlite_schema_store.reading() as session:
        explained = explain_day(session, TODAY, By.USER, PRICES)
        totals = day_prices(session, By.USER, NOW - 7 * DAY, NOW, PRICES, key="", names=())[TOTAL]
        nothing = explain_day(session, date(2020, 1, 1), By.USER, PRICES)
    assert explained.weeks == 2
    assert [(part.key, round(part.price, 6), round(part.usual, 6)) for part in explained.parts] == [
        ("frank", 80, 0),
        ("bob", 0, 5),
    ]
    assert explained.other_count == 2
    assert sum(part.share for part in explained.parts) + explained.others.share == pytest.approx(1)
    assert explained.whole.change == pytest.approx(78)
    assert unusual_day(totals, TODAY, 7) == TODAY
    assert (nothing.parts, nothing.weeks, nothing.whole.share) == ([], 0, 0)
