"""The action cancel_bigquery_job against a real HTTP server that speaks the BigQuery API for jobs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from demo.platform.bigquery.pipelines import PipelineServer
from handlers.actions.bigquery import cancel_bigquery_job
from handlers.actions.bigquery.cancel_bigquery_job import Params
from handlers.context import ActionContext, ActionResult
from handlers.remediations import runner
from handlers.remediations.model import Effect, Journal, Outcome
from shared.clients import Clients
from shared.config import Settings
from shared.errors import InputError, TargetRefusal, TargetRefusedError
from shared.model import IncidentKind, Mode, Trigger
from tests.support.incidents import NOW, incident

PROJECT, QUERY = "example-project", {"query": {"query": "SELECT * FROM a, b"}}
ALICE, HINOMI = "alice@example.com", "hinomi-history@example-project.iam.gserviceaccount.com"


class Clock:
    """The time of the server."""

    now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def bigquery(clock: Clock) -> Iterator[PipelineServer]:
    """Jobs that began 3 h, 2 h, 90 min and 10 min ago; the oldest is Hinomi's own, the second is a load."""
    with PipelineServer(clock) as server:
        for minutes, job, email, configuration in (
            (180, "of_hinomi", HINOMI, QUERY),
            (150, "load", ALICE, {"load": {"sourceUris": ["gs://a/b"]}}),
            (120, "long", ALICE, QUERY),
            (90, "pipeline", "", QUERY),
            (10, "short", ALICE, QUERY),
        ):
            clock.now = NOW - timedelta(minutes=minutes)
            server.add_job(PROJECT, job, configuration, email=email)
        yield server


def context(bigquery: PipelineServer, job: str = "", mode: Mode = Mode.AUTO, **changes: Any) -> ActionContext:
    settings = Settings(bigquery_endpoint=bigquery.url, service_accounts=(HINOMI,))
    view = incident(
        rule="load/bigquery_jobs_pending",
        kind=IncidentKind.LOAD_ISSUE,
        service="bigquery",
        project=PROJECT,
        resource=PROJECT,
        labels={"job": job, "location": "EU"} if job else {"project_id": PROJECT},
        **changes,
    )
    return ActionContext(view, Trigger.OPENED, mode, NOW, Clients(settings), settings)


def run(bigquery: PipelineServer, job: str = "", *, principals: tuple[str, ...] = (), **more: Any) -> ActionResult:
    return runner.run(cancel_bigquery_job, context(bigquery, job, **more), Params(60, principals))


@pytest.mark.permissions
@pytest.mark.parametrize(
    ("principals", "cancelled"),
    [((), ["long"]), (("*.gserviceaccount.com",), ["pipeline"]), (("bob@example.com",), [])],
)
def test_the_longest_query_of_a_project_that_may_be_cancelled_is(
    bigquery: PipelineServer, principals: tuple[str, ...], cancelled: list[str]
) -> None:
    outcome = run(bigquery, principals=principals)
    assert bigquery.cancelled == cancelled
    assert outcome.changed is bool(cancelled)
    assert not outcome.recovered


def test_the_incident_of_a_job_is_resolved_when_it_is_cancelled(bigquery: PipelineServer) -> None:
    outcome = run(bigquery, "long")
    assert (bigquery.cancelled, outcome.recovered) == (["long"], True)
    assert outcome.text.en == (
        "requested to cancel job long of alice@example.com, which had been running for 2 h; it is cancelled"
    )


def test_a_query_that_is_not_cancelled_yet_is_read_again(bigquery: PipelineServer) -> None:
    bigquery.cancels_at_once = False
    verdict = run(bigquery, "long").verdict
    assert verdict is not None
    assert (verdict.outcome, verdict.look_again_seconds) == (Outcome.NOT_YET, 30.0)


@pytest.mark.parametrize(
    ("job", "principals", "reason"),
    [
        ("load", (), "not a query"),
        ("of_hinomi", (), "the job belongs to Hinomi"),
        ("long", ("*.gserviceaccount.com",), "does not allow jobs of alice@example.com"),
    ],
)
def test_a_job_of_the_incident_that_must_not_be_cancelled_is_refused(
    bigquery: PipelineServer, job: str, principals: tuple[str, ...], reason: str
) -> None:
    with pytest.raises(TargetRefusedError, match=reason) as caught:
        run(bigquery, job, principals=principals)
    assert caught.value.reason is TargetRefusal.OTHER_TARGET
    assert bigquery.cancelled == []


@pytest.mark.parametrize(("end", "text"), [(False, "running for only 10 min"), (True, "it is DONE now")])
def test_a_query_that_is_short_or_has_ended_stays(bigquery: PipelineServer, *, end: bool, text: str) -> None:
    if end:
        bigquery.finish(PROJECT, "short")
    outcome = run(bigquery, "short")
    assert not outcome.changed
    assert text in outcome.text.en
    assert bigquery.cancelled == []


def test_an_attempt_after_a_crash_cancels_no_second_query(bigquery: PipelineServer) -> None:
    here, journal = context(bigquery), Journal()
    made = cancel_bigquery_job.plan(here, Params(60))
    journal.begin(made)
    journal.call(made.calls[0])
    bigquery.finish(PROJECT, "long", "stopped")
    assert journal.effects == [Effect.UNKNOWN]
    again = ActionContext(here.incident, here.trigger, here.mode, NOW, here.clients, here.settings, journal=journal)
    outcome = runner.run(cancel_bigquery_job, again, Params(60))
    assert bigquery.cancelled == []
    assert "probably done by an earlier attempt" in outcome.text.en


@pytest.mark.permissions
def test_a_dry_run_names_the_query(bigquery: PipelineServer) -> None:
    text = run(bigquery, "long", mode=Mode.DRY_RUN).text.en
    assert text == "would cancel job long of alice@example.com, which has been running for 2 h"
    assert bigquery.cancelled == []


@pytest.mark.parametrize("minutes", [0, 4, 1441])
def test_the_time_is_bounded(minutes: int) -> None:
    with pytest.raises(InputError, match="running_minutes must be 5 to 1440"):
        Params(minutes)
