"""Jobs with the same name in two regions are two jobs, even if they were stored under one name."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from alembic import command
from sqlalchemy import text

from db.engine import make_engine
from db.migrate import SCHEMA_DB, _config
from insights.jobs.incidents import by_job
from tests.support.incidents import incident

START = datetime(2026, 11, 23, 3, tzinfo=UTC)
RUNS = [
    ("dataflow", "1", "orders", "europe-west1"),
    ("dataflow", "2", "orders", "us-central1"),
    ("dataflow", "3", "old", ""),
    ("vertex_ai", "europe-west1/customJobs/7", "job:tune", ""),
    ("vertex_ai", "us-central1/pipelineJobs/train-1", "pipeline:train", ""),
    ("bigquery", "b", "airflow:load.merge", "p.d.t"),
]
NAMES = [
    "europe-west1/orders",
    "us-central1/orders",
    "old",
    "europe-west1/job:tune",
    "us-central1/pipeline:train",
    "airflow:load.merge",
]


def test_stored_runs_get_the_location_of_their_job_and_their_days_are_copied_again(bare_url: str) -> None:
    config, engine = _config(bare_url, SCHEMA_DB), make_engine(bare_url)
    names = text("SELECT job_name FROM job_runs ORDER BY service = 'bigquery', service, run_id")
    columns = "service, project, run_id, job_name, parent, state, start_at, attempt, error, principal, labels, slot_ms"
    row = text(
        f"INSERT INTO job_runs ({columns}, bytes_billed, statement_type, query_key, destination, sources)"  # noqa: S608
        " VALUES (:service, 'p', :run, :name, '', 'succeeded', :start, 1, '', '', '{}', 0, 0, '', '', :place, '[]')"
    )
    try:
        command.upgrade(config, "0015")
        with engine.begin() as connection:
            for service, run, name, place in RUNS:
                values = {"service": service, "run": run, "name": name, "place": place, "start": START}
                connection.execute(row, values)
        for revision, expected in (("0016", NAMES), ("0015", [run[2] for run in RUNS]), ("0016", NAMES)):
            (command.upgrade if revision == "0016" else command.downgrade)(config, revision)
            with engine.connect() as connection:
                assert list(connection.scalars(names)) == expected
        with engine.connect() as connection:
            marked = connection.execute(text("SELECT DISTINCT name, day FROM changed_days")).all()
        assert {(name, str(day)) for name, day in marked} == {("job_runs", str(date(2026, 11, 23)))}
    finally:
        engine.dispose()


@pytest.mark.parametrize(
    ("service", "labels", "name"),
    [
        ("dataflow", {"job": "orders-20261123"}, "orders"),
        ("vertex_ai", {"job": "tune"}, "job:tune"),
        ("vertex_ai", {"pipeline": "tune"}, "pipeline:tune"),
        ("scheduler", {"job": "orders"}, "orders"),
    ],
)
def test_an_incident_is_one_of_the_job_in_its_region(service: str, labels: dict[str, str], name: str) -> None:
    jobs = [(service, "example-project", f"{region}/{name}") for region in ("europe-west1", "us-central1")]
    resource = name.rpartition(":")[2]
    one = incident(service=service, resource=resource, labels={**labels, "location": "us-central1"})
    assert list(by_job([one], jobs)) == [jobs[1]]
