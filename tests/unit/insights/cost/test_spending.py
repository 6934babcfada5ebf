"""Queries on cost and slots."""

from __future__ import annotations

from typing import Any

import pytest

from db.schema_db.store import SchemaStore
from insights.cost.spending import NONE, TIB, By, CostLine, Prices, cost
from shared.history import JobRunRow
from tests.support.runs import DAY, NOW, keep, run

PRICE, SLOT_PRICE = 6.25, 0.06


def costs(store: SchemaStore, by: By, key: str = "", days: int = 7) -> list[CostLine]:
    with store.reading() as session:
        return cost(session, by, now=NOW, days=days, prices=Prices(PRICE, SLOT_PRICE), key=key)


def billed(name: str = "load", tib: float = 1, **changes: Any) -> JobRunRow:
    return run(name, bytes_billed=round(tib * TIB), **changes)


def test_cost_by_user_is_dearest_first_and_compared_with_the_period_before(schema_store: SchemaStore) -> None:
    keep(
        schema_store,
        [
            billed(tib=2, ago=DAY),
            billed(tib=1, ago=2 * DAY),
            billed(tib=4, ago=8 * DAY),
            billed("report", tib=1, principal="bob@example.com", slot_ms=7_200_000),
        ],
    )
    alice, bob = costs(schema_store, By.USER)
    assert (alice.key, alice.runs, alice.price, alice.previous_price) == ("alice@example.com", 2, 3 * PRICE, 4 * PRICE)
    assert alice.days == {"2026-11-22": 2 * PRICE, "2026-11-21": PRICE}
    assert (bob.share, bob.slot_hours) == (0.25, 2.0)


def test_a_job_in_a_reservation_is_priced_by_its_slots(schema_store: SchemaStore) -> None:
    reserved: dict[str, Any] = {"reservation_id": "admin:eu.prod", "slot_ms": 7_200_000, "principal": "bob@example.com"}
    keep(schema_store, [billed(tib=1, slot_ms=3_600_000), billed("report", tib=40, **reserved)])
    keep(schema_store, [billed("report", tib=5, ago=8 * DAY, **reserved)])
    alice, bob = costs(schema_store, By.USER)
    assert (alice.price, alice.slot_hours, alice.reserved_slot_hours) == (PRICE, 1, 0)
    assert [bob.price, bob.previous_price] == pytest.approx([2 * SLOT_PRICE] * 2)
    assert (bob.bytes_billed, bob.slot_hours, bob.reserved_slot_hours) == (0, 2, 2)
    assert sum(bob.days.values()) == pytest.approx(2 * SLOT_PRICE)
    assert alice.share + bob.share == pytest.approx(1)


def test_a_job_that_reads_two_datasets_costs_each_a_half(schema_store: SchemaStore) -> None:
    both = ["p.staging.orders", "p.raw.clicks", "p.raw.views"]
    keep(schema_store, [billed(sources=both), billed("copy", destination="p.mart.daily"), billed("nothing")])
    found = {line.key: line.price for line in costs(schema_store, By.DATASET)}
    assert found == {"p.staging": PRICE / 2, "p.raw": PRICE / 2, "p.mart": PRICE, NONE: PRICE}


def test_cost_by_label_shows_jobs_without_the_label(schema_store: SchemaStore) -> None:
    keep(schema_store, [billed(labels={"team": "sales", 'odd"key': "x"}), billed("other", tib=2)])
    assert [(line.key, line.price) for line in costs(schema_store, By.LABEL, "team")] == [
        (NONE, 2 * PRICE),
        ("sales", PRICE),
    ]


def test_what_other_services_ran_costs_nothing(schema_store: SchemaStore) -> None:
    keep(schema_store, [billed(service="airflow"), billed("mine")])
    assert [line.key for line in costs(schema_store, By.JOB)] == ["mine"]


def test_a_script_counts_by_its_statements(schema_store: SchemaStore) -> None:
    keep(schema_store, [billed("script", tib=0, statement_type="SCRIPT", run_id="script")])
    keep(schema_store, [billed("script", run_id=f"child-{number}", parent="script") for number in range(2)])
    (line,) = costs(schema_store, By.JOB)
    assert (line.runs, line.price) == (2, 2 * PRICE)
