"""A Cloud Scheduler job whose last attempt failed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from demo.platform.jobs.scheduler import SchedulerServer
from shared.config import Settings
from shared.model import IncidentKind, Severity
from tests.support.fault_worlds import World
from tests.support.findings import NOON, finding

JOB = "projects/example-project/locations/europe-west1/jobs/nightly"


@contextmanager
def world() -> Iterator[World]:
    """The target answered with 500."""
    with SchedulerServer() as server:
        server.add(JOB, NOON)
        yield World(
            server,
            Settings(scheduler_endpoint=server.url),
            finding(
                rule="scheduler/attempt_failed",
                kind=IncidentKind.JOB_FAILURE,
                severity=Severity.MEDIUM,
                service="scheduler",
                resource="nightly",
                labels={"job": "nightly", "location": "europe-west1"},
            ),
            is_change=lambda request: request.method == "POST",
            changes=lambda: len(server.runs),
            correct=lambda: server.attempt(JOB),
            remove=server.jobs.clear,
        )
