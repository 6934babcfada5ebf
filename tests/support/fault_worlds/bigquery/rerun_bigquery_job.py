"""A load job that failed because of a rate limit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from demo.platform.bigquery.pipelines import PipelineServer
from demo.platform.http import Request
from shared.config import Settings
from tests.support.fault_worlds import World
from tests.support.findings import NOON, finding

PROJECT, JOB = "example-project", "load_orders_20261123_ab12cd34"
LOAD = {
    "load": {
        "sourceUris": ["gs://example-landing/orders/2026-11-23.avro"],
        "destinationTable": {"projectId": PROJECT, "datasetId": "raw", "tableId": "orders"},
        "writeDisposition": "WRITE_APPEND",
    }
}


def _starts(request: Request) -> bool:
    return request.method == "POST" and request.parts[-1] == "jobs"


@contextmanager
def world() -> Iterator[World]:
    """The job failed; its caller has not started it again."""

    def start_again() -> None:
        server.add_job(PROJECT, "load_orders_20261123_ef56ab78", LOAD)

    with PipelineServer(lambda: NOON) as server:
        server.add_job(PROJECT, JOB, LOAD)
        server.finish(PROJECT, JOB, "rateLimitExceeded")
        yield World(
            server,
            Settings(bigquery_endpoint=server.url),
            finding(resource=f"projects/{PROJECT}/jobs/{JOB}", labels={"job": JOB, "location": "EU"}),
            is_change=_starts,
            changes=lambda: len(server.started),
            correct=start_again,
            remove=lambda: server.delete(PROJECT, JOB),
            params={"principals": ("pipeline@*",)},
        )
