"""A failed job that a workflow repairs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from demo.platform.jobs.workflows import WorkflowsServer
from shared.config import Settings
from shared.secret import Secret
from tests.support.fault_worlds import NOT_A_CONFLICT, World
from tests.support.findings import finding

WORKFLOW = "projects/my-project/locations/asia-northeast1/workflows/reload"
DIFFERS = NOT_A_CONFLICT


@contextmanager
def world() -> Iterator[World]:
    """The workflow has not been executed yet."""
    with WorkflowsServer() as server:
        server.add(WORKFLOW)
        by_a_person = {"name": f"{WORKFLOW}/executions/x", "state": "ACTIVE", "labels": {"hinomi_incident": "1"}}
        yield World(
            server,
            Settings(workflows_endpoint=server.url, environment={"HINOMI_WORKFLOW_RELOAD": Secret(WORKFLOW)}),
            finding(),
            is_change=lambda request: request.method == "POST",
            changes=lambda: sum("argument" in each for each in server.executions.get(WORKFLOW, [])),
            correct=lambda: server.executions[WORKFLOW].append(by_a_person),
            remove=server.executions.clear,
            params={"workflow": "reload"},
        )
