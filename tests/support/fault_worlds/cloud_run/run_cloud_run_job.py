"""A Cloud Run job whose execution failed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from demo.platform.run import RunServer
from shared.config import Settings
from shared.model import IncidentKind, Severity
from tests.support.fault_worlds import World
from tests.support.findings import NOON, finding

JOB = "projects/example-project/locations/europe-west1/jobs/nightly-load"


@contextmanager
def world() -> Iterator[World]:
    """The job's container exited with an error."""
    with RunServer() as server:
        server.add_job(JOB)
        server.execute(JOB, at=NOON)
        server.finish(JOB, NOON, succeeded=False, failedCount=1)

        def correct() -> None:
            server.execute(JOB)
            server.finish(JOB, NOON)

        yield World(
            server,
            Settings(run_endpoint=server.url),
            finding(
                rule="functions/run_job_failed",
                kind=IncidentKind.JOB_FAILURE,
                severity=Severity.MEDIUM,
                service="functions",
                resource="nightly-load",
                labels={"job": "nightly-load", "execution": "nightly-load-1", "location": "europe-west1"},
            ),
            is_change=lambda request: request.method == "POST",
            changes=lambda: sum("HINOMI_RUN_KEY" in str(each) for each in server.executions.get(JOB, ())),
            correct=correct,
            remove=lambda: server.remove_job(JOB),
        )
