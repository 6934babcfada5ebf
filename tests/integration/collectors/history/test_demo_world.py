"""The simulated platform tells the same over its APIs as in its log."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rich.console import Console

from db.schema_db.store import SchemaStore
from demo.entries import PROJECT
from demo.platform.services import Platform
from demo.scenario import World
from demo.screen import Screen
from demo.stage import Stage
from shared import config
from tests.support.collecting import Site


@pytest.fixture
def published() -> list[dict[str, Any]]:
    return []


@pytest.fixture
def world(published: list[dict[str, Any]]) -> Iterator[World]:
    platform = Platform()
    platform.start()
    yield World(Stage(published.append, Screen(Console(file=io.StringIO()), live=False, total=1.0)), platform)
    platform.stop()


@pytest.fixture
def site(schema_store: SchemaStore, world: World) -> Site:
    environment = world.platform.environment("etl") | {"HINOMI_PROJECTS": PROJECT, "HINOMI_HISTORY_FIRST_DAYS": "1"}
    return Site(schema_store, config.load(environment))


def test_every_job_of_the_log_is_in_the_history_with_the_same_end(
    world: World, site: Site, published: list[dict[str, Any]]
) -> None:
    world.warehouse.run_early()
    world.machines.lose_host()
    world.training.run_out_of_memory()
    world.composer.fail()
    ids = [run_of(entry) for entry in published]
    at = datetime.now(UTC) + timedelta(hours=2)  # what happens late in an hour is read with the next one
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
    """The id of the run that an entry tells of."""
    labels = entry.get("resource", {}).get("labels", {})
    payload = entry.get("protoPayload", {})
    if "pipeline_job_id" in labels:
        return str(labels["pipeline_job_id"])
    job = payload.get("metadata", {}).get("jobChange", {}).get("job", {}).get("jobName", "")
    return str(job.rpartition("/")[2] or entry.get("operation", {}).get("id", ""))
