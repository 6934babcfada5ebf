"""New processes that share no connection with us, forked from a server that has the imports done already."""

from __future__ import annotations

import multiprocessing
from multiprocessing.context import ForkServerContext

# One server serves all tests of a session and never imports more than at its start: a kill is to meet the work of a
# process, not its imports.
IMPORTED = [
    *(f"tests.support.{name}" for name in ("access_process", "history_process", "processes")),
    *("google.cloud.asset_v1", "google.cloud.logging_v2", "requests"),
    *(f"collectors.history_analysis.iam.{name}" for name in ("accounts", "audit", "audit_config", "groups")),
    *(f"collectors.history_analysis.iam.{name}" for name in ("policies", "resources", "roles")),
]


def context() -> ForkServerContext:
    """What makes processes, pipes and pools."""
    found = multiprocessing.get_context("forkserver")
    found.set_forkserver_preload(IMPORTED)
    return found
