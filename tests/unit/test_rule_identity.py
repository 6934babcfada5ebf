"""A job has one fingerprint in all its runs, and two jobs have two: the name that people use for a job comes first."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from demo import entries
from tests.support.shipped_rules import engine

NOW = datetime(2026, 11, 25, 3, tzinfo=UTC)
ANONYMOUS = "projects/example-project/datasets/_0a1b2c/tables/anon5f6a"
TABLES = "projects/example-project/datasets/mart/tables/"
DBT = '/* {"app": "dbt", "node_id": "model.shop.%s"} */ '
DATAFORM = "dataform_workflow_execution_action_id"
UUID = "550e8400-e29b-41d4-a716-44665544000"


def job(name: str, query: str = "SELECT a", table: str = ANONYMOUS, **labels: str) -> entries.Entry:
    """A failed query; `_` in the names of labels is kept."""
    entry = entries.bigquery_job(NOW, name, "mart.orders", error="Syntax error", code=3)
    config = entry["protoPayload"]["metadata"]["jobChange"]["job"]["jobConfig"]
    config["queryConfig"] = {"query": query, "statementType": "SCRIPT", "destinationTable": table}
    config["labels"] = labels
    return entry


def dataflow(name: str) -> entries.Entry:
    where = {"region": "europe-west1", "job_name": name, "job_id": f"id-{name}", "step_id": ""}
    log = "dataflow.googleapis.com%2Fjob-message"
    return entries.log_entry(NOW, log, "ERROR", "dataflow_step", where, textPayload="Workflow failed. Causes: S02")


def cluster(name: str, *, has_label: bool = True) -> entries.Entry:
    where = {"region": "europe-west1", **({"cluster_name": name} if has_label else {})}
    return entries.audit_entry(
        NOW,
        "activity",
        "ERROR",
        "cloud_dataproc_cluster",
        where,
        serviceName="dataproc.googleapis.com",
        methodName="google.cloud.dataproc.v1.ClusterController.CreateCluster",
        resourceName=f"projects/example-project/regions/europe-west1/clusters/{name}",
        operation={"id": name, "producer": "dataproc.googleapis.com", "first": True},
        status={"code": 3, "message": "Insufficient 'CPUS' quota"},
    )


def fingerprint(entry: Any) -> str:
    [finding] = engine().evaluate(entry).findings
    return finding.fingerprint


SAME = {
    "node of dbt in the comment": [
        job(f"{UUID}1", DBT % "orders" + "SELECT a"),
        job(f"{UUID}2", DBT % "orders" + "SELECT b, c"),
    ],
    "node of dbt in a label": [
        job(f"{UUID}1", node_id="model_shop_orders"),
        job(f"{UUID}2", "SELECT b", node_id="model_shop_orders"),
    ],
    "action of Dataform": [job(f"{UUID}{n}", f"BEGIN {n} END", **{f"{DATAFORM}_name": "orders"}) for n in "ab"],
    "transfer": [job(f"scheduled_query_{UUID}{n}", f"SELECT {n}", transfer_config_id="c1", dts_run_id=n) for n in "ab"],
    "report": [job(f"job_AbCdEfGh1234567890-_xyzA{n}d", f"SELECT {n}", looker_studio_report_id="r1") for n in "ab"],
    "partition": [job("x1", table=TABLES + "orders$20261125"), job("x2", table=TABLES + "orders$2026112603")],
    "shard": [job("x1", table=TABLES + "orders_20261125"), job("x2", table=TABLES + "orders_2026_11_26")],
    "temporary table": [
        job("x1", table=TABLES + "orders_tmp_8c2f1a90"),
        job("x2", table=TABLES + "orders_tmp_9d3f1a91"),
    ],
    "call": [
        job(f"{UUID}1", "CALL etl.load(DATE '2026-11-25', 3)"),
        job(f"{UUID}2", "call `etl.load`(DATE '2026-11-26', 4);"),
    ],
    "query": [
        job(f"{UUID}1", "SELECT a FROM t WHERE d IN (1, 2) -- x"),
        job(f"{UUID}2", "select a from t where d in (3)"),
    ],
    "Dataflow, a time": [dataflow("orders-20261125-030000"), dataflow("orders-20261126-030000")],
    "cluster of a run": [cluster("etl-20261125-0300"), cluster("etl-20261126-0300", has_label=False)],
    "Dataflow, Beam": [
        dataflow("beamapp-root-1125030000-123456-abcdefgh"),
        dataflow("beamapp-root-1126030000-654321-zbcdefgh"),
    ],
}
DIFFERENT = {
    "clusters": [cluster("etl-eu"), cluster("etl-us")],
    "models": [job(f"{UUID}1", DBT % "orders" + "SELECT a"), job(f"{UUID}2", DBT % "users" + "SELECT a")],
    "reports": [job(f"{UUID}1", looker_studio_report_id="r1"), job(f"{UUID}1", looker_studio_report_id="r2")],
    "ids of bq": [
        job("bqjob_r5f1e6a7c8d9e0f1a_0000018c1a2b3c4d_1", "SELECT a FROM t"),
        job("bqjob_r6f1e6a7c_0000018c1a2b3c4e_1", "SELECT b FROM u"),
    ],
    "routines": [job(f"{UUID}1", "CALL etl.load_orders('2026')"), job(f"{UUID}1", "CALL etl.load_users('2026')")],
    "arguments": [job(f"{UUID}1", "CALL etl.load('orders', 1)"), job(f"{UUID}1", "CALL etl.load('users', 1)")],
    "environments of Airflow": [
        job(f"{UUID}{n}", **{"airflow-dag": "load", "airflow-task": "merge", "composer-environment": name})
        for n, name in enumerate(("prod", "test"))
    ],
    "names": [job("call_a_1"), job("call_b_1")],
    "Dataflow": [dataflow("orders-import-5c6d7e8f"), dataflow("users-import-5c6d7e8f")],
}


@pytest.mark.parametrize("runs", SAME.values(), ids=SAME)
def test_two_runs_of_a_job_have_one_fingerprint(runs: list[entries.Entry]) -> None:
    assert len({fingerprint(run) for run in runs}) == 1


@pytest.mark.parametrize("runs", DIFFERENT.values(), ids=DIFFERENT)
def test_two_jobs_have_two_fingerprints(runs: list[entries.Entry]) -> None:
    assert len({fingerprint(run) for run in runs}) == 2
