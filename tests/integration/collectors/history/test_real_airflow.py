"""Real Airflow 2.11 and 3.3: their APIs and databases, the reports of hinomi_airflow, and the findings of the watcher.

HINOMI_TEST_AIRFLOW=1 installs them into .hinomi/ on first use (about 300 MB each). The variable may also name the
folders of environments that have Airflow and google-cloud-pubsub, separated by colons.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests

from collectors.metrics_analysis.airflow.findings import IMPORT_ERROR, WAITING
from collectors.metrics_analysis.detectors import DetectorContext, airflow_state
from collectors.metrics_analysis.evidence import Tick
from db.schema_db.models import JobRun, JobSchedule
from db.schema_db.store import SchemaStore
from shared.clients import Clients
from shared.config import ROOT, Settings
from shared.connections.airflow import AirflowConnection
from shared.model import Finding
from shared.secret import Secret
from tests.support.airflow_module import MODULE
from tests.support.collecting import CollectingSite
from tests.support.pubsub_publisher import PublisherServer

CHOSEN = os.environ.get("HINOMI_TEST_AIRFLOW", "")
pytestmark = [
    pytest.mark.airflow,
    pytest.mark.slow,
    pytest.mark.skipif(not CHOSEN, reason="needs real Airflows: set HINOMI_TEST_AIRFLOW"),
]
VERSIONS = ("2.11.2", "3.3.2")
INSTALLED = (
    [ROOT / ".hinomi" / f"airflow-{version}" for version in VERSIONS]
    if CHOSEN in ("", "1")
    else [Path(each) for each in CHOSEN.split(":")]
)
USER, PASSWORD = "hinomi", "made-up"
TOPIC = "projects/p/topics/hinomi-reports-airflow"
START_SECONDS, RUN_SECONDS = 300, 900
DAGS = """\
import os
from datetime import datetime, timedelta, timezone
from pathlib import Path

try:
    from airflow.sdk import DAG, task
except ImportError:
    from airflow import DAG
    from airflow.decorators import task

START = datetime(2026, 1, 1, tzinfo=timezone.utc)
FIXED = Path(os.environ["AIRFLOW_HOME"]) / "fixed"
RETRY = {"owner": "data-team", "retries": 1, "retry_delay": timedelta(seconds=1)}

with DAG("load_mart", schedule=None, start_date=START, default_args=RETRY):
    @task
    def extract():
        return [1, 2]

    @task
    def merge(number):
        if number == 2 and not FIXED.exists():
            raise ValueError("no rows")

    merge.expand(number=extract())

with DAG("yearly", schedule="15 3 1 1 *", start_date=START, catchup=False):
    @task
    def work():
        pass

    work()

with DAG("stuck", schedule=None, start_date=START):
    @task(pool="nobody")
    def waits():
        pass

    waits()
