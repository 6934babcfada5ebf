"""A real Kafka with one broker, a Kafka Connect worker with Debezium, and the PostgreSQL database that it captures.

Maven downloads the jars of pom.xml once into `.hinomi/`. Everything listens on loopback.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg
import requests

from shared.config import ROOT
from tests.support import memory, postgres

POM = Path(__file__).with_name("pom.xml")
JARS = ROOT / ".hinomi" / f"kafka-jars-{sha256(POM.read_bytes()).hexdigest()[:12]}"
START_SECONDS = 240.0
STOP_SECONDS = 60.0
POSTGRES_CLASS = "io.debezium.connector.postgresql.PostgresConnector"
SINK_CLASS = "org.apache.kafka.connect.file.FileStreamSinkConnector"
JSON = "org.apache.kafka.connect.json.JsonConverter"


def missing() -> str:
    """Why the cluster cannot run here; empty if it can."""
    if os.environ.get("HINOMI_TEST_KAFKA") != "1":
        return "downloads and runs Kafka: set HINOMI_TEST_KAFKA=1"
    if not (shutil.which("java") and shutil.which("mvn")):
        return "no Java or no Maven"
    try:
        postgres.find_binaries()
    except postgres.ImpossibleError as error:
        return str(error)
    return ""


@dataclass
class KafkaCluster:
    """The running servers; `folder` has their data and logs."""

    folder: Path
    brokers: str
    url: str
    port: int
    database: ExitStack = field(default_factory=ExitStack)

    @property
    def database_url(self) -> str:
        """The SQLAlchemy URL of the source database."""
        return f"postgresql+psycopg://hinomi@127.0.0.1:{self.port}/shop"

    def start_database(self) -> None:
        """Starts PostgreSQL again, with its data."""
        settings = f"port={self.port}", "wal_level=logical"
        self.database.enter_context(postgres.server(*settings, keep=self.folder / "postgres"))

    def kill_database(self) -> None:
        """Stops PostgreSQL at once, like a crash of its machine."""
        first_line = (self.folder / "postgres" / "data" / "postmaster.pid").read_text().split()[0]
        os.kill(int(first_line), signal.SIGQUIT)
        self.database.close()

    def sql(self, statement: str, *, database: str = "shop") -> list[tuple[Any, ...]]:
        """Runs a statement on the source database; returns its rows."""
        address = f"host=127.0.0.1 port={self.port} user=hinomi dbname={database}"
        with psycopg.connect(address, autocommit=True) as connection:
            done = connection.execute(statement.encode())
            return done.fetchall() if done.description else []

    def configure(self, connector: str, config: Mapping[str, str]) -> None:
        """Creates a connector, or changes its configuration. During a rebalance Connect rejects it for a moment."""

        def put() -> bool:
            return requests.put(f"{self.url}/connectors/{connector}/config", json=config, timeout=30).ok

        wait_for(put, f"Connect accepts {connector}")

    def create_stopped(self, connector: str, config: Mapping[str, str]) -> None:
        """Creates a connector in the state STOPPED."""
        body = {"name": connector, "config": config, "initial_state": "STOPPED"}
        wait_for(lambda: requests.post(f"{self.url}/connectors", json=body, timeout=30).ok, f"{connector} exists")

    def delete(self, connector: str) -> None:
        """Deletes a connector."""
        wait_for(lambda: requests.delete(f"{self.url}/connectors/{connector}", timeout=30).ok, f"{connector} is gone")

    @contextmanager
    def locked(self, table: str) -> Iterator[None]:
        """Locks a table of the source database so that nobody can read it."""
        with psycopg.connect(f"host=127.0.0.1 port={self.port} user=hinomi dbname=shop") as connection:
            connection.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE".encode())
            yield

    def order(self, connector: str, verb: str) -> None:
        """Pauses, stops or resumes a connector."""
        wait_for(
            lambda: requests.put(f"{self.url}/connectors/{connector}/{verb}", timeout=30).ok, f"{connector}: {verb}"
        )

    def wait_for_states(self, connector: str, own: str, *tasks: str) -> None:
        """Waits until the connector and its tasks have these states."""

        def is_so() -> bool:
            response = requests.get(f"{self.url}/connectors/{connector}/status", timeout=30)
            body = response.json() if response.ok else {}
            states = [task["state"] for task in body.get("tasks", ())]
            return bool(body) and (body["connector"]["state"], states) == (own, list(tasks))

        wait_for(is_so, f"{connector} is {own} {tasks}")

    def source(self, **changes: str) -> dict[str, str]:
        """The configuration of a Debezium connector that captures the table of orders."""
        return {
            "connector.class": POSTGRES_CLASS,
            "database.hostname": "127.0.0.1",
            "database.port": str(self.port),
            "database.user": "hinomi",
            "database.password": "made-up",
            "database.dbname": "shop",
            "topic.prefix": "shop",
            "plugin.name": "pgoutput",
            "publication.autocreate.mode": "filtered",
            "slot.name": "orders",
            "table.include.list": "public.orders",
            "tasks.max": "1",
            **changes,
        }

    def sink(self, file: Path) -> dict[str, str]:
        """The configuration of a sink connector that writes the orders to a file."""
        return {"connector.class": SINK_CLASS, "topics": "shop.public.orders", "file": str(file), "tasks.max": "1"}


def wait_for(holds: Any, what: str) -> None:
    """Waits until a condition holds; fails with `what` after two minutes."""
    end = time.monotonic() + START_SECONDS / 2
    while not holds():
        assert time.monotonic() < end, f"not in time: {what}"
        time.sleep(0.2)


@contextmanager
def running() -> Iterator[KafkaCluster]:
    """Runs everything until the block ends. The source database `shop` has the tables `orders` and `other`."""
    _download()
    with memory.folder("hinomi-kafka-") as folder:
        folder.chmod(0o755)  # PostgreSQL does not run as root
        yield from _running(folder)


def _running(folder: Path) -> Iterator[KafkaCluster]:
    broker, controller, rest, port = (_free_port() for _ in range(4))
    cluster = KafkaCluster(folder, f"127.0.0.1:{broker}", f"http://127.0.0.1:{rest}", port)
    server, worker = folder / "server.properties", folder / "connect.properties"
    server.write_text(_server(folder, broker, controller), encoding="utf-8")
    worker.write_text(_worker(broker, rest), encoding="utf-8")
    cluster_id = re.sub("[^A-Za-z0-9]", "", uuid.uuid4().hex)[:22]
    _java(folder, "kafka.tools.StorageTool", "format", "-t", cluster_id, "-c", str(server)).wait(START_SECONDS)
    with ExitStack() as stack:
        stack.callback(cluster.database.close)
        cluster.start_database()
        cluster.sql("CREATE DATABASE shop", database="postgres")
        cluster.sql("CREATE TABLE orders (id serial PRIMARY KEY, item text); CREATE TABLE other (filler text)")
        cluster.sql("INSERT INTO orders (item) SELECT 'first' FROM generate_series(1, 100)")
        stack.enter_context(_process(folder, "kafka.Kafka", str(server)))
        wait_for(lambda: _listens(broker), "the broker listens")
        stack.enter_context(_process(folder, "org.apache.kafka.connect.cli.ConnectDistributed", str(worker)))
        wait_for(lambda: _answers(cluster.url), "Kafka Connect answers")
        yield cluster


def _download() -> None:
    if not JARS.is_dir():
        new = JARS.with_name(f"{JARS.name}.new")
        shutil.rmtree(new, ignore_errors=True)
        command = ["mvn", "-q", "-B", "-f", str(POM), "dependency:copy-dependencies", f"-DoutputDirectory={new}"]
        subprocess.run(command, check=True, cwd="/")
        new.rename(JARS)


def _java(folder: Path, *words: str) -> subprocess.Popen[bytes]:
    command = ["java", "-Xmx400m", "-XX:TieredStopAtLevel=1", "-cp", f"{JARS}/*", *words]
    with (folder / f"{words[0].rpartition('.')[2]}.log").open("ab") as log:
        return subprocess.Popen(command, stdout=log, stderr=log, cwd="/")


@contextmanager
def _process(folder: Path, *words: str) -> Iterator[None]:
    process = _java(folder, *words)
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _server(folder: Path, broker: int, controller: int) -> str:
    return _lines(
        "process.roles=broker,controller",
        "node.id=1",
        f"controller.quorum.voters=1@127.0.0.1:{controller}",
        f"listeners=PLAINTEXT://127.0.0.1:{broker},CONTROLLER://127.0.0.1:{controller}",
        f"advertised.listeners=PLAINTEXT://127.0.0.1:{broker}",
        "controller.listener.names=CONTROLLER",
        "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        f"log.dirs={folder / 'kafka'}",
        "offsets.topic.replication.factor=1",
        "offsets.topic.num.partitions=1",
        "group.initial.rebalance.delay.ms=0",
    )


def _worker(broker: int, rest: int) -> str:
    return _lines(
        f"bootstrap.servers=127.0.0.1:{broker}",
        "group.id=connect-cdc",
        f"key.converter={JSON}",
        f"value.converter={JSON}",
        *(f"{kind}.storage.topic=connect-{kind}" for kind in ("offset", "config", "status")),
        *(f"{kind}.storage.replication.factor=1" for kind in ("offset", "config", "status")),
        "offset.storage.partitions=1",
        "status.storage.partitions=1",
        "offset.flush.interval.ms=1000",
        f"listeners=http://127.0.0.1:{rest}",
        "plugin.discovery=service_load",
    )


def _lines(*lines: str) -> str:
    return "\n".join(lines) + "\n"


def _answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/connectors", timeout=5).ok
    except (requests.ConnectionError, requests.Timeout):
        return False


def _listens(port: int) -> bool:
    with socket.socket() as sock:
        sock.settimeout(1)
        return sock.connect_ex(("127.0.0.1", port)) == 0


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])
