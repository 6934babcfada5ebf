"""Workers in separate processes, like the instances of a function."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from db.error_db.store import ErrorStore
from demo.platform.http import Reply, Request
from demo.platform.storage import StorageServer
from handlers.spec import HandlerSpec
from shared.config import ROOT, Settings
from shared.model import Mode, RunState, Status
from tests.support.handling import BUCKET, GRANT, Desk

# One crash on both databases; the fault matrix has those of every remediation, in one process.
pytestmark = pytest.mark.sqlite

WORK = """
import sys
from datetime import datetime
from db.engine import make_engine
from db.error_db.store import ErrorStore
from handlers.worker import ActionWorker
from shared.clients import Clients
from shared.config import Settings
url, endpoint, now = sys.argv[1], sys.argv[2], datetime.fromisoformat(sys.argv[3])
settings = Settings(storage_endpoint=endpoint)
ActionWorker(ErrorStore(make_engine(url)), Clients(settings), settings, lambda: now).run_due(now)
"""
REPAIR = HandlerSpec(name="repair", action="remove_iam_member", mode=Mode.AUTO)


class SlowStorage(StorageServer):
    """Makes a change at once, and delays the response to the first request of a method until it is released."""

    def __init__(self, method: str = "GET") -> None:
        super().__init__()
        self.method = method
        self.reached = threading.Event()
        self.let_go = threading.Event()

    def reply(self, request: Request) -> Reply:
        reply = super().reply(request)
        if request.method == self.method and not self.reached.is_set():
            self.reached.set()
            self.let_go.wait(300)
        return reply


@pytest.fixture(params=["GET"])
def slow(request: pytest.FixtureRequest) -> Iterator[SlowStorage]:
    with SlowStorage(request.param) as server:
        server.add_bucket(BUCKET, [{"role": GRANT["role"], "members": [GRANT["member"]]}])
        yield server
        server.let_go.set()


@pytest.fixture
def desk(store: ErrorStore, slow: SlowStorage) -> Desk:
    desk = Desk(store, Settings(storage_endpoint=slow.url))
    desk.apply(REPAIR)
    desk.public_bucket()
    return desk


def worker(desk: Desk, url: str) -> subprocess.Popen[bytes]:
    arguments = [url, desk.settings.storage_endpoint, desk.now.isoformat()]
    return subprocess.Popen([sys.executable, "-c", WORK, *arguments], cwd=ROOT, stdout=subprocess.DEVNULL)


@pytest.mark.both_databases
def test_the_run_of_a_killed_worker_is_taken_by_the_next(desk: Desk, slow: SlowStorage, error_db_url: str) -> None:
    with worker(desk, error_db_url) as process:
        assert slow.reached.wait(300)
        process.kill()
    assert desk.runs()[0].state is RunState.RUNNING
    slow.let_go.set()
    desk.wait(minutes=6)
    assert desk.work() == 1
    assert desk.detail().incident.status is Status.RESOLVED
    assert (desk.runs()[0].state, desk.runs()[0].attempts) == (RunState.DONE, 2)


@pytest.mark.parametrize("slow", ["PUT"], indirect=True)
def test_the_undo_of_a_change_is_stored_before_a_worker_can_be_killed(
    desk: Desk, slow: SlowStorage, error_db_url: str
) -> None:
    with worker(desk, error_db_url) as process:
        assert slow.reached.wait(300)
        process.kill()
    slow.let_go.set()
    assert slow.policy(BUCKET)["bindings"] == []
    desk.wait(minutes=6)
    assert desk.work() == 1
    run = desk.runs()[0]
    assert run.undo == {"resource": f"bucket {BUCKET}", "add": [{"role": GRANT["role"], "member": GRANT["member"]}]}
    removed = f"removed {GRANT['member']} as {GRANT['role']} from bucket {BUCKET}"
    assert run.result == f"{removed} (probably done by an earlier attempt that was interrupted)"
    assert desk.detail().incident.status is Status.RESOLVED


def test_a_run_is_executed_by_one_process_at_a_time(desk: Desk, slow: SlowStorage, error_db_url: str) -> None:
    with worker(desk, error_db_url) as first:
        assert slow.reached.wait(300)
        with worker(desk, error_db_url) as second:
            assert second.wait(300) == 0
        slow.let_go.set()
        assert first.wait(300) == 0
    assert sum(request.method == "PUT" for request in slow.requests) == 1
    assert (desk.runs()[0].state, desk.runs()[0].attempts) == (RunState.DONE, 1)
