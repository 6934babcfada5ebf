"""Job names in fields that HINOMI_REDACT hides."""

from __future__ import annotations

from typing import Any

import pytest

from collectors.metrics_analysis.sigma.engine import Engine
from tests.support.shipped_rules import compiled

HIDES_QUERIES = ("*.query",)


def _failed_query(query: str) -> dict[str, Any]:
    """The entry about the end of a service account's failed query."""
    job = {
        "jobName": "projects/example-project/jobs/0b5c-91",
        "jobConfig": {"type": "QUERY", "queryConfig": {"query": query, "statementType": "CREATE_VIEW"}},
        "jobStatus": {"jobState": "DONE", "errorResult": {"code": 5, "message": "Not found: Table raw.orders"}},
    }
    return {
        "logName": "projects/example-project/logs/cloudaudit.googleapis.com%2Fdata_access",
        "timestamp": "2026-11-20T03:00:00Z",
        "insertId": "a1",
        "resource": {"type": "bigquery_project", "labels": {"project_id": "example-project", "location": "EU"}},
        "protoPayload": {
            "serviceName": "bigquery.googleapis.com",
            "methodName": "google.cloud.bigquery.v2.JobService.InsertJob",
            "resourceName": "projects/example-project/jobs/0b5c-91",
            "authenticationInfo": {"principalEmail": "dbt@example-project.iam.gserviceaccount.com"},
            "metadata": {"jobChange": {"after": "DONE", "job": job}},
        },
    }


@pytest.mark.parametrize(
    ("node", "names"),
    [("model.shop.stg_orders", {"stg_orders"}), ("shop.stg orders; select 1", {"", "0b5c-91"})],
)
def test_the_model_of_a_dbt_query_is_shown_and_no_other_text_of_the_query(node: str, names: set[str]) -> None:
    query = f'/* {{"app": "dbt", "node_id": "{node}"}} */ create view v as select 1'
    found = Engine(compiled(), HIDES_QUERIES).evaluate(_failed_query(query)).findings
    (finding,) = [each for each in found if each.rule == "bigquery/job_failed"]
    assert {finding.labels["dbt_model"], finding.summary.split()[2]} == names
