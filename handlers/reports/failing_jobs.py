"""The failing jobs of a report, with one row for a fault that a query, its Airflow task and its DAG share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from insights.jobs.trends import FailingJob

QUERY_OF = "airflow:"  # beginning of the name of a query that an Airflow task runs: airflow:DAG.TASK


def one_of_each(jobs: Sequence[FailingJob]) -> list[FailingJob]:
    """The jobs in their order, without the DAG and the query of a task if they failed in the same runs.

    The task's row has the error of its query. A query is assigned to a task only if a single task has its name, because
    the project of the query may differ from that of the environment.
    """
    queries = {at: job for at, job in enumerate(jobs) if job.job_name.startswith(QUERY_OF)}
    found = {at: [task for task, each in enumerate(jobs) if _runs(each, job)] for at, job in queries.items()}
    task_of = {at: tasks[0] for at, tasks in found.items() if len(tasks) == 1}
    errors = {task: jobs[at].error for at, task in task_of.items()}
    tasks = {(job.project, job.job_name.partition(".")[0], *_numbers(job)) for job in jobs if "." in job.job_name}
    return [
        replace(job, error=job.error or errors.get(at, ""))
        for at, job in enumerate(jobs)
        if at not in task_of and (job.project, job.job_name, *_numbers(job)) not in tasks
    ]


def _runs(task: FailingJob, query: FailingJob) -> bool:
    """Whether the task ran the query: its name refers to the task, and both have the same failures."""
    return f"{QUERY_OF}{task.job_name}" == query.job_name and _numbers(task) == _numbers(query)


def _numbers(job: FailingJob) -> tuple[int, int, int]:
    return job.failed, job.runs, job.streak
