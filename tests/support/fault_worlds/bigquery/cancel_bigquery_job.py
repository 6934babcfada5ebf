"""A query that has been running for two hours, while others wait for slots."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from demo.platform.bigquery.pipelines import PipelineServer
from demo.platform.http import Request
from shared.config import Settings
from tests.support.fault_worlds import World
from tests.support.findings import NOON, finding

PROJECT, JOB = "example-project", "bquxjob_7d1f0a2b_19a3c"


def _cancels(request: Request) -> bool:
    return request.parts[-1] == "cancel"


@contextmanager
def world() -> Iterator[World]:
    """The query is running."""
    with PipelineServer(lambda: NOON - timedelta(hours=2)) as server:
        server.add_job(PROJECT, JOB, {"query": {"query": "SELECT * FROM a, b"}}, statement="SELECT")
        yield World(
            server,
            Settings(bigquery_endpoint=server.url),
            finding(resource=f"projects/{PROJECT}/jobs/{JOB}", labels={"job": JOB, "location": "EU"}),
            is_change=_cancels,
            changes=lambda: len(server.cancelled),
            correct=lambda: server.finish(PROJECT, JOB),
            remove=lambda: server.delete(PROJECT, JOB),
            params={"running_minutes": 60},
        )
