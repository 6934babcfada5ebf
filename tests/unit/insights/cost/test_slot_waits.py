"""Users of slots while a job waited."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from db.schema_db.store import SchemaStore
from insights.cost.slot_waits import Wait, waiting
from shared.errors import InputError
from shared.history import JobRunRow
from tests.support.runs import DAY, MINUTE, NOW, keep, run

pytestmark = pytest.mark.sqlite

HOUR = timedelta(hours=1)


def slots(principal: str, ago: timedelta = HOUR, seconds: float = 600, used: float = 1000, **changes: Any) -> JobRunRow:
    """A run that uses that many slot-seconds."""
    name = principal.partition("@")[0]
    values = {"principal": principal, "slot_ms": round(used * 1000), **changes}
    return run(name, ago=ago, seconds=seconds, **values)


def wait(store: SchemaStore, run_id: str = "victim", project: str = "") -> Wait | None:
    with store.reading() as session:
        return waiting(session, run_id, project=project)


def who(store: SchemaStore, run_id: str = "victim", project: str = "") -> list[str]:
    """The users of slots while the run was waiting."""
    found = wait(store, run_id, project)
    assert found is not None
    return sorted(one.principal for one in found.contenders)


def queued(**changes: Any) -> JobRunRow:
    """A run that waited from 05:00 to 05:10."""
    values = {"ago": 50 * MINUTE, "created_at": NOW - HOUR, "run_id": "victim", "principal": "etl@example.com"}
    return run("victim", **{**values, **changes})


def test_projects_with_more_slots_than_usual_while_a_job_waited_come_first(schema_store: SchemaStore) -> None:
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


@pytest.mark.both_databases
def test_only_the_part_of_a_run_inside_the_wait_counts(schema_store: SchemaStore) -> None:
    keep(schema_store, [queued(), slots("long@example.com", 65 * MINUTE, seconds=1200, used=1200)])
    found = wait(schema_store)
    assert found is not None
    assert [one.slot_seconds for one in found.contenders] == [pytest.approx(600)]


def test_a_run_that_did_not_wait_is_evaluated_by_its_own_time(schema_store: SchemaStore) -> None:
    keep(schema_store, [queued(created_at=NOW - 50 * MINUTE, seconds=600), slots("bob@example.com", 45 * MINUTE)])
    found = wait(schema_store)
    assert found is not None
    assert not found.waited
    assert found.contenders[0].slot_seconds == pytest.approx(500)


def test_an_unknown_run_or_one_that_still_waits_has_no_answer(schema_store: SchemaStore) -> None:
    keep(schema_store, [queued(start_at=None, end_at=None)])
    assert wait(schema_store) is None
    assert wait(schema_store, "nothing") is None


RESERVED: dict[str, Any] = {"reservation_id": "admin:eu.prod"}


@pytest.mark.both_databases
def test_a_reservation_is_shared_by_its_projects(schema_store: SchemaStore) -> None:
    keep(schema_store, [queued(**RESERVED)])
    keep(schema_store, [slots("greedy@example.com", project="other", **RESERVED)])
    keep(schema_store, [slots("on-demand@example.com"), slots("test@example.com", reservation_id="admin:eu.test")])
    assert who(schema_store) == ["greedy@example.com"]


def test_on_demand_a_project_has_slots_of_its_own(schema_store: SchemaStore) -> None:
    keep(schema_store, [queued()])
    keep(schema_store, [slots("near@example.com"), slots("far@example.com", project="other")])
    keep(schema_store, [slots("reserved@example.com", **RESERVED)])
    assert who(schema_store) == ["near@example.com"]


@pytest.mark.parametrize("waits", ["script", "child-1"])
def test_a_script_and_its_statements_do_not_wait_for_each_other(schema_store: SchemaStore, waits: str) -> None:
    keep(schema_store, [queued(run_id="script", statement_type="SCRIPT", slot_ms=1)])
    keep(schema_store, [queued(run_id=f"child-{n}", parent="script", slot_ms=1000 * n) for n in (1, 2)])
    keep(schema_store, [slots("own@example.com", run_id="child-3", parent="script"), slots("bob@example.com")])
    assert who(schema_store, waits) == ["bob@example.com"]


@pytest.mark.both_databases
def test_a_run_with_the_same_id_elsewhere_is_unrelated(schema_store: SchemaStore) -> None:
    keep(schema_store, [queued(**RESERVED), slots("bob@example.com", project="other", run_id="victim", **RESERVED)])
    assert who(schema_store, project="example-project") == ["bob@example.com"]


@pytest.mark.both_databases
def test_an_id_of_two_projects_needs_the_project(schema_store: SchemaStore) -> None:
    keep(schema_store, [queued(), queued(project="other", start_at=NOW - HOUR + MINUTE)])
    with pytest.raises(InputError, match="example-project, other have a job of this id"):
        wait(schema_store)
    found = wait(schema_store, project="other")
    assert found is not None
    assert (found.project, found.end - found.start) == ("other", MINUTE)
