"""A failed job that a script of the installation repairs; the script runs as a Cloud Run job."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from demo.platform.run import RunServer
from handlers.scripts.cloud_run import KEY
from shared.config import Settings
from shared.secret import Secret
from tests.support.fault_worlds import NOT_A_CONFLICT, World
from tests.support.findings import finding
from tests.support.script_folder import add_script

PLACE = "projects/example-project/locations/europe-west1"
JOB = f"{PLACE}/jobs/hinomi-script-clear-dag"
# No call reads the job before the change; a repair by hand leaves no trace where scripts run.
DIFFERS = {**NOT_A_CONFLICT, "target removed": {"effects": ("none",)}, "already corrected": None}


@contextmanager
def world() -> Iterator[World]:
    """The script has not run; its execution does not end, so no log is read."""
    with TemporaryDirectory() as folder, RunServer() as server:
        add_script(Path(folder), "clear_dag")
        server.add_job(JOB)
        yield World(
            server,
            Settings(
                actions_dir=folder,
                run_endpoint=server.url,
                environment={"HINOMI_SCRIPT_LOCATION": Secret(PLACE)},
            ),
            finding(labels={"dag_id": "load_mart"}),
            is_change=lambda request: request.method == "POST",
            changes=lambda: sum(KEY in str(each) for each in server.executions.get(JOB, ())),
            correct=lambda: None,
            remove=lambda: server.remove_job(JOB),
            params={"script": "clear_dag"},
        )
