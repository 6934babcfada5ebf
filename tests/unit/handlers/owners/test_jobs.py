"""The owner of a job of the history."""

from __future__ import annotations

from dataclasses import replace

import pytest

from handlers.owners.jobs import owner_of_job
from handlers.owners.table import owners_of

OWNERS = owners_of(
    {
        "owners": [
            {"owner": "platform"},
            {"owner": "mart", "match": {"resource": ["example-project.mart.*"]}},
            {"owner": "flows", "match": {"resource": ["events"]}},
            {"owner": "airflow", "match": {"service": ["composer"]}},
            {"owner": "merges", "match": {"labels": {"task_id": ["merge*"]}}},
            {"owner": "ml", "match": {"layer": ["ml"]}},
        ],
        "layers": {
            "ml": {"owner": "", "patterns": {"pipelines": ["churn-*"]}},
            "clean": {"owner": "group:cleaners@example.com", "patterns": {"datasets": ["example-project.clean"]}},
        },
    }
)


@pytest.mark.parametrize(
    ("job", "owner"),
    [
        (("bigquery", "example-project", "MERGE mart.sales"), "mart"),
        (("bigquery", "example-project", "airflow:prod/load.merge_daily"), "merges"),
        (("airflow", "composer-prod", "load.merge_daily"), "merges"),
        (("airflow", "composer-prod", "load"), "airflow"),
        (("vertex_ai", "example-project", "europe-west1/pipeline:churn-training"), "ml"),
        (("dataflow", "example-project", "europe-west1/events"), "flows"),
    ],
)
def test_a_job_has_the_owner_of_the_incident_that_its_failure_opens(job: tuple[str, str, str], owner: str) -> None:
    found = owner_of_job(OWNERS, *job)
    assert found is not None
    assert found.name == owner


def test_a_job_without_an_owner_has_that_of_the_layer_of_a_table_that_it_writes() -> None:
    owners = replace(OWNERS, entries=OWNERS.entries[1:])
    job = ("bigquery", "example-project", "airflow:nightly")
    writes = ["example-project.other.t", "example-project.clean.orders"]
    assert owner_of_job(owners, *job) is None
    found = owner_of_job(owners, *job, writes=writes)
    assert found is not None
    assert found.name == "cleaners@example.com"
    own = owner_of_job(owners, "airflow", "composer-prod", "load", writes=writes)
    assert own is not None
    assert own.name == "airflow"