"""


@dataclass(frozen=True)
class RealAirflow:
    """A running Airflow: its web server, its SQLite file, and the messages that its processes publish."""

    version: int
    url: str
    home: Path
    environment: dict[str, str]
    program: Path
    published: PublisherServer

    @property
    def connection(self) -> AirflowConnection:
        """The connection to its REST API."""
        return AirflowConnection(self.url, "token" if self.version == 3 else "basic", USER, Secret(PASSWORD))

    def call(self, *args: str) -> subprocess.CompletedProcess[str]:
        """Runs a command of Airflow."""
        command = [str(self.program), *args]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False, cwd="/")

    def run(self, *args: str) -> None:
        """Runs a command of Airflow that succeeds."""
        done = self.call(*args)
        assert done.returncode == 0, done.stderr[-2000:]

    def reports(self, job: str) -> list[str]:
        """The reported states of a job, in order."""
        return [each.data["state"] for each in list(self.published.messages) if each.data["job"] == job]

    def findings(self, **settings: int) -> dict[str, Finding]:
        """The findings of the watcher, by rule."""
        chosen = Settings(connections={"airflow": {"onprem": self.connection}}, **settings)  # type: ignore[arg-type]
        now = datetime.now(UTC)
        context = DetectorContext(now, chosen, Clients(chosen), [])
        found = airflow_state.detect(Tick("load-check", now), context)
        return {each.rule: each for each in found if isinstance(each, Finding)}


@pytest.fixture(scope="module", params=INSTALLED, ids=lambda path: path.name)
def airflow(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealAirflow]:
    """An Airflow with its scheduler, hinomi_airflow as a plug-in, and a Pub/Sub server."""
    installed: Path = request.param
    _install(installed)
    home = tmp_path_factory.mktemp("airflow")
    for folder in ("dags", "plugins"):
        (home / folder).mkdir()
    (home / "dags" / "all.py").write_text(DAGS)
    (home / "dags" / "broken.py").write_text("# an airflow DAG\nfrom airflow import nothing_like_this\n")
    shutil.copy(MODULE, home / "plugins")
    (home / "passwords.json").write_text(json.dumps({USER: PASSWORD}))
    version = 3 if next(installed.glob("lib/*/site-packages/apache_airflow_core-*"), None) else 2
    published, port = PublisherServer(), _free_port()
    published.start()
    made = RealAirflow(
        version, f"http://127.0.0.1:{port}", home, _environment(installed, home, port, published.endpoint),
        installed / "bin" / "airflow", published,
    )  # fmt: skip
    made.run("db", "migrate")
    made.run("pools", "set", "nobody", "0", "nobody serves it")
    if version == 2:
        made.run(
            "users", "create", "-u", USER, "-p", PASSWORD, "-f", "h", "-l", "h", "-r", "Admin", "-e", "h@example.com"
        )
    with ExitStack() as stack:
        stack.callback(published.stop)
        web = ["webserver"] if version == 2 else ["api-server"]
        stack.enter_context(_process(made, *web, "--port", str(port), "--workers", "1"))
        wait_for(lambda: _answers(made), START_SECONDS)
        for name in ("scheduler", *(("dag-processor",) if version == 3 else ())):
            stack.enter_context(_process(made, name))
        yield made


def _environment(installed: Path, home: Path, port: int, endpoint: str) -> dict[str, str]:
    url = f"http://127.0.0.1:{port}"
    return {
        "PATH": f"{installed / 'bin'}:{os.environ['PATH']}",
        "HOME": str(home),
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(home / "passwords.json"),
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
        "AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT": "120",
        "AIRFLOW__API__AUTH_BACKENDS": "airflow.api.auth.backend.basic_auth",
        "AIRFLOW__API__BASE_URL": url,
        "AIRFLOW__API_AUTH__JWT_SECRET": "made-up-secret-that-is-long-enough-for-hs512-signatures-0123456789",
        "AIRFLOW__WEBSERVER__BASE_URL": url,
        "HINOMI_REPORTS_TOPIC": TOPIC,
        "HINOMI_AIRFLOW_ENVIRONMENT": "onprem",
        "PUBSUB_EMULATOR_HOST": endpoint,
        "NO_PROXY": "127.0.0.1",
    }


def _install(folder: Path) -> None:
    if not (folder / "bin" / "airflow").exists():
        version = folder.name.removeprefix("airflow-")
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        packages = [f"apache-airflow=={version}", "google-cloud-pubsub"]
        subprocess.run([folder / "bin" / "pip", "install", "-q", *packages], check=True)


@contextmanager
def _process(airflow: RealAirflow, *args: str) -> Iterator[None]:
    with (airflow.home / f"{args[0]}.log").open("w") as log:
        process = subprocess.Popen([airflow.program, *args], env=airflow.environment, stdout=log, stderr=log, cwd="/")
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _answers(airflow: RealAirflow) -> bool:
    try:
        path = "api/v2/version" if airflow.version == 3 else "api/v1/version"
        return requests.get(f"{airflow.url}/{path}", timeout=5).ok
    except requests.RequestException:
        return False


def wait_for(condition: Callable[[], object], seconds: float = RUN_SECONDS) -> None:
    """Waits until a condition holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, condition
        time.sleep(1)


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def _trigger(airflow: RealAirflow, dag: str, run: str) -> None:
    """Starts a run as soon as Airflow knows the DAG."""
    wait_for(lambda: airflow.call("dags", "trigger", dag, "--run-id", run).returncode == 0)


