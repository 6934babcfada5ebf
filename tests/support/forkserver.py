"""New processes without shared connections, forked from a server with all imports done."""

from __future__ import annotations

import multiprocessing
from multiprocessing.context import ForkServerContext

# One server serves all tests of a session and imports nothing after its start: a kill should hit the work of a process,
# not its imports.
IMPORTED = [
    *(f"tests.support.{name}" for name in ("access_process", "history_process", "processes")),
    *("google.cloud.asset_v1", "google.cloud.logging_v2", "requests"),
    *(f"collectors.history_analysis.iam.{name}" for name in ("accounts", "audit", "audit_config", "groups")),
    *(f"collectors.history_analysis.iam.{name}" for name in ("policies", "resources", "roles")),
]


def context() -> ForkServerContext:
    """The context that creates processes, pipes and pools."""
    found = multiprocessing.get_context("forkserver")
    found.set_forkserver_preload(IMPORTED)
    return found
