"""One fault is one incident: a query, its task and its DAG run; a transfer and its query."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from db.error_db.models import ActionRun, Incident, Occurrence
from demo import entries
from handlers.spec import HandlerSpec
from shared.config import ROOT
from shared.model import Mode, Trigger
from tests.support.world import World, first_on_both

pytestmark = pytest.mark.sqlite

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
DAG, TASK, RUN = "build_orders", "merge", "scheduled__2026-11-23T03:00:00+00:00"
OTHER_RUN = "scheduled__2026-11-23T04:00:00+00:00"
LABELLED = {"data_source_id": "scheduled_query"}
MISSING = "Not found: Table example-project:raw.orders"


def at(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def query(minutes: float, error: str = MISSING, number: int = 1) -> entries.Entry:
    return entries.bigquery_job(at(minutes), f"airflow_{DAG}_{TASK}_{number}", "mart.orders", error=error, code=5)


def task(minutes: float, state: str = "FAILED", run: str = RUN, name: str = TASK) -> entries.Entry:
    return entries.airflow_task(at(minutes), DAG, name, run, state, attempt=3)


def dag(minutes: float, state: str = "failed", run: str = RUN) -> entries.Entry:
    return entries.airflow_run(at(minutes), DAG, run, state)


def transfer(minutes: float, text: str, severity: str = "INFO", run: str = "r1") -> entries.Entry:
    where = {"location": "eu", "config_id": "6a9c1592"}
    payload = {"labels": {"run_id": run}, "jsonPayload": {"message": text}}
    return entries.log_entry(
        at(minutes),
        "bigquerydatatransfer.googleapis.com%2Ftransfer_config",
        severity,
        "bigquery_dts_config",
        where,
        **payload,
    )


def labelled(entry: entries.Entry, **labels: str) -> entries.Entry:
    entry["protoPayload"]["metadata"]["jobChange"]["job"]["jobConfig"]["labels"] = labels
    return entry


@pytest.mark.parametrize("order", first_on_both(permutations(range(3))), ids=str)
def test_query_task_and_dag_run_are_one_incident_named_by_the_query(world: World, order: Sequence[int]) -> None:
    sent = [query(0), task(1), dag(2)]
    world.send(*(sent[number] for number in order))
    assert world.incidents() == [("bigquery/job_failed", "open", NOW, None)]
    assert world.rows(Incident.severity, Incident.occurrence_count) == [("high", 3)]
    assert MISSING in world.rows(Incident.summary)[0][0]
    assert len(world.rows(Occurrence.id)) == 3


@pytest.mark.parametrize("order", first_on_both([(0, 1, 2), (2, 1, 0), (1, 2, 0)]), ids=str)
@pytest.mark.parametrize("times", [(0, 2, 1), (1, 2, 0)], ids=str)
def test_a_task_that_fails_after_its_dag_run_connects_the_run_and_the_query(
    world: World, order: Sequence[int], times: tuple[int, int, int]
) -> None:
    of_query, of_task, of_run = times
    sent = [query(of_query), dag(of_run), task(of_task)]
    world.send(*(sent[number] for number in order))
    assert world.incidents() == [("bigquery/job_failed", "open", NOW, None)]
    world.send(task(20, "SUCCESS"), dag(21, "successful"))
    assert world.incidents() == [("bigquery/job_failed", "resolved", NOW, at(21))]


@pytest.mark.parametrize("order", first_on_both(list(permutations(range(5)))[::7]), ids=str)
def test_the_incident_lasts_until_the_dag_run_succeeds_in_any_order_of_events(
    world: World, order: Sequence[int]
) -> None:
    sent = [query(0), task(1), dag(2), task(20, "SUCCESS"), dag(21, "successful")]
    world.send(*(sent[number] for number in order))
    assert world.incidents() == [("bigquery/job_failed", "resolved", NOW, at(21))]


def test_neither_the_query_nor_another_run_resolves_the_incident_of_a_dag_run(world: World) -> None:
    world.send(query(0), task(1), dag(2), query(10, "", 2))
    world.send(task(11, "SUCCESS", OTHER_RUN), dag(12, "successful", OTHER_RUN))
    assert world.incidents() == [("bigquery/job_failed", "open", NOW, None)]
    assert list(world.rows(Incident.unrepaired)[0][0]) == [RUN]


@pytest.mark.both_databases
def test_two_tasks_of_one_run_are_two_faults(world: World) -> None:
    world.send(task(0), task(1, name="export"), dag(2))
    assert [(rule, status) for rule, status, *_ in world.incidents()] == [("composer/task_failed", "open")] * 2
    assert sorted(world.rows(Incident.occurrence_count)) == [(1,), (2,)]
    world.send(task(20, "SUCCESS"), dag(21, "successful"))
    assert sorted(status for _, status, *_ in world.incidents()) == ["resolved", "resolved"]


def test_a_person_resolves_one_of_two_faults_that_share_a_dag(world: World) -> None:
    world.send(dag(0), task(10, run=OTHER_RUN, name="export"), dag(11, run=OTHER_RUN))
    with world.application.store().transaction(at(20)) as transaction:
        transaction.resolve(1, reason="alice: known", time=at(20))
    world.send(task(30, run=OTHER_RUN, name="export"))
    assert [(rule, status) for rule, status, *_ in world.incidents()] == [
        ("composer/dag_run_failed", "resolved"),
        ("composer/task_failed", "open"),
    ]


def test_a_query_of_yesterday_is_not_the_cause_of_today(world: World) -> None:
    world.send(query(-24 * 60), task(0))
    assert [rule for rule, *_ in world.incidents()] == ["bigquery/job_failed", "composer/task_failed"]


@pytest.mark.parametrize("order", first_on_both(permutations(range(3))), ids=str)
def test_a_transfer_says_why_it_failed(world: World, order: Sequence[int]) -> None:
    why = "Error code 5 : Not found: Table raw.orders; JobID: example-project:scheduled_query_6a9c"
    job = entries.bigquery_job(at(0), "scheduled_query_6a9c", "mart.daily", error=MISSING, code=5)
    sent = [
        labelled(job, data_source_id="scheduled_query"),
        transfer(1, why, "ERROR"),
        transfer(2, "Summary: succeeded 0 jobs, failed 1 jobs."),
    ]
    world.send(*(sent[number] for number in order))
    assert world.incidents() == [("bigquery/job_failed", "open", NOW, None)]
    world.send(transfer(60, "Summary: succeeded 1 jobs, failed 0 jobs.", run="r2"))
    assert world.incidents() == [("bigquery/job_failed", "resolved", NOW, at(60))]


def test_the_next_run_of_a_transfer_does_not_bring_the_missing_partition(world: World) -> None:
    why = f"Error code 5 : {MISSING}; JobID: example-project:scheduled_query_6a9c"
    job = entries.bigquery_job(at(0), "scheduled_query_6a9c", "mart.daily$20261122", error=MISSING, code=5)
    world.send(labelled(job, **LABELLED), transfer(1, why, "ERROR"))
    world.send(transfer(60, "Summary: succeeded 1 jobs, failed 0 jobs.", run="r2"))
    assert [status for _, status, *_ in world.incidents()] == ["open"]
    assert list(world.rows(Incident.unrepaired)[0][0]) == ["20261122"]


@pytest.mark.parametrize("job", ["scheduled_query_6a9c-0000", "6a9c1592-0000-2caa"])
def test_the_error_of_a_transfer_names_its_query(world: World, job: str) -> None:
    failed = entries.bigquery_job(at(0), job, "mart.daily", error=MISSING, code=5)
    why = f"Error code 5 : {MISSING}; JobID: example-project:{job}"
    world.send(labelled(failed, data_source_id="scheduled_query"), transfer(1, why, "ERROR"))
    assert world.incidents() == [("bigquery/job_failed", "open", NOW, None)]


@pytest.mark.parametrize(
    ("job", "labels", "run"),
    [
        ("scheduled_query_1", {**LABELLED, "dts_run_id": "r9"}, "r9"),
        ("scheduled_query_1", {**LABELLED, "dts_run_id": "r9"}, "projects/1/locations/eu/transferConfigs/c/runs/r9"),
        ("scheduled_query_550e8400-e29b-41d4", LABELLED, "550e8400-e29b-41d4"),
        ("scheduled_query_1", {**LABELLED, "transfer_config_id": "6a9c1592"}, "r9"),
        ("bqts_550e8400-e29b-41d4", {"data_source_id": "google_cloud_storage"}, "550e8400-e29b-41d4"),
    ],
)
@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=str)
def test_a_transfer_and_its_query_are_linked_by_run_and_configuration(
    world: World, order: Sequence[int], job: str, labels: dict[str, str], run: str
) -> None:
    failed = labelled(entries.bigquery_job(at(0), job, "mart.daily", error=MISSING, code=5), **labels)
    sent = [failed, transfer(1, "Summary: succeeded 0 jobs, failed 1 jobs.", run=run)]
    world.send(*(sent[number] for number in order))
    assert world.incidents() == [("bigquery/job_failed", "open", NOW, None)]


@pytest.mark.both_databases
def test_two_transfers_that_fail_with_one_error_are_two_faults(world: World) -> None:
    for number in range(2):
        failed = entries.bigquery_job(
            at(3 * number), f"scheduled_query_{number}", f"mart.t{number}", error=MISSING, code=5
        )
        why = transfer(3 * number + 1, f"Error code 5 : {MISSING}", "ERROR", run=f"r{number}")
        why["resource"]["labels"]["config_id"] = f"c{number}"
        world.send(labelled(failed, **LABELLED), why)
    assert sorted(world.rows(Incident.rule, Incident.occurrence_count)) == [("bigquery/job_failed", 2)] * 2


def in_project(entry: entries.Entry, project: str) -> entries.Entry:
    moved: entries.Entry = json.loads(json.dumps(entry).replace(entries.PROJECT, project))
    return moved


@pytest.mark.parametrize("order", first_on_both(permutations(range(3))), ids=str)
def test_a_dag_and_its_query_in_another_project_are_one_fault(world: World, order: Sequence[int]) -> None:
    sent = [in_project(query(0), "data"), task(1), dag(2)]
    world.send(*(sent[number] for number in order))
    assert [(rule, status) for rule, status, *_ in world.incidents()] == [("bigquery/job_failed", "open")]


@pytest.mark.both_databases
def test_a_dag_that_fails_in_two_environments_is_two_faults(world: World) -> None:
    sent = [query(0), task(1), dag(2), *(in_project(one, "dev") for one in (query(3), task(4), dag(5)))]
    world.send(*sent)
    assert sorted(world.rows(Incident.project, Incident.occurrence_count)) == [("dev", 3), (entries.PROJECT, 3)]


def test_a_limit_that_a_query_exceeds_is_the_fault_of_its_task(world: World) -> None:
    world.send(query(0, "Resources exceeded during query execution: memory"), task(1), dag(2))
    assert world.rows(Incident.rule, Incident.occurrence_count) == [("bigquery/job_failed", 3)]


def test_two_models_of_one_invocation_that_fail_for_two_reasons_are_two_faults(world: World) -> None:
    reasons = [(0, MISSING), (1, "Syntax error")]
    world.send(
        *(
            labelled(
                entries.bigquery_job(at(n), f"job_{n}", f"mart.model_{n}", error=why, code=5), dbt_invocation_id="3f0c"
            )
            for n, why in reasons
        )
    )
    assert world.rows(Incident.occurrence_count) == [(1,), (1,)]


@pytest.mark.parametrize("label", ["dbt_invocation_id", "dataform_workflow_invocation_id"])
def test_the_queries_of_one_invocation_are_one_fault(world: World, label: str) -> None:
    failed = [entries.bigquery_job(at(n), f"job_{n}", f"mart.model_{n}", error=MISSING, code=5) for n in range(3)]
    world.send(*(labelled(one, **{label: "3f0c"}) for one in failed[:2]), labelled(failed[2], **{label: "9999"}))
    assert sorted(world.rows(Incident.occurrence_count)) == [(1,), (2,)]
    world.send(labelled(entries.bigquery_job(at(9), "job_9", "mart.model_0"), **{label: "aaaa"}))
    assert sorted(status for _, status, *_ in world.incidents()) == ["open", "open"]


@pytest.mark.parametrize("order", first_on_both(permutations(range(3))), ids=str)
def test_one_fault_is_notified_once_and_each_of_its_jobs_may_be_repaired(world: World, order: Sequence[int]) -> None:
    clear = {"rule": ("composer/task_failed",)}
    world.apply(
        NOW,
        HandlerSpec("card", "teams", on=(Trigger.OPENED, Trigger.ESCALATED, Trigger.REOCCURRED), mode=Mode.AUTO),
        HandlerSpec.from_dict(
            "clear",
            {
                "action": "clear_airflow_task",
                "match": {name: list(value) for name, value in clear.items()},
                "on": ["opened"],
                "params": {"airflow": "etl"},
                "mode": "dry_run",
            },
        ),
    )
    sent = [query(0), task(1), dag(2)]
    world.send(*(sent[number] for number in order))
    planned = world.rows(ActionRun.handler_rule)
    assert sorted(planned) == [("card",), ("clear",)]


def mapped(minutes: float, index: int, state: str = "FAILED") -> entries.Entry:
    entry = task(minutes, state)
    entry["labels"]["map-index"] = str(index)
    return entry


@pytest.mark.parametrize("order", first_on_both([(0, 1, 2), (2, 1, 0)]), ids=str)
def test_the_failed_instances_of_a_mapped_task_are_one_incident_and_each_may_be_repaired(
    world: World, order: Sequence[int]
) -> None:
    spec = {"action": "clear_airflow_task", "match": {}, "on": ["opened"], "params": {"airflow": "etl"}}
    world.apply(
        NOW,
        HandlerSpec("card", "teams", on=(Trigger.OPENED, Trigger.REOCCURRED), mode=Mode.AUTO),
        HandlerSpec.from_dict("clear", {**spec, "mode": "dry_run"}),
    )
    world.send(*(mapped(index / 10, index) for index in order))
    assert world.rows(Incident.status, Incident.occurrence_count) == [("open", 3)]
    planned = world.rows(ActionRun.handler_rule)
    assert sorted(planned) == [("card",), ("clear",), ("clear",), ("clear",)]
    world.send(mapped(20, 0, "SUCCESS"), mapped(21, 2, "SUCCESS"))
    assert world.rows(Incident.status) == [("open",)]
    world.send(mapped(22, 1, "SUCCESS"))
    assert world.rows(Incident.status) == [("resolved",)]


@pytest.mark.both_databases
def test_a_job_that_fails_and_recovers_repeatedly_is_notified_when_that_begins_and_ends(world: World) -> None:
    world.apply(NOW, HandlerSpec("card", "teams", on=tuple(Trigger), mode=Mode.AUTO))
    for number in range(8):
        world.send(task(5 * number), task(5 * number + 2, "SUCCESS"))
    triggers = [trigger for (trigger,) in world.rows(ActionRun.trigger)]
    assert triggers == ["opened", "resolved", "opened", "resolved", "flapping"]
    assert [(rule, status) for rule, status, *_ in world.incidents()] == [("composer/task_failed", "open")]
    world.sweep(at(99))
    assert world.incidents() == [("composer/task_failed", "resolved", NOW, at(37))]
    assert [trigger for (trigger,) in world.rows(ActionRun.trigger)][5:] == ["resolved"]


@pytest.mark.both_databases
@pytest.mark.parametrize("border", ["$", "_"])
def test_the_success_of_another_partition_does_not_bring_the_data_of_the_failed_one(world: World, border: str) -> None:
    def load(minutes: float, day: str, error: str = "") -> entries.Entry:
        return labelled(
            entries.bigquery_job(at(minutes), f"job_{minutes}", f"mart.orders{border}{day}", error=error, code=5)
        )

    world.send(load(0, "20261122", MISSING), load(10, "20261123"))
    assert [status for _, status, *_ in world.incidents()] == ["open"]
    assert list(world.rows(Incident.unrepaired)[0][0]) == ["20261122"]
    world.send(load(20, "20261122"))
    assert world.incidents() == [("bigquery/job_failed", "resolved", NOW, at(20))]


def test_a_query_that_is_refused_is_the_fault_of_its_task(world: World) -> None:
    examples = json.loads((ROOT / "rules/bigquery/job_refused.examples.json").read_text(encoding="utf-8"))
    refused = examples["match"][3]["entries"][0]
    refused["timestamp"] = refused["receiveTimestamp"] = NOW.isoformat()
    config = refused["protoPayload"]["metadata"]["jobInsertion"]["job"]["jobConfig"]
    config["labels"] = {"airflow-dag": DAG, "airflow-task": TASK}
    world.send(task(1), dag(2), refused)
    assert world.incidents() == [("bigquery/job_refused", "open", NOW, None)]