def test_failures_are_reported_and_after_an_outage_of_pubsub_the_successes_in_their_order(airflow: RealAirflow) -> None:
    _trigger(airflow, "load_mart", "first")
    wait_for(lambda: "failed" in airflow.reports("onprem/load_mart"))
    assert airflow.reports("onprem/load_mart/merge") == ["retrying", "failed"]
    (failed,) = (
        each.data
        for each in airflow.published.messages
        if each.data["job"] == "onprem/load_mart/merge" and each.data["state"] == "failed"
    )
    assert failed["summary"] == "ValueError: no rows"
    labels = {"dag_id": "load_mart", "task_id": "merge", "run_id": "first", "map_index": "1", "try_number": "2"}
    assert failed["labels"].items() >= {**labels, "owner": "data-team", "environment": "onprem"}.items()
    airflow.published.denied = 1
    (airflow.home / "fixed").touch()
    airflow.run("tasks", "clear", "load_mart", "--yes", "--only-failed")
    wait_for(lambda: "ok" in airflow.reports("onprem/load_mart"))
    assert airflow.published.denied == 0
    assert airflow.reports("onprem/load_mart/merge") == ["retrying", "failed", "ok"]
    assert airflow.reports("onprem/load_mart") == ["started", "failed", "started", "ok"]


def test_the_watcher_finds_what_is_stuck_and_what_cannot_be_imported(airflow: RealAirflow) -> None:
    _trigger(airflow, "stuck", "first")
    wait_for(lambda: IMPORT_ERROR in airflow.findings())
    wait_for(lambda: WAITING in airflow.findings(airflow_waiting_minutes=1))
    found = airflow.findings(airflow_waiting_minutes=1)
    assert found[WAITING].labels == {"environment": "onprem", "dag_id": "stuck"}
    assert "nothing_like_this" in found[IMPORT_ERROR].summary


def test_the_rest_api_and_the_metadata_database_give_the_same_runs_and_schedules(
    airflow: RealAirflow, sqlite_schema_store: SchemaStore
) -> None:
    database = AirflowConnection(db_url=Secret(f"sqlite:///{airflow.home / 'airflow.db'}"))
    connections = {"database": database, "rest": airflow.connection}
    site = CollectingSite(sqlite_schema_store, Settings(connections={"airflow": connections}, history_first_days=1))
    at = (datetime.now(UTC) + timedelta(hours=1)).replace(minute=0, second=0, microsecond=0)
    for collector in ("composer.runs", "composer.schedules"):
        for result in site.run_all(collector, at):
            assert (result.scope, result.error) == (result.scope, "")
    runs, schedules = site.rows(JobRun), site.rows(JobSchedule)
    found = {name: {facts(run) for run in runs if run.project == name} for name in connections}
    assert found["rest"] == found["database"]
    states = {run.run_id: run.state for run in runs if run.job_name.startswith("load_mart")}
    assert states["load_mart/first/merge[1]"] == states["load_mart/first"] == "succeeded"
    declared = {name: {declaration(each) for each in schedules if each.project == name} for name in connections}
    assert declared["rest"] == declared["database"]
    assert ("yearly", "15 3 1 1 *", 31_622_400, "enabled") in declared["rest"]


def declaration(schedule: JobSchedule) -> tuple[object, ...]:
    """The facts about a schedule that both API and database contain."""
    return (schedule.job_name, schedule.schedule, schedule.interval_seconds, schedule.state)


def facts(run: JobRun) -> tuple[object, ...]:
    """The facts about a run that both API and database contain."""
    return (run.run_id, run.job_name, run.state, run.parent, run.start_at, run.end_at, run.attempt, run.error)
