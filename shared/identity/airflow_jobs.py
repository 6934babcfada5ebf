"""The names of what a task of Airflow runs, in the history of jobs."""

from __future__ import annotations

QUERIES_OF = (
    "airflow:"  # before `DAG.TASK`, or `ENVIRONMENT/DAG.TASK`: its BigQuery jobs; the task has the name without it
)
