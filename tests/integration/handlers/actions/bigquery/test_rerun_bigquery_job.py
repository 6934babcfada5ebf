"""The action rerun_bigquery_job against a real HTTP server that speaks the BigQuery API for jobs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from db.error_db.store import ErrorStore
from demo.platform.bigquery.pipelines import PipelineServer
from handlers.actions.bigquery import rerun_bigquery_job
from handlers.actions.bigquery.rerun_bigquery_job import Params
from handlers.context import ActionContext, ActionResult
from handlers.plan import plan
from handlers.remediations import runner
from handlers.remediations.model import Outcome
from handlers.spec import HandlerSpec
from shared.clients import Clients
from shared.config import Settings
from shared.errors import ActionError, InputError, TargetRefusal, TargetRefusedError
from shared.identity.run_names import id_stem
from shared.model import IncidentKind, Mode, RunState, Status, Trigger
from tests.support.findings import finding
from tests.support.handling import Desk
from tests.support.incidents import NOW, incident

PROJECT, JOB = "example-project", "nightly_orders_20261123_ab12cd34"
ORDERS = {"projectId": PROJECT, "datasetId": "mart", "tableId": "orders"}
ANONYMOUS = {"projectId": PROJECT, "datasetId": "_3f1c0a", "tableId": "anon9f8e7d6c"}
INSERT = {"query": "INSERT mart.orders SELECT * FROM raw.orders", "destinationTable": ORDERS, "useLegacySql": False}
SELECT = {"query": "SELECT 1", "destinationTable": ANONYMOUS, "writeDisposition": "WRITE_TRUNCATE"}
TABLE = {"query": "SELECT 1", "destinationTable": ORDERS, "writeDisposition": "WRITE_TRUNCATE"}
LOAD = {"sourceUris": ["gs://example-landing/orders.avro"], "destinationTable": ORDERS}
PIPELINE = ("pipeline@example-project.iam.gserviceaccount.com",)
PARAMS = Params(PIPELINE)
FAILED = ("rateLimitExceeded", "Exceeded rate limits: too many table update operations")


@pytest.fixture
def bigquery() -> Iterator[PipelineServer]:
    with PipelineServer(lambda: NOW - timedelta(minutes=4)) as server:
        yield server


def fail(
    bigquery: PipelineServer,
    configuration: dict[str, Any],
    statement: str = "",
    error: tuple[str, str] = FAILED,
    job: str = JOB,
    **more: Any,
) -> None:
    bigquery.add_job(PROJECT, job, configuration, statement=statement, **more)
    bigquery.finish(PROJECT, job, *error)


def context(bigquery: PipelineServer, job: str = JOB, **more: Any) -> ActionContext:
    settings = Settings(bigquery_endpoint=bigquery.url)
    view = incident(
        rule="bigquery/job_failed",
        kind=IncidentKind.JOB_FAILURE,
        service="bigquery",
        project=PROJECT,
        resource=f"projects/{PROJECT}/jobs/{job}",
        labels={"job": job, "location": "EU"},
    )
    changes = {name: more.pop(name) for name in ("labels", "resource", "rule", "occurrence_count") if name in more}
    mode = more.pop("mode", Mode.AUTO)
    now = more.pop("now", NOW)
    return ActionContext(replace(view, **changes), Trigger.OPENED, mode, now, Clients(settings), settings, **more)


def run(bigquery: PipelineServer, params: Params | None = None, **more: Any) -> ActionResult:
    return runner.run(rerun_bigquery_job, context(bigquery, **more), params or PARAMS)


@pytest.mark.permissions
@pytest.mark.parametrize(
    ("configuration", "statement", "sent"),
    [
        ({"query": INSERT}, "INSERT", {"query": {"query": INSERT["query"], "useLegacySql": False}}),
        ({"query": TABLE}, "SELECT", {"query": TABLE}),
        ({"query": TABLE}, "", {"query": TABLE}),
        ({"load": LOAD}, "", {"load": LOAD}),
        ({"load": LOAD, "jobTimeoutMs": "60000"}, "", {"load": LOAD, "jobTimeoutMs": "60000"}),
    ],
)
def test_a_failed_job_runs_again_with_a_new_id_and_the_configuration_that_bigquery_has(
    bigquery: PipelineServer, configuration: dict[str, Any], statement: str, sent: dict[str, Any]
) -> None:
    fail(bigquery, {**configuration, "labels": {"team": "data"}}, statement)
    outcome = run(bigquery)
    (started,) = bigquery.started
    assert outcome.changed
    assert started["jobReference"]["location"] == "EU"
    assert started["jobReference"]["jobId"] != JOB
    kept = {name: value for name, value in started["configuration"].items() if name != "jobType"}
    assert kept == {**sent, "labels": {"team": "data", "hinomi_rerun": "1"}}


@pytest.mark.parametrize(
    ("job", "stem"),
    [(JOB, "nightly_orders"), ("job_ab12cd34", ""), ("bquxjob_7d1f0a2b_19a3c", "")],
)
def test_the_new_id_names_the_same_job_as_the_old_one(bigquery: PipelineServer, job: str, stem: str) -> None:
    fail(bigquery, {"load": LOAD}, job=job)
    run(bigquery, job=job)
    assert id_stem(bigquery.started[0]["jobReference"]["jobId"]) == stem


def test_an_attempt_after_a_crash_finds_the_job_of_the_first(bigquery: PipelineServer) -> None:
    fail(bigquery, {"load": LOAD})
    run(bigquery, run_id=7)
    outcome = run(bigquery, run_id=7)
    assert not outcome.changed
    assert len(bigquery.started) == 1
    assert "was started again as" in outcome.text.en


@pytest.mark.parametrize(
    ("end", "outcome", "resolves"),
    [
        (None, Outcome.NOT_YET, False),
        ("", Outcome.FIXED, True),
        ("backendError", Outcome.NOT_FIXED, False),
    ],
)
def test_the_result_of_the_new_job_is_that_of_the_remediation(
    bigquery: PipelineServer, end: str | None, outcome: Outcome, *, resolves: bool
) -> None:
    fail(bigquery, {"load": LOAD})
    here = context(bigquery)
    made = runner.run(rerun_bigquery_job, here, PARAMS)
    if end is not None:
        bigquery.finish(PROJECT, bigquery.started[0]["jobReference"]["jobId"], end)
    assert made.plan is not None
    verdict = rerun_bigquery_job.verify(here, PARAMS, made.plan)
    assert (verdict.outcome, verdict.is_recovery) == (outcome, resolves)
    assert verdict.run_again_seconds == (300.0 if end == "backendError" else None)


@pytest.mark.parametrize(
    ("generation", "end", "seconds"),
    [
        (1, "backendError", 300.0),
        (2, "backendError", 600.0),
        (4, "rateLimitExceeded", 2_400.0),
        (5, "backendError", None),
        (1, "notFound", None),
    ],
)
def test_a_rerun_that_failed_runs_again_after_a_growing_pause(
    bigquery: PipelineServer, generation: int, end: str, seconds: float | None
) -> None:
    fail(bigquery, {"load": LOAD})
    here = context(bigquery, earlier_runs=generation - 1)
    made = runner.run(rerun_bigquery_job, here, Params(PIPELINE, 5))
    bigquery.finish(PROJECT, bigquery.started[0]["jobReference"]["jobId"], end)
    assert made.plan is not None
    verdict = rerun_bigquery_job.verify(here, Params(PIPELINE, 5), made.plan)
    assert (verdict.outcome, verdict.run_again_seconds) == (Outcome.NOT_FIXED, seconds)


def test_an_incident_with_other_failed_runs_waits_for_their_success(bigquery: PipelineServer) -> None:
    fail(bigquery, {"load": LOAD})
    here = context(bigquery, occurrence_count=2)
    made = runner.run(rerun_bigquery_job, here, PARAMS)
    bigquery.finish(PROJECT, bigquery.started[0]["jobReference"]["jobId"])
    assert made.plan is not None
    assert not rerun_bigquery_job.verify(here, PARAMS, made.plan).is_recovery


@pytest.mark.parametrize(
    ("configuration", "statement", "error", "statistics", "reason"),
    [
        ({"load": LOAD}, "", ("notFound", "Not found: Table"), {}, "running the job again does not fix notFound"),
        ({"load": LOAD}, "", ("stopped", "cancelled"), {}, "does not fix stopped"),
        ({"query": INSERT}, "INSERT", ("invalidQuery", "Syntax error"), {}, "does not fix invalidQuery"),
        ({"query": INSERT}, "SCRIPT", FAILED, {}, "a script"),
        ({"query": INSERT}, "", FAILED, {"numChildJobs": "3"}, "a script"),
        ({"query": INSERT}, "INSERT", FAILED, {"parentJobId": "script_job_1"}, "a script"),
        (
            {"query": INSERT},
            "INSERT",
            FAILED,
            {"transactionInfo": {"transactionId": "t"}},
            "a session or a transaction",
        ),
        ({"query": {**INSERT, "createSession": True}}, "INSERT", FAILED, {}, "a session or a transaction"),
        ({"query": {"query": "EXPORT DATA"}}, "EXPORT_DATA", FAILED, {}, "EXPORT_DATA statements are not repeated"),
        ({"query": SELECT}, "SELECT", FAILED, {}, "writes no table"),
        ({"query": {"query": "-- daily\n(WITH a AS (SELECT 1) SELECT 2)"}}, "", FAILED, {}, "writes no table"),
        ({"query": {**TABLE, "query": "SELECT session_user()"}}, "SELECT", FAILED, {}, "depends on the account"),
        (
            {"query": TABLE},
            "SELECT",
            FAILED,
            {"rowLevelSecurityStatistics": {"rowLevelSecurityApplied": True}},
            "depends on the account",
        ),
        ({"load": {"destinationTable": ORDERS}}, "", FAILED, {}, "an uploaded file"),
        ({"extract": {"sourceTable": ORDERS}}, "", FAILED, {}, "the type extract"),
        ({"query": INSERT, "labels": {"airflow-dag": "mart"}}, "INSERT", FAILED, {}, "retries the job itself"),
        ({"load": LOAD, "labels": {"airflow-dag": "mart"}}, "", FAILED, {}, "retries the job itself"),
    ],
)
def test_a_job_that_another_run_cannot_help_or_might_double_stays(
    bigquery: PipelineServer,
    configuration: dict[str, Any],
    statement: str,
    error: tuple[str, str],
    statistics: dict[str, Any],
    reason: str,
) -> None:
    fail(bigquery, configuration, statement, error, statistics=statistics)
    with pytest.raises(TargetRefusedError, match=reason) as caught:
        run(bigquery)
    assert caught.value.reason is TargetRefusal.OTHER_TARGET
    assert bigquery.started == []


@pytest.mark.parametrize(
    ("configuration", "statement", "error"),
    [
        ({"query": TABLE, "labels": {"airflow-dag": "mart"}}, "SELECT", FAILED),
        ({"query": INSERT}, "INSERT", ("invalidQuery", "Could not serialize access to table mart.orders due to …")),
        ({"query": INSERT}, "INSERT", ("quotaExceeded", "Quota exceeded: …")),
        ({"query": INSERT}, "INSERT", ("resourcesExceeded", "Resources exceeded during query execution")),
        ({"query": INSERT}, "INSERT", ("internalError", "An internal error occurred")),
    ],
)
def test_a_job_that_another_run_may_help_runs_again(
    bigquery: PipelineServer, configuration: dict[str, Any], statement: str, error: tuple[str, str]
) -> None:
    fail(bigquery, configuration, statement, error)
    assert run(bigquery).changed


@pytest.mark.parametrize(("end", "starts"), [(None, False), ("", False), ("backendError", True)])
def test_a_job_that_its_caller_started_again_stays_unless_that_failed_too(
    bigquery: PipelineServer, end: str | None, *, starts: bool
) -> None:
    fail(bigquery, {"query": INSERT}, "INSERT")
    commented = {
        **INSERT,
        "query": '/* {"invocation": "3f0c"} */ INSERT mart.orders\n  SELECT * FROM raw.orders -- again',
    }
    bigquery.add_job(PROJECT, "again", {"query": commented}, statement="INSERT")
    bigquery.add_job(
        PROJECT, "other", {"query": {**INSERT, "query": "INSERT mart.orders SELECT 1"}}, statement="INSERT"
    )
    bigquery.page_rows = 1
    if end is not None:
        bigquery.finish(PROJECT, "again", end)
    outcome = run(bigquery)
    assert outcome.changed is starts
    assert len(bigquery.started) == int(starts)


def test_reruns_of_reruns_are_limited(bigquery: PipelineServer) -> None:
    fail(bigquery, {"load": LOAD, "labels": {"hinomi_rerun": "1"}})
    run(bigquery)
    assert bigquery.started[0]["configuration"]["labels"] == {"hinomi_rerun": "2"}
    second = bigquery.started[0]["jobReference"]["jobId"]
    bigquery.finish(PROJECT, second, *FAILED)
    with pytest.raises(TargetRefusedError, match="failed again after it was run again 2 times") as caught:
        run(bigquery, job=second)
    assert caught.value.reason is TargetRefusal.LIMIT_REACHED


def test_a_failure_of_yesterday_does_not_run_again(bigquery: PipelineServer) -> None:
    fail(bigquery, {"load": LOAD})
    with pytest.raises(TargetRefusedError, match="more than 180 min ago"):
        run(bigquery, now=NOW + timedelta(days=1))


def test_a_job_that_succeeded_stays(bigquery: PipelineServer) -> None:
    bigquery.add_job(PROJECT, JOB, {"load": LOAD})
    bigquery.finish(PROJECT, JOB)
    assert not run(bigquery).changed


@pytest.mark.permissions
def test_a_dry_run_says_what_it_would_start(bigquery: PipelineServer) -> None:
    fail(bigquery, {"query": INSERT}, "INSERT")
    assert run(bigquery, mode=Mode.DRY_RUN).text.en.startswith(f"would run job {JOB}, which failed with rateLimitExc")
    assert bigquery.started == []


@pytest.mark.parametrize(
    "changes",
    [
        {"labels": {"job": "../../datasets/x"}},
        {"labels": {"job": "a/b"}},
        {"labels": {}, "resource": "projects/other-project/jobs/j"},
        {"labels": {"job": JOB, "location": "EU?x=1"}},
        {"labels": {}, "resource": "daily_load"},
        {"rule": "report/etl", "resource": "daily_load"},
    ],
)
def test_an_incident_without_a_job_of_its_project_is_refused_before_any_call(
    bigquery: PipelineServer, changes: dict[str, Any]
) -> None:
    with pytest.raises(TargetRefusedError, match="does not name a BigQuery job of its project"):
        run(bigquery, **changes)
    assert bigquery.requests == []


def test_a_job_of_a_region_needs_its_location(bigquery: PipelineServer) -> None:
    fail(bigquery, {"load": LOAD}, location="asia-northeast1")
    with pytest.raises(ActionError, match="HTTP 404"):
        run(bigquery, labels={"job": JOB})
    assert run(bigquery, labels={"job": JOB, "location": "asia-northeast1"}).changed


@pytest.mark.parametrize("given", [{"max_reruns": 0}, {"max_reruns": 6}, {"max_age_minutes": 0}, {"pause_minutes": 61}])
def test_the_limits_of_a_rule_are_bounded(given: dict[str, int]) -> None:
    with pytest.raises(InputError, match=next(iter(given))):
        Params(PIPELINE, **given)


@pytest.mark.parametrize("principals", [(), ("*",), ("pipeline@*", "*@*")])
def test_a_rule_names_the_accounts_whose_statements_hinomi_runs(principals: tuple[str, ...]) -> None:
    with pytest.raises(InputError, match="principals lists the accounts"):
        Params(principals)


def test_the_job_of_another_account_does_not_run_with_hinomis_access(bigquery: PipelineServer) -> None:
    fail(bigquery, {"query": INSERT, "labels": {"airflow-dag": "mart"}}, "INSERT", email="mallory@example.com")
    with pytest.raises(TargetRefusedError, match="does not allow jobs of mallory@") as caught:
        run(bigquery)
    assert caught.value.reason is TargetRefusal.OTHER_TARGET
    assert bigquery.started == []


@pytest.mark.sqlite
def test_a_rerun_that_fails_is_followed_by_another_whose_success_resolves_the_incident(
    store: ErrorStore, bigquery: PipelineServer
) -> None:
    desk = Desk(store, Settings(bigquery_endpoint=bigquery.url), NOW)
    desk.apply(HandlerSpec("rerun", "rerun_bigquery_job", mode=Mode.AUTO, params={"principals": PIPELINE}))
    fail(bigquery, {"load": LOAD})
    failed = finding(resource=f"projects/{PROJECT}/jobs/{JOB}", labels={"job": JOB, "location": "EU"})
    with store.transaction(NOW) as transaction:
        plan(transaction.record(replace(failed, time=NOW), redact=()), transaction, NOW)
    for end in ("backendError", ""):
        desk.work()
        bigquery.finish(PROJECT, bigquery.started[-1]["jobReference"]["jobId"], end)
        desk.wait(minutes=3)
        desk.work()
        desk.wait(minutes=6)
    assert [run.state for run in desk.runs()] == [RunState.DONE, RunState.DONE]
    assert [job["configuration"]["labels"] for job in bigquery.started] == [
        {"hinomi_rerun": "1"},
        {"hinomi_rerun": "2"},
    ]
    assert desk.detail().incident.status is Status.RESOLVED
