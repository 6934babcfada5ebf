"""Names of the work of Airflow tasks in the history of jobs."""

from __future__ import annotations

QUERIES_OF = (
    "airflow:"  # before `DAG.TASK`, or `ENVIRONMENT/DAG.TASK`: its BigQuery jobs; the task has the name without it
)


def possible_dags(name: str) -> set[str]:
    """The DAG of `airflow:dag.task` or `airflow:environment/dag.task`; both may contain dots, so that several are possible."""
    parts = name.removeprefix(QUERIES_OF).rpartition("/")[2].split(".")
    return {".".join(parts[:number]) for number in range(1, len(parts))}
