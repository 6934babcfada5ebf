"""Questions about cost and slots."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from db.schema_db.cost import NONE, TIB, By, CostLine, Prices, Wait, cost, waiting
from db.schema_db.store import SchemaStore
from shared.history import JobRunRow
from tests.support.runs import DAY, MINUTE, NOW, keep, run

PRICE, SLOT_PRICE = 6.25, 0.06
HOUR = timedelta(hours=1)


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


def test_cost_by_label_names_what_has_none(schema_store: SchemaStore) -> None:
    keep(schema_store, [billed(labels={"team": "sales", 'odd"key': "x"}), billed("other", tib=2)])
    assert [(line.key, line.price) for line in costs(schema_store, By.LABEL, "team")] == [
        (NONE, 2 * PRICE),
        ("sales", PRICE),
    ]


def test_what_other_services_ran_costs_nothing(schema_store: SchemaStore) -> None:
    keep(schema_store, [billed(service="airflow"), billed("mine")])
    assert [line.key for line in costs(schema_store, By.JOB)] == ["mine"]


def slots(principal: str, ago: timedelta, seconds: float = 600, used: float = 1000) -> JobRunRow:
    """A run that uses so many slot-seconds."""
    name = principal.partition("@")[0]
    return run(name, ago=ago, seconds=seconds, principal=principal, slot_ms=round(used * 1000))


def wait(store: SchemaStore, run_id: str = "victim") -> Wait | None:
    with store.reading() as session:
        return waiting(session, run_id)


def queued(**changes: Any) -> JobRunRow:
    """A run that waited from 05:00 to 05:10."""
    values = {"ago": 50 * MINUTE, "created_at": NOW - HOUR, "run_id": "victim", "principal": "etl@example.com"}
    return run("victim", **{**values, **changes})


def test_who_used_more_slots_than_usual_while_a_job_waited_comes_first(schema_store: SchemaStore) -> None:
    keep(schema_store, [queued()])
    for day in range(15):
        keep(schema_store, [slots("steady@example.com", DAY * day + HOUR)])
    keep(schema_store, [slots("burst@example.com", HOUR, used=9000), slots("burst@example.com", 3 * DAY + HOUR)])
    found = wait(schema_store)
    assert found is not None
    assert (found.waited, found.days) == (True, 14)
    assert [(one.principal, one.slot_seconds, one.usual_slot_seconds, one.rise) for one in found.contenders] == [
        ("burst@example.com", 9000.0, 0.0, 9000.0),
        ("steady@example.com", 1000.0, 1000.0, 0.0),
    ]


def test_only_the_part_of_a_run_inside_the_wait_counts(schema_store: SchemaStore) -> None:
    keep(schema_store, [queued(), slots("long@example.com", 65 * MINUTE, seconds=1200, used=1200)])
    found = wait(schema_store)
    assert found is not None
    assert [one.slot_seconds for one in found.contenders] == [pytest.approx(600)]


def test_a_run_that_did_not_wait_is_judged_by_its_own_time(schema_store: SchemaStore) -> None:
    keep(schema_store, [queued(created_at=NOW - 50 * MINUTE, seconds=600), slots("bob@example.com", 45 * MINUTE)])
    found = wait(schema_store)
    assert found is not None
    assert not found.waited
    assert found.contenders[0].slot_seconds == pytest.approx(500)


def test_an_unknown_run_or_one_that_still_waits_has_no_answer(schema_store: SchemaStore) -> None:
    keep(schema_store, [queued(start_at=None, end_at=None)])
    assert wait(schema_store) is None
    assert wait(schema_store, "nothing") is None
