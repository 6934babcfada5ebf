"""The incidents before the demo: each was found by a rule and is resolved; if its job has runs, a run failed."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

import pytest

from db.error_db import queries
from db.error_db.store import ErrorStore
from demo.ninety_days.incidents import OWNERS, by_chance, write_incidents
from demo.ninety_days.jobs import runs
from shared.config import ROOT
from shared.model import JobState

NOW = datetime.fromisoformat("2026-11-27T12:15:40+00:00")


@pytest.mark.slow
def test_every_fault_of_the_ninety_days_is_an_incident_that_is_over(sqlite_store: ErrorStore) -> None:
    jobs = [run for run in runs(NOW) if run.job_name in OWNERS]
    written = write_incidents(sqlite_store, ROOT / "rules", NOW, jobs)
    with sqlite_store.reading() as session:
        found = queries.incidents(session, queries.IncidentFilter(), limit=200)

    assert len(found) == written > 40
    assert {each.status for each in found} == {"resolved"}
    assert all(NOW - timedelta(days=91) < each.opened_at < (each.resolved_at or NOW) < NOW for each in found)
    assert set(Counter(each.resolved_by for each in found)) == {"recovery", "person"}
    failed = sum(run.state is JobState.FAILED for run in jobs)
    assert (
        sum(each.resource.endswith(("load_raw", "demand-forecast")) or "partners" in each.resource for each in found)
        == failed
    )


def test_whenever_the_demo_starts_a_cleared_task_succeeds_in_the_run_that_failed() -> None:
    for hour in range(24):
        for fault in by_chance(NOW + timedelta(hours=hour, minutes=hour)):
            if fault.recovers and "run-id" in fault.fails.get("labels", {}):
                assert fault.recovers["labels"]["run-id"] == fault.fails["labels"]["run-id"]
                assert fault.begin < fault.end
