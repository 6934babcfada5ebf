"""The largest contributors to the load of an incident."""

from __future__ import annotations

from typing import Any

import pytest

from db.schema_db.store import SchemaStore
from insights.performance.contributors import top_contributors
from shared.history import MetricPoint, SeriesKey, UserActionRow
from shared.model import IncidentKind
from tests.support.causes import incident
from tests.support.runs import DAY, MINUTE, NOW, PROJECT, keep, run

pytestmark = pytest.mark.sqlite


def top(store: SchemaStore, **changed: Any) -> dict[str, list[tuple[str, float]]]:
    about = incident(**{"kind": IncidentKind.LOAD_ISSUE, "labels": {}, **changed})
    with store.reading() as session:
        found = top_contributors(session, about, NOW + 20 * MINUTE)
    return {group.kind: [(name, round(share, 2)) for name, share in group.shares] for group in found}


def test_the_slots_of_bigquery_are_those_of_users_jobs_and_tables(schema_store: SchemaStore) -> None:
    bob: dict[str, Any] = {"principal": "bob@example.com", "seconds": 600.0}
    keep(schema_store, [
        run("bob SELECT", ago=5 * MINUTE, slot_ms=600, sources=["p.d.a", "p.d.b"], **bob),
        run("nightly", ago=6 * MINUTE, slot_ms=300, destination="p.d.c", seconds=600),
        run("tiny", ago=7 * MINUTE, slot_ms=50, seconds=600),
        run("yesterday", ago=DAY, slot_ms=9_000),
        run("elsewhere", ago=5 * MINUTE, slot_ms=9_000, seconds=600, project="other"),
    ])  # fmt: skip
    assert top(schema_store) == {
        "user": [("bob@example.com", 0.63), ("alice@example.com", 0.37)],
        "job": [("bob SELECT", 0.63), ("nightly", 0.32)],
        "table": [("p.d.a", 0.33), ("p.d.b", 0.33), ("p.d.c", 0.33)],
    }
    assert top(schema_store, kind=IncidentKind.JOB_FAILURE) == {}


def test_the_tasks_of_an_environment_are_those_of_its_dags(schema_store: SchemaStore) -> None:
    task: dict[str, Any] = {"service": "airflow", "project": "etl", "parent": "x"}
    keep(
        schema_store,
        [run("load.a", ago=10 * MINUTE, seconds=1_200, **task), run("small.b", ago=10 * MINUTE, seconds=300, **task)],
    )
    assert top(schema_store, service="composer", resource=f"{PROJECT}/etl") == {"dag": [("load", 0.8), ("small", 0.2)]}


def test_the_bytes_of_a_metric_are_those_of_its_resources(schema_store: SchemaStore) -> None:
    keys = [
        SeriesKey("storage", "sent", "ALIGN_DELTA", "By", PROJECT, name, "bucket", {"n": name}) for name in ("a", "b")
    ]
    keep(schema_store, [MetricPoint(key, NOW, value) for key, value in zip(keys, (900.0, 100.0), strict=True)])
    assert top(schema_store, service="storage", labels={"series": "1"}) == {"resource": [("a", 0.9), ("b", 0.1)]}
    assert top(schema_store, service="storage") == {}


def test_the_calls_on_a_bucket_are_those_of_accounts_and_the_hours_of_a_service_those_of_its_jobs(
    schema_store: SchemaStore,
) -> None:
    def calls(who: str, count: int, bucket: str = "raw") -> UserActionRow:
        return UserActionRow(
            hour=NOW.replace(minute=0), project=PROJECT, principal=who, service="storage.googleapis.com", method="get",
            resource=f"//storage.googleapis.com/{bucket}", count=count, denied=0, first_at=NOW, last_at=NOW,
        )  # fmt: skip

    keep(
        schema_store, [calls("etl@p.iam", 900), calls("bob@example.com", 100), calls("eve@example.com", 9_000, "draw")]
    )
    assert top(schema_store, service="storage", resource=f"{PROJECT}/raw") == {
        "user": [("etl@p.iam", 0.9), ("bob@example.com", 0.1)]
    }
    keep(schema_store, [
        run("orders", ago=20 * MINUTE, seconds=1_800, service="dataflow"),
        run("users", ago=10 * MINUTE, seconds=600, service="dataflow"),
    ])  # fmt: skip
    assert top(schema_store, service="dataflow", resource=f"{PROJECT}/europe") == {
        "job": [("orders", 0.75), ("users", 0.25)]
    }
