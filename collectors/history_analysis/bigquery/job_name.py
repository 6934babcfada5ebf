"""Derives a stable name for a BigQuery job across its runs, because BigQuery has no job names.

Labels: those that Airflow's BigQuery operators, the Data Transfer Service, dbt (with `job-label`), Dataform and Looker
Studio set on their jobs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from shared.identity.airflow_jobs import QUERIES_OF
from shared.identity.query_key import stable_name

_NODE = re.compile(r'"node_id"\s*:\s*"([^"]+)"')
# Labels that an installation sets on the queries of an Airflow environment, as the rules on BigQuery jobs read them.
ENVIRONMENT_LABELS = ("composer-environment", "composer_environment", "airflow-environment", "airflow_environment")
_COMMENT = 2_000  # dbt's own comment is at the start or the end of the query
_DECORATOR = re.compile(r"[$@][^.]*$")


def job_name(
    labels: Mapping[str, str], *, destination: str, principal: str, statement: str, query: str = "", query_key: str = ""
) -> str:
    """The first available of: the scheduler's name, the destination table, the principal with the statement type.

    `destination` is project.dataset.table, or empty. A scheduled query without a known destination is named by its
    query.
    """
    table = table_name(destination)
    named = _airflow(labels) or _dbt(labels, query) or _dataform(labels)
    if named:
        return named
    if labels.get("data_source_id") == "scheduled_query":
        return f"scheduled_query:{labels.get('transfer_config_id') or table or query_key[:12]}"
    kind = statement or "JOB"
    if table:
        return f"{kind} {table}"
    requestor = labels.get("requestor")
    return " ".join(part for part in (f"{requestor}:" if requestor else "", principal, kind) if part)


def table_name(destination: str) -> str:
    """dataset.table without partition and date; empty for a temporary table, whose dataset name starts with `_`."""
    _, _, name = destination.partition(".")
    dataset, _, table = name.partition(".")
    if not table or dataset.startswith("_"):
        return ""
    return f"{dataset}.{stable_name(_DECORATOR.sub('', table))}"


def _airflow(labels: Mapping[str, str]) -> str:
    """The DAG and task, after their environment where a label has it: two environments may have a DAG of one name."""
    dag, task = labels.get("airflow-dag"), labels.get("airflow-task")
    environment = next(filter(None, (labels.get(name) for name in ENVIRONMENT_LABELS)), "")
    return f"{QUERIES_OF}{environment and f'{environment}/'}{dag}.{task}" if dag and task else ""


def _dbt(labels: Mapping[str, str], query: str) -> str:
    if labels.get("app") == "dbt" and labels.get("node_id"):
        return f"dbt:{labels['node_id']}"
    if '"dbt' not in query[:_COMMENT] + query[-_COMMENT:]:
        return ""
    node = _NODE.search(query[:_COMMENT]) or _NODE.search(query[-_COMMENT:])
    return f"dbt:{node[1]}" if node else ""


def _dataform(labels: Mapping[str, str]) -> str:
    name = labels.get("dataform_workflow_execution_action_id_name")
    schema = labels.get("dataform_workflow_execution_action_id_schema")
    return f"dataform:{schema}.{name}" if name and schema else ""
