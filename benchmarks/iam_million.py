"""One million bindings over 10,000 resources: two snapshots from a local server into PostgreSQL.

    .venv/bin/python -m benchmarks.iam_million [--resources 10000] [--bindings 100] [--sqlite]

Prints seconds, rows written and the largest memory of the process that takes the snapshots, for the first snapshot, for
a second one after 0.1 % of the bindings changed, and for a third one without changes.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from typing import Any

from benchmarks.bars import Bars
from collectors.history_analysis import registry
from collectors.history_analysis.quota_limiter import Limiter
from collectors.history_analysis.results import SnapshotResult
from collectors.history_analysis.snapshot import HistoryDependencies, run
from db.engine import make_engine
from db.migrate import SCHEMA_DB, upgrade
from db.schema_db.store import SchemaStore
from demo.platform.asset import AssetServer
from shared.clients import Clients
from shared.config import Settings
from tests.support import postgres

START = datetime(2026, 11, 23, 10, tzinfo=UTC)
CHANGED = 0.001
FIRST_SECONDS, MOST_MEMORY, SECOND_SHARE = 300, 400, 0.33
ROLES = 10


def main() -> None:
    """Runs the benchmark and prints the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--resources", type=int, default=10_000)
    parser.add_argument("--bindings", type=int, default=100, help="bindings of each resource")
    parser.add_argument("--sqlite", action="store_true")
    options = parser.parse_args()
    receiver, sender = multiprocessing.Pipe()
    server = multiprocessing.Process(target=serve, args=(sender, options.resources, options.bindings))
    server.start()
    try:
        with database(sqlite=options.sqlite) as url:
            upgrade(url, SCHEMA_DB)
            measure(url, receiver, options.resources * options.bindings)
    finally:
        receiver.send("stop")
        server.join()


def measure(url: str, server: Connection, bindings: int) -> None:
    """Takes three snapshots, the second and the third one an hour and two hours later."""
    settings = Settings(asset_endpoint=server.recv(), scope="organizations/1")
    store = SchemaStore(make_engine(url))
    limiter = Limiter(sleep=lambda _seconds: None)
    outside = HistoryDependencies(store, Clients(settings), settings, lambda: now, registry.discover(()), limiter)
    print(f"{bindings:,} bindings, {os.cpu_count()} CPUs, {store.engine.dialect.name}; memory before {memory()} MB")
    runs: list[tuple[float, int]] = []
    for number, what in enumerate(("first", f"second, {CHANGED:.1%} changed", "third, nothing changed")):
        if number == 1:
            server.send("change")
            server.recv()
        now = START + timedelta(hours=number)
        began = time.perf_counter()
        (result,) = snapshot(outside, now)
        seconds = time.perf_counter() - began
        runs.append((seconds, result.rows))
        share = f"{seconds / runs[0][0]:.0%} of the first"
        print(f"{what:24} {seconds:7.1f} s  {share:18} {result.rows:>9,} rows  {result.api_calls} calls  {memory()} MB")
        if result.error:
            sys.exit(f"failed: {result.error}")
    store.engine.dispose()
    check_limits(runs, bindings)


def check_limits(runs: list[tuple[float, int]], bindings: int) -> None:
    """Compares seconds and rows of the snapshots with the limits."""
    (first, _), (second, rows), _ = runs
    bars = Bars()
    bars.at_most(FIRST_SECONDS, "first snapshot", round(first, 1), " s")
    bars.at_most(MOST_MEMORY, "memory", memory(), " MB")
    bars.at_most(round(1.1 * CHANGED * bindings), "rows of the second snapshot", rows)
    bars.at_most(SECOND_SHARE, "second snapshot, share of the first", round(second / first, 2))
    bars.end()


def snapshot(outside: HistoryDependencies, now: datetime) -> list[SnapshotResult]:
    """One run of iam.bindings."""
    return list(run(outside, now, only=["iam.bindings"]))


def memory() -> int:
    """The peak memory of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


@contextmanager
def database(*, sqlite: bool) -> Iterator[str]:
    """An empty database for the time of the benchmark."""
    if sqlite:
        with tempfile.TemporaryDirectory() as folder:
            yield f"sqlite:///{folder}/schema.db"
    else:
        with postgres.server() as url:
            yield url


def serve(pipe: Connection, resources: int, bindings: int) -> None:
    """Serves the platform in a separate process, so that its memory and time do not count."""
    server = AssetServer()
    server.add_project("example-project", "123", organization="1")
    chance = random.Random(7)  # noqa: S311 - made-up policies
    for number in range(resources):
        put(server, number, policy(number, bindings))
    server.start()
    pipe.send(server.endpoint)
    while pipe.recv() == "change":
        for number in chance.sample(range(resources), max(1, int(resources * bindings * CHANGED / 2))):
            changed = policy(number, bindings)
            # One binding is removed and another one added: two of the changed ones.
            changed[0]["members"] = ["user:newcomer@example.com", *changed[0]["members"][1:]]
            put(server, number, changed)
        pipe.send("changed")
    server.stop()


def policy(number: int, bindings: int) -> list[dict[str, Any]]:
    """Ten roles, each with a tenth of the members; one role has a condition."""
    each = bindings // ROLES
    made: list[dict[str, Any]] = [
        {
            "role": f"roles/example.role{role}",
            "members": [
                f"user:person{(number * 7 + role * each + index) % 50_000}@example.com" for index in range(each)
            ],
        }
        for role in range(ROLES)
    ]
    made[-1]["condition"] = {"expression": "request.time < timestamp('2027-01-01T00:00:00Z')", "title": "until 2027"}
    return made


def put(server: AssetServer, number: int, bindings: list[dict[str, Any]]) -> None:
    """The policy of one bucket."""
    name = f"//storage.googleapis.com/example-bucket-{number:06}"
    server.set_policy(name, "storage.googleapis.com/Bucket", bindings, project="example-project")


if __name__ == "__main__":
    main()
