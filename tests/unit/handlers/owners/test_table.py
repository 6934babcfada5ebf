from __future__ import annotations

from typing import Any

import pytest

from handlers.owners.resources import resource_names, typed_names
from handlers.owners.table import OwnerEntry, Owners, owners_of
from tests.support.incidents import incident

MART = "projects/example-project/datasets/mart/tables/orders"
LAYERS = {
    "raw": {"owner": "ingestion", "patterns": {"buckets": ["example-landing-*"], "dags": ["ingest_*"]}},
    "everything": {"owner": "", "patterns": {"buckets": ["*"], "datasets": ["*"]}},
}
ENTRIES = [
    {"owner": "dataset", "match": {"resource": ["example-project.mart"]}},
    {"owner": "orders", "match": {"resource": ["nothing", "example-project.mart.orders*"]}},
    {"owner": "one table", "match": {"resource": ["example-project.mart.orders_2026"]}},
    {"owner": "team", "match": {"labels": {"team": ["data-*"]}, "service": ["bigquery"]}},
    {"owner": "security", "match": {"rule": ["storage/bucket_made_public"]}},
    {"owner": "everything in a layer", "match": {"layer": ["every*"]}},
    {"owner": "one project", "match": {"project": ["other-*"]}},
    {"owner": "warehouse", "match": {"service": ["bigquery", "composer"]}},
    {"owner": "second warehouse", "match": {"service": ["bigquery"]}},
    {"owner": "platform"},
]


def owner_of(**about: Any) -> tuple[str, str]:
    """The owner of an incident about a Dataflow job with these properties, and the pattern that matched."""
    plain = {"service": "dataflow", "resource": "stream", "rule": "dataflow/job_failed", "labels": {}}
    found = owners_of({"owners": ENTRIES, "layers": LAYERS}).of(incident(**plain | about))
    assert found is not None
    return found.name, found.matched


@pytest.mark.parametrize(
    ("about", "owner", "matched"),
    [
        ({}, "platform", ""),
        ({"service": "composer", "resource": "prod/x/y"}, "warehouse", "service composer"),
        ({"service": "bigquery", "resource": "job_1"}, "warehouse", "service bigquery"),
        ({"service": "dataflow", "project": "other-1"}, "one project", "project other-*"),
        ({"service": "bigquery", "resource": MART}, "orders", "resource example-project.mart.orders*"),
        ({"service": "bigquery", "resource": MART + "_2026"}, "one table", "resource example-project.mart.orders_2026"),
        ({"service": "bigquery", "resource": MART[:-6] + "x"}, "dataset", "resource example-project.mart"),
        ({"service": "bigquery", "labels": {"target": MART}}, "orders", "resource example-project.mart.orders*"),
        ({"service": "bigquery", "labels": {"team": "ops, data-1"}}, "team", "label team data-*"),
        ({"service": "storage", "resource": "example-landing-1"}, "ingestion", "layer raw"),
        ({"service": "storage", "resource": "exports"}, "everything in a layer", "layer everything"),
        ({"service": "composer", "resource": "prod/ingest_orders/load"}, "ingestion", "layer raw"),
        ({"labels": {"dag": "ingest_orders"}}, "ingestion", "layer raw"),
        ({"service": "dbt", "labels": {"table": "example-project.mart.x"}}, "dataset", "resource example-project.mart"),
        (
            {"service": "storage", "resource": "example-landing-1", "rule": "storage/bucket_made_public"},
            "security",
            "rule storage/bucket_made_public",
        ),
    ],
)
def test_the_most_specific_entry_counts(about: dict[str, Any], owner: str, matched: str) -> None:
    assert owner_of(**about) == (owner, matched)


def test_every_match_is_listed_in_its_rank() -> None:
    found = owners_of({"owners": ENTRIES}).ranked(incident(service="bigquery", resource=MART, rule="", labels={}))
    names = [each.entry.owner for each in found]
    assert names == ["orders", "dataset", "warehouse", "second warehouse", "platform"]


@pytest.mark.parametrize("service", ["composer", "vertex_ai"])
def test_the_project_of_a_load_incident_is_neither_a_dag_nor_a_pipeline(service: str) -> None:
    about = incident(service=service, rule="load/cpu", resource="example-project/us-central1/prod", labels={})
    assert typed_names(about) == ()


def test_without_a_match_there_is_no_owner() -> None:
    assert Owners((OwnerEntry("data", {"service": ("bigquery",)}),)).of(incident(service="storage")) is None
    assert Owners().of(incident()) is None


def test_unreadable_entries_and_layers_are_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    broken = {"owners": [{"match": 3}, {"owner": "data"}], "layers": {"raw": 7, **LAYERS}}
    owners = owners_of(broken)
    assert ([each.owner for each in owners.entries], list(owners.layers)) == (["data"], ["raw", "everything"])
    assert "owner cannot be read" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("about", "typed", "names"),
    [
        ({"service": "storage", "resource": "exports"}, ("buckets", "exports"), {"exports", "gs://exports"}),
        (
            {"service": "storage", "resource": "projects/_/buckets/exports/objects/a/b.csv"},
            ("buckets", "exports"),
            {"gs://exports", "projects/_/buckets/exports/objects/a/b.csv"},
        ),
        ({"service": "bigquery", "resource": MART}, ("datasets", "example-project.mart"), {"example-project.mart"}),
        (
            {"service": "pubsub", "resource": "orders", "project": "p", "labels": {"topic": "orders"}},
            ("topics", "projects/p/topics/orders"),
            {"orders", "projects/p/topics/orders"},
        ),
        ({"labels": {"dataset": "mart"}, "project": "p"}, ("datasets", "p.mart"), {"p.mart"}),
        ({"labels": {"bucket": "exports"}}, ("buckets", "exports"), {"gs://exports"}),
        ({"resource": "//storage.googleapis.com/exports"}, ("buckets", "exports"), {"gs://exports"}),
        (
            {"rule": "platform/lost_access", "resource": "example-project.mart.orders"},
            ("datasets", "example-project.mart"),
            {"example-project.mart.orders"},
        ),
        ({"service": "vertex_ai", "resource": "churn/train"}, ("pipelines", "churn"), {"churn"}),
        ({"service": "composer", "resource": "prod/daily/load"}, ("dags", "daily"), {"daily"}),
    ],
)
def test_a_resource_has_the_names_that_people_write(
    about: dict[str, Any], typed: tuple[str, str], names: set[str]
) -> None:
    found = incident(**{"labels": {}, "project": "", **about})
    assert typed in typed_names(found)
    assert names <= set(resource_names(found))
