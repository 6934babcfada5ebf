"""The action restore_bigquery_table against a real HTTP server that speaks the BigQuery API for jobs, datasets and tables."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from demo.platform.bigquery.pipelines import PipelineServer
from demo.platform.bigquery.time_travel import NEVER, Life
from handlers.actions.bigquery import restore_bigquery_table
from handlers.actions.bigquery.restore_bigquery_table import Params
from handlers.context import ActionContext, ActionResult
from handlers.remediations import runner
from handlers.remediations.model import Outcome
from shared.clients import Clients
from shared.config import Settings
from shared.errors import InputError, TargetRefusal, TargetRefusedError
from shared.model import Mode, Trigger
from tests.support.incidents import NOW, incident

PROJECT = "example-project"
ORDERS = (PROJECT, "mart", "orders")
RESOURCE = "projects/example-project/datasets/mart/tables/orders"
DELETED = NOW - timedelta(minutes=20)
BEFORE = "2026-11-23 05:45:02 UTC"


def ms(time: datetime) -> int:
    return int(time.timestamp() * 1000)


@pytest.fixture
def bigquery() -> Iterator[PipelineServer]:
    """A table that was deleted a day after it was created."""
    with PipelineServer(lambda: NOW) as server:
        server.time_travel_hours[ORDERS[:2]] = 48
        server.tables.lives[ORDERS] = Life(ms(DELETED - timedelta(days=1)), ms(DELETED))
        yield server


def run(bigquery: PipelineServer, params: Params | None = None, *, mode: Mode = Mode.AUTO, **more: Any) -> ActionResult:
    settings = Settings(bigquery_endpoint=bigquery.url)
    run_id, now = more.pop("run_id", 1), more.pop("now", NOW)
    about = {"service": "bigquery", "rule": "bigquery/table_deleted", "resource": RESOURCE, "last_seen_at": DELETED}
    view = incident(project=PROJECT, **{**about, **more})
    context = ActionContext(view, Trigger.OPENED, mode, now, Clients(settings), settings, run_id=run_id)
    return runner.run(restore_bigquery_table, context, params or Params())


@pytest.mark.permissions
def test_a_deleted_table_is_copied_from_before_its_deletion_and_its_incident_resolves(bigquery: PipelineServer) -> None:
    outcome = run(bigquery)
    (job,) = bigquery.started
    copy = job["configuration"]["copy"]
    assert copy["sourceTable"]["tableId"] == f"orders@{ms(DELETED) - 10_000}"
    assert (copy["destinationTable"]["tableId"], copy["writeDisposition"]) == ("orders", "WRITE_EMPTY")
    assert job["jobReference"]["location"] == "EU"
    name = "example-project.mart.orders"
    assert outcome.text.en == f"started to restore {name} as of {BEFORE} as {name}; it is restored"
    assert outcome.recovered
    assert bigquery.tables.exists(ORDERS)


def test_a_second_attempt_finds_the_job_of_the_first(bigquery: PipelineServer) -> None:
    run(bigquery)
    bigquery.tables.lives[ORDERS] = Life(ms(DELETED - timedelta(days=1)), ms(DELETED))
    assert not run(bigquery).changed
    assert len(bigquery.started) == 1


@pytest.mark.parametrize(
    ("beside", "destination"), [(False, None), (True, "orders_restored_20261123054502")], ids=["usual", "beside"]
)
def test_a_table_that_exists_is_never_overwritten(
    bigquery: PipelineServer, destination: str | None, *, beside: bool
) -> None:
    bigquery.tables.lives[ORDERS] = Life(ms(DELETED - timedelta(days=1)))
    outcome = run(bigquery, Params(beside=beside))
    names = [each["configuration"]["copy"]["destinationTable"]["tableId"] for each in bigquery.started]
    assert names == ([destination] if destination else [])
    assert not outcome.recovered
    assert bigquery.tables.lives[ORDERS].deleted == NEVER


@pytest.mark.parametrize("name", ["orders", "orders_restored_20261123054502"])
def test_a_copy_that_exists_is_not_made_again(bigquery: PipelineServer, name: str) -> None:
    bigquery.tables.lives[ORDERS] = Life(ms(DELETED - timedelta(days=1)))
    bigquery.tables.lives[*ORDERS[:2], name] = Life(ms(DELETED - timedelta(days=1)))
    assert run(bigquery, Params(beside=name != "orders")).changed is False
    assert bigquery.started == []


def test_a_table_that_was_created_again_has_no_earlier_state(bigquery: PipelineServer) -> None:
    bigquery.tables.lives[ORDERS] = Life(ms(NOW))
    verdict = run(bigquery, Params(beside=True)).verdict
    assert verdict is not None
    assert verdict.outcome is Outcome.NOT_FIXED
    assert "Invalid time travel timestamp" in verdict.text.en


@pytest.mark.parametrize(
    ("params", "now"),
    [(Params(), NOW + timedelta(hours=48)), (Params(seconds_before=48 * 3600), NOW)],
)
def test_a_state_before_the_time_travel_window_is_refused(
    bigquery: PipelineServer, params: Params, now: datetime
) -> None:
    with pytest.raises(
        TargetRefusedError, match=r"older than the time travel window of its dataset \(48 h\)"
    ) as caught:
        run(bigquery, params, now=now)
    assert caught.value.reason is TargetRefusal.LIMIT_REACHED


@pytest.mark.permissions
def test_a_dry_run_starts_nothing(bigquery: PipelineServer) -> None:
    text = run(bigquery, mode=Mode.DRY_RUN).text.en
    assert text == f"would restore example-project.mart.orders as of {BEFORE} as example-project.mart.orders"
    assert bigquery.started == []


@pytest.mark.parametrize(
    "changes",
    [
        {"resource": "projects/example-project/datasets/mart/models/churn"},
        {"resource": "projects/example-project/datasets/mart/routines/f"},
        {"resource": "projects/other-project/datasets/mart/tables/orders"},
        {"resource": "projects/example-project/datasets/mart/tables/orders@123"},
        {"resource": "projects/example-project/datasets/mart/tables/orders$20261123"},
        {"resource": "projects/example-project/datasets/mart/tables/a\nb"},
        {"resource": "projects/example-project/datasets/../tables/a"},
        {"service": "storage"},
    ],
)
def test_anything_but_a_table_of_the_project_is_refused_before_any_call(
    bigquery: PipelineServer, changes: dict[str, Any]
) -> None:
    with pytest.raises(TargetRefusedError):
        run(bigquery, **changes)
    assert bigquery.requests == []


@pytest.mark.parametrize("seconds", [0, 604_801])
def test_the_time_before_the_deletion_is_bounded(seconds: int) -> None:
    with pytest.raises(InputError, match="seconds_before"):
        Params(seconds)
