"""The page Cost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from insights.cost.spending import TIB
from shared.history import JobRunRow
from shared.model import JobState
from tests.support.dashboard import NOW, Dashboard, Visitor
from tests.support.runs import keep

pytestmark = pytest.mark.sqlite

DAY = timedelta(days=1)
MARKUP = '"><script>alert(1)</script>'


def query(who: str, ago: timedelta, tib: float, **changes: Any) -> JobRunRow:
    start = NOW - ago
    values: dict[str, Any] = {
        "created_at": start,
        "start_at": start,
        "end_at": start + DAY / 24,
        "principal": who,
        **changes,
    }
    return JobRunRow(
        "bigquery",
        "example-project",
        f"{who}-{start}",
        f"{who} SELECT",
        JobState.SUCCEEDED,
        bytes_billed=round(tib * TIB),
        **values,
    )


@pytest.fixture
def costs(dashboard: Dashboard) -> Visitor:
    """Sixty days of one account, a costly query of another one yesterday, and a third one that waited meanwhile."""
    rows = [query("etl@example.com", DAY * back, 1, labels={"team": MARKUP}) for back in range(1, 61)]
    rows += [
        query(MARKUP, DAY, 4, slot_ms=9_000_000),
        query("bob@example.com", DAY - DAY / 48, 0, created_at=NOW - DAY),
    ]
    keep(dashboard.schema_store, rows)
    return dashboard.local()


def test_the_page_says_what_rose_and_explains_the_day(costs: Visitor) -> None:
    page = costs.read("/cost?days=7")
    assert "BigQuery cost $68.75 in 7 days, 57 % more than in the 7 days before." in page
    assert "script>alert(1)</script> rose by $25.00." in page
    assert "Explain 24 Nov $25.00 more than usual on this weekday (n = 8 weeks)" in page
    assert "+100 %" in page
    assert "bob@example.com SELECT 30 min" in page
    assert "Explain 20 Nov" in costs.read("/cost?day=2026-11-20")
    assert "その前の 7 日間より" in costs.read("/cost?days=7&lang=ja")


def test_without_a_recorded_period_before_nothing_is_compared(costs: Visitor) -> None:
    page = costs.read("/cost?days=90")
    assert "BigQuery cost $400.00 in 90 days." in page
    assert "more than in" not in page


def test_every_view_shows_names_as_text(costs: Visitor) -> None:
    for address in ("/cost", "/cost?by=label", "/cost?by=job&days=365", "/cost?by=dataset&day=nonsense&page=x&label=y"):
        assert "<script>alert" not in costs.open(address).text
    assert "day,user,price" in costs.open("/cost.csv").text
    assert costs.open('/cost.csv?by=label&label=a".b').text.count("<script") == 28


def test_a_wait_shows_who_used_the_slots(costs: Visitor) -> None:
    run = f"bob@example.com-{NOW - DAY + DAY / 48}"
    page = costs.client.get("/cost/wait", query_string={"project": "example-project", "run": run}).text
    assert "bob@example.com SELECT waited 30 min for slots." in page
    assert "No such BigQuery run" in costs.read("/cost/wait?run=x&project=y")
