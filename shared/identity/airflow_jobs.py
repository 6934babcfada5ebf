"""Names of the work of Airflow tasks in the history of jobs."""

from __future__ import annotations

QUERIES_OF = (
    "airflow:"  # before `DAG.TASK`, or `ENVIRONMENT/DAG.TASK`: its BigQuery jobs; the task has the name without it
)
