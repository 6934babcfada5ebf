"""A single job: its runs, and a comparison of two of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from db.schema_db.store import SchemaStore
from insights.jobs.incidents import by_job
from insights.jobs.one_job import compare, pair, run_of, runs_of
from shared.model import IncidentKind, JobState
from tests.support.incidents import incident
from tests.support.runs import DAY, NOW, PROJECT, daily, keep, run

pytestmark = pytest.mark.sqlite

LOAD = ("bigquery", PROJECT, "load")


def test_the_last_good_run_is_compared_with_the_latest_one(sqlite_schema_store: SchemaStore) -> None:
    late = run(
        ago=DAY, state=JobState.FAILED, seconds=900, error="no slots", labels={"version": "2"}, sources=["a.b.c"]
    )
    keep(sqlite_schema_store, [*daily("load", [60, 62], until=2, labels={"version": "1"}), late])
    with sqlite_schema_store.reading() as session:
        runs = runs_of(session, LOAD, NOW)
        assert run_of(session, LOAD, runs[1].run_id) == runs[1]
        assert run_of(session, ("bigquery", PROJECT, "other"), runs[1].run_id) is None
    found = pair(runs)
    assert found == (runs[1], runs[0])
    lines = {line.name: line for line in compare(*found)}
    assert {name for name, line in lines.items() if line.differs} == {
        "state",
        "took",
        "error",
        "reads",
        "label version",
    }
    assert (lines["took"].former, lines["took"].latter) == (62, 900)
    assert "writes" not in lines  # empty in both
    near = replace(runs[1], slot_ms=runs[1].slot_ms + 1)
    assert not any(line.differs for line in compare(runs[1], near))
    assert pair([runs[0]]) is None


def test_an_incident_belongs_to_the_job_of_its_project_that_its_labels_name() -> None:
    task = ("airflow", "composer-prod", "load_mart.merge")
    elsewhere = ("bigquery", "other-project", "load")
    jobs = [task, LOAD, elsewhere]
    failed = {"kind": IncidentKind.JOB_FAILURE, "project": PROJECT}
    of_task = incident(**failed, service="composer", labels={"dag_id": "load_mart", "task_id": "merge"})
    of_load = incident(**failed, service="bigquery", labels={"job": "load"})
    assert by_job([of_task, of_load], jobs) == {task: [of_task], LOAD: [of_load]}
