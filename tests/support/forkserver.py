"""Starts processes without shared connections, forked from a server with all imports done."""

from __future__ import annotations

import multiprocessing
import os
from functools import cache
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext

import pytest

from tests.support import databases

SETTINGS = ("HINOMI_", "PUBSUB_")
VARIABLE = "WARM_DATABASES"  # URLs of databases that tests/support/warm.py uses
# One server serves all tests of a session and imports nothing after its start: a kill should hit the work of a process,
# not its imports.
IMPORTED = [
    *(f"tests.support.{name}" for name in ("access_process", "history_process", "processes")),
    *("google.cloud.asset_v1", "google.cloud.logging_v2", "requests"),
    *("functions_framework._cli", "gunicorn.app.base", "gunicorn.workers.gthread", "main"),
    *("collectors.metrics_analysis.pipeline", "db.first_use", "handlers.worker", "insights.causes.lookup"),
    *(f"collectors.history_analysis.iam.{name}" for name in ("accounts", "audit", "audit_config", "groups")),
    *(f"collectors.history_analysis.iam.{name}" for name in ("policies", "resources", "roles")),
    *("alembic.command", "alembic.autogenerate", "cli.commands.db", "db.migrations.environment"),
    *("cli.app", "cli.commands.detection.analyze", "cli.commands.incidents"),
    "tests.support.warm",
]


def context() -> ForkServerContext:
    """The context that creates processes, pipes and pools; its server inherits no HINOMI_ setting of the first test."""
    result = multiprocessing.get_context("forkserver")
    result.set_forkserver_preload(IMPORTED)
    urls = _databases()
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ:
            if name.startswith(SETTINGS):
                patch.delenv(name)
        patch.setenv(VARIABLE, urls)
        forkserver.ensure_running()
    return result


@cache
def _databases() -> str:
    return " ".join(databases.copies())
