"""The earliest and latest times of the calendar are stored, read and calculated with."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import text

from db.error_db import queries
from db.error_db.store import ErrorStore
from db.types import FIRST, LAST
from shared.model import JobLinks, Status
from tests.support.findings import finding, recovery

ENDS = [
    (datetime.min.replace(tzinfo=UTC), FIRST),
    (datetime.min.replace(tzinfo=timezone(timedelta(hours=14))), FIRST),
    (datetime.max.replace(tzinfo=UTC), LAST),
    (datetime.max.replace(tzinfo=timezone(timedelta(hours=-12))), LAST),
]


@pytest.mark.parametrize(("time", "stored"), ENDS)
def test_a_fault_at_an_end_of_the_calendar_fails_and_recovers(
    store: ErrorStore, time: datetime, stored: datetime
) -> None:
    with store.transaction(time) as transaction:
        transaction.record(replace(finding(event_key="first"), time=time), redact=())
    with store.transaction(finding().time) as transaction:
        transaction.record(finding(5), redact=())
        transaction.recover(recovery(10))
        transaction.recover(replace(recovery(15), time=time))
    with store.reading() as session:
        found = queries.incidents(session, queries.IncidentFilter(), limit=10)
    assert stored in {time for one in found for time in (one.opened_at, one.last_seen_at)}


GROUP = JobLinks("group")  # its incidents are evaluated again with each event


@pytest.mark.parametrize("year", ["0001", "9999"])
def test_a_time_that_was_stored_outside_the_bounds_breaks_nothing(store: ErrorStore, year: str) -> None:
    with store.transaction(finding().time) as transaction:
        transaction.record(finding(links=GROUP), redact=())
        zone = "" if store.engine.dialect.name == "sqlite" else "+00"
        value = {"value": f"{year}-01-01 00:00:00.000000{zone}"}
        transaction.session.flush()
        transaction.session.execute(text("UPDATE occurrences SET time = :value, began_at = :value"), value)
        transaction.session.execute(text("UPDATE incidents SET opened_at = :value"), value)
    with store.transaction(finding().time) as transaction:
        transaction.record(finding(5, links=GROUP), redact=())
        transaction.recover(recovery(10, links=GROUP))
    with store.reading() as session:
        found = queries.incident(session, 1)
    assert found is not None
    assert found.incident.status in (Status.OPEN, Status.RESOLVED)
