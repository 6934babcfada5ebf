"""The demo's platform returns the same jobs through its APIs and in its log."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rich.console import Console

from db.schema_db.store import SchemaStore
from demo.entries import PROJECT
from demo.platform.services import SimulatedServices
from demo.scenario import FAILURES, SimulatedPlatform
from demo.screen import Screen
from demo.stage import Stage
from shared import config
from tests.support.collecting import CollectingSite


@pytest.fixture
def published() -> list[dict[str, Any]]:
    return []


@pytest.fixture
def simulated(published: list[dict[str, Any]]) -> Iterator[SimulatedPlatform]:
    services = SimulatedServices()
    services.start()
    yield SimulatedPlatform(
        Stage(published.append, Screen(Console(file=io.StringIO()), live=False, total=1.0)), services
    )
    services.stop()


@pytest.fixture
def site(schema_store: SchemaStore, simulated: SimulatedPlatform) -> CollectingSite:
    environment = simulated.services.environment("etl") | {"HINOMI_PROJECTS": PROJECT, "HINOMI_HISTORY_FIRST_DAYS": "1"}
    return CollectingSite(schema_store, config.load(environment))


@pytest.mark.sqlite
def test_every_job_of_the_log_is_in_the_history_with_the_same_end(
    simulated: SimulatedPlatform, site: CollectingSite, published: list[dict[str, Any]]
) -> None:
    simulated.builds.run_early()
    simulated.machines.lose_host()
    simulated.training.run_out_of_memory()
    simulated.composer.fail()
    ids = [run_of(entry) for entry in published]
    at = datetime.now(UTC) + timedelta(hours=2)  # events late in an hour are read with the next hour
    for name in ("bigquery.jobs", "compute.operations", "vertex_ai.jobs", "composer.runs"):
        site.done(name, at)
    jobs = site.jobs()
    assert {run_id for run_id in ids if run_id} <= {run_id.rpartition("/")[2] for run_id in jobs}
    assert sorted((job.service, job.state) for job in jobs.values()) == [
        ("airflow", "failed"),
        ("airflow", "failed"),
        ("bigquery", "failed"),
        ("compute", "succeeded"),
        ("vertex_ai", "failed"),
    ]


def run_of(entry: dict[str, Any]) -> str:
    """The id of the run in an entry."""
    labels = entry.get("resource", {}).get("labels", {})
    payload = entry.get("protoPayload", {})
    if "pipeline_job_id" in labels:
        return str(labels["pipeline_job_id"])
    job = payload.get("metadata", {}).get("jobChange", {}).get("job", {}).get("jobName", "")
    return str(job.rpartition("/")[2] or entry.get("operation", {}).get("id", ""))


def test_every_update_is_one_line_of_80_columns() -> None:
    services = SimulatedServices()
    services.start()
    console = Console(file=io.StringIO(), width=80)
    stage = Stage(lambda _entry: None, Screen(console, live=False, total=1.0), time_scale=1e-6)
    simulated = SimulatedPlatform(stage, services)
    for failure in FAILURES:
        failure.begin(simulated)
    simulated.backlog.restart()
    for _ in range(20):
        simulated.step()
    services.stop()
    assert isinstance(console.file, io.StringIO)
    lines = console.file.getvalue().splitlines()
    assert all(" s  " in line and len(line) <= 80 for line in lines), lines
    assert {line.split(":")[0].split("  ")[-1] for line in lines} >= {failure.part for failure in FAILURES}
