"""DAG runs of a real Airflow: its REST API and its metadata database give the same rows.

Installs apache-airflow into .hinomi/ on first use (about 300 MB), so it runs only with HINOMI_TEST_AIRFLOW=1.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests

from db.schema_db.models import JobRun
from db.schema_db.store import SchemaStore
from shared.config import ROOT, Settings
from shared.connections.airflow import AirflowConnection
from shared.secret import Secret
from tests.support.collecting import CollectingSite

pytestmark = [
    pytest.mark.airflow,
    pytest.mark.slow,
    pytest.mark.skipif(
        os.environ.get("HINOMI_TEST_AIRFLOW") != "1", reason="installs Airflow: set HINOMI_TEST_AIRFLOW=1"
    ),
]
VERSION = "3.3.2"
HOME = ROOT / ".hinomi" / f"airflow-{VERSION}"
USER, PASSWORD = "hinomi", "made-up"
START_SECONDS = 120
DAG = """\
from datetime import datetime, timezone
from airflow.sdk import DAG, task

with DAG("load_mart", schedule=None, start_date=datetime(2026, 1, 1, tzinfo=timezone.utc)):
    @task
    def extract():
        return [1, 2]

    @task
    def merge(number):
        return number

    @task
    def check():
        raise ValueError("no rows")

    merge.expand(number=extract()) >> check()
"""


@dataclass(frozen=True)
class RealAirflow:
    """A running api-server, and its SQLite file."""

    url: str
    database: Path


@pytest.fixture(scope="module")
def airflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealAirflow]:
    """One run of one DAG, and a web server."""
    home = tmp_path_factory.mktemp("airflow")
    (home / "dags").mkdir()
    (home / "dags" / "load_mart.py").write_text(DAG)
    (home / "passwords.json").write_text(json.dumps({USER: PASSWORD}))
    port = _free_port()
    environment = {
        "PATH": f"{HOME / 'bin'}:{os.environ['PATH']}",
        "HOME": str(home),
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(home / "passwords.json"),
        "AIRFLOW__API_AUTH__JWT_SECRET": "made-up-secret-that-is-long-enough-for-hs512-signatures-0123456789",
        "AIRFLOW__API__BASE_URL": f"http://127.0.0.1:{port}",
        "NO_PROXY": "127.0.0.1",
    }
    _install()
    _airflow(environment, "db", "migrate")
    _airflow(environment, "dags", "reserialize")
    _airflow(environment, "dags", "test", "load_mart", "2026-11-22", may_fail=True)
    with _server(environment, port):
        yield RealAirflow(f"http://127.0.0.1:{port}", home / "airflow.db")


def _install() -> None:
    if not (HOME / "bin" / "airflow").exists():
        subprocess.run([sys.executable, "-m", "venv", HOME], check=True)
        subprocess.run([HOME / "bin" / "pip", "install", "-q", f"apache-airflow=={VERSION}"], check=True)


def _airflow(environment: dict[str, str], *args: str, may_fail: bool = False) -> None:
    done = subprocess.run(
        [HOME / "bin" / "airflow", *args], env=environment, capture_output=True, text=True, check=False, cwd="/"
    )
    assert may_fail or done.returncode == 0, done.stderr[-2000:]


@contextmanager
def _server(environment: dict[str, str], port: int) -> Iterator[None]:
    command = [
        str(HOME / "bin" / "airflow"),
        "api-server",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--workers",
        "1",
    ]
    with (Path(environment["HOME"]) / "log").open("w") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd="/")
    try:
        _wait(f"http://127.0.0.1:{port}/api/v2/version", process)
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            if requests.get(url, timeout=2).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.5)
    pytest.fail(f"{url} does not answer")


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def test_the_rest_api_and_the_metadata_database_give_the_same_runs(
    airflow: RealAirflow, schema_store: SchemaStore
) -> None:
    rest = AirflowConnection(airflow.url, "token", USER, Secret(PASSWORD))
    database = AirflowConnection(db_url=Secret(f"sqlite:///{airflow.database}"))
    site = CollectingSite(
        schema_store, Settings(connections={"airflow": {"database": database, "rest": rest}}, history_first_days=1)
    )
    at = datetime.now(UTC) + timedelta(hours=1)
    for result in site.run_all("composer.runs", at.replace(minute=0, second=0, microsecond=0)):
        assert (result.scope, result.error) == (result.scope, "")
    runs = site.rows(JobRun)
    found = {name: {facts(run) for run in runs if run.project == name} for name in ("database", "rest")}
    assert found["rest"] == found["database"]
    states = {run.run_id.rpartition("/")[2]: run.state for run in runs if run.parent}
    assert states == {"extract": "succeeded", "merge[0]": "succeeded", "merge[1]": "succeeded", "check": "failed"}


def facts(run: JobRun) -> tuple[object, ...]:
    """The facts about a run that both ways return."""
    return (run.run_id, run.job_name, run.state, run.parent, run.start_at, run.end_at, run.attempt, run.error)
