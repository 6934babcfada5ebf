"""The owner of a job of the history."""

from __future__ import annotations

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
        "layers": {"ml": {"owner": "", "patterns": {"pipelines": ["churn-*"]}}},
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
