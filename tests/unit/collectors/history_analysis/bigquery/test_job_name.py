from __future__ import annotations

import pytest

from collectors.history_analysis.bigquery.job_name import job_name, table_name

DBT = '/* {"app": "dbt", "dbt_version": "1.9.0", "node_id": "model.shop.orders"} */ create table x'
ETL = "etl@example-project.iam.gserviceaccount.com"


def name(labels: dict[str, str] | None = None, destination: str = "", query: str = "") -> str:
    return job_name(
        labels or {},
        destination=destination,
        principal=ETL,
        statement="MERGE",
        query=query,
        query_key="0123456789abcdef",
    )


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ({"airflow-dag": "load_mart", "airflow-task": "merge_daily"}, "airflow:load_mart.merge_daily"),
        (
            {"airflow-dag": "load_mart", "airflow-task": "merge", "composer-environment": "prod"},
            "airflow:prod/load_mart.merge",
        ),
        ({"airflow-dag": "a", "airflow-task": "b", "airflow_environment": "test"}, "airflow:test/a.b"),
        ({"app": "dbt", "node_id": "model_shop_orders", "dbt_invocation_id": "1"}, "dbt:model_shop_orders"),
        (
            {
                "dataform_workflow_execution_action_id_schema": "mart",
                "dataform_workflow_execution_action_id_name": "daily",
            },
            "dataform:mart.daily",
        ),
        ({"data_source_id": "scheduled_query"}, "scheduled_query:mart.daily"),
        ({"data_source_id": "scheduled_query", "transfer_config_id": "65f1"}, "scheduled_query:65f1"),
        ({"team": "sales"}, "MERGE mart.daily"),
    ],
)
def test_labels_name_a_job_before_its_table(labels: dict[str, str], expected: str) -> None:
    assert name(labels, "example-project.mart.daily") == expected


def test_a_comment_of_dbt_names_its_model() -> None:
    assert name(query=DBT) == "dbt:model.shop.orders"


def test_without_a_table_a_job_is_named_by_principal_and_statement() -> None:
    assert name(destination="example-project._0f3a.anon1c2d") == f"{ETL} MERGE"


def test_a_person_at_a_report_is_not_mixed_with_the_same_person_elsewhere() -> None:
    assert name({"requestor": "looker_studio"}) == f"looker_studio: {ETL} MERGE"


def test_a_scheduled_query_without_a_table_is_named_by_its_query() -> None:
    assert name({"data_source_id": "scheduled_query"}) == "scheduled_query:0123456789ab"


@pytest.mark.parametrize(
    ("destination", "expected"),
    [
        ("p.mart.daily$20261123", "mart.daily"),
        ("p.mart.events_20261123", "mart.events_*"),
        ("p._script12.t", ""),
        ("", ""),
    ],
)
def test_a_table_is_named_without_its_date(destination: str, expected: str) -> None:
    assert table_name(destination) == expected
