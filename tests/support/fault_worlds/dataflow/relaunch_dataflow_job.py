"""A Dataflow job of a template that failed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from demo.platform.dataflow import DataflowServer
from shared.config import Settings
from shared.model import IncidentKind, Severity
from shared.secret import Secret
from tests.support.fault_worlds import World
from tests.support.findings import NOON, finding

PROJECT, REGION, NUMBER = "example-project", "europe-west1", "2026-11-20_00_15_12-6110555549864901093"


@contextmanager
def world() -> Iterator[World]:
    """A work item failed four times."""
    with DataflowServer() as server:
        place = {"location": REGION, "type": "JOB_TYPE_BATCH"}
        server.add(PROJECT, NUMBER, "orders-enrich", "FAILED", createTime=NOON.isoformat(), **place)

        def correct() -> None:
            server.add(PROJECT, "2", "orders-enrich", "RUNNING", createTime=datetime.now(UTC).isoformat(), **place)

        yield World(
            server,
            Settings(
                dataflow_endpoint=server.url,
                environment={"HINOMI_DATAFLOW_TEMPLATE_ENRICH": Secret("gs://example-templates/enrich.json")},
            ),
            finding(
                rule="dataflow/job_failed",
                kind=IncidentKind.JOB_FAILURE,
                severity=Severity.HIGH,
                service="dataflow",
                resource="orders-enrich",
                labels={"job": "orders-enrich", "run": NUMBER, "location": REGION},
            ),
            is_change=lambda request: request.method == "POST",
            changes=lambda: len(server.launched),
            correct=correct,
            remove=server.jobs(PROJECT).clear,
            params={"template": "enrich"},
        )
