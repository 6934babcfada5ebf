"""Every remediation under every kind of fault: the final state, breaker and budget are right, and no change is made twice.

A new remediation needs a world in tests/support/fault_worlds. Some faults have the same effect on every action, such as
401 and 403, or a lost response and an error 500: the runner makes all calls (handlers/remediations/calls.py), and an
action sees the same target in its next plan. These faults are tested with four actions, and with EXHAUSTIVE=1 with all
of them.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
import requests

from db.error_db import runs
from db.error_db.runs import breakers, calls
from db.error_db.store import ErrorStore
from demo.platform.http import Reply, Request
from handlers import registry
from handlers.plan import plan
from handlers.remediations.contract import is_planned
from handlers.spec import HandlerSpec
from shared.model import Mode, RunState
from shared.records import RunView
from tests.support.fault_worlds import World, differences_of, effects_of, world_of
from tests.support.handling import Desk

pytestmark = pytest.mark.sqlite

HINOMI = [name for name in registry.names() if registry.is_remediation(name) and not registry.plugins()[name].package]
ACTIONS = [name for name in HINOMI if is_planned(registry.find(name))]

DONE, FAILED, PLANNED = RunState.DONE, RunState.FAILED, RunState.PLANNED


class KilledError(BaseException):
    """Raised in place of a kill of the worker; no code catches it."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault of the call that makes the change, and the expected result.

    Each of `answers` replaces the answer to one such call; with `acts` the server makes the change before. The run is
    in the state `first` after the first attempt and `last` in the end; `changes` (none or one) took effect.
    """

    first: RunState
    last: RunState
    changes: int
    answers: tuple[Reply | None, ...] = ()
    acts: bool = False
    before: str = ""
    killed: str = ""
    refusal: str | None = None
    failures: int = 0
    spent: int = 1
    effects: tuple[str, ...] = ("made",)


RATE_LIMITED = Reply(429, {"error": {"message": "slow down"}}, {"Retry-After": "600"})
FAULTS = {
    "success": Fault(DONE, DONE, 1),
    "denied": Fault(FAILED, FAILED, 0, (Reply(403),), refusal="denied", failures=1, effects=("none",)),
    "not signed in": Fault(FAILED, FAILED, 0, (Reply(401),), refusal="denied", failures=1, effects=("none",)),
    "target removed": Fault(FAILED, FAILED, 0, before="remove", refusal="target_not_found", spent=0, effects=()),
    "target removed before the call": Fault(
        FAILED, FAILED, 0, (Reply(404),), refusal="target_not_found", spent=0, effects=("none",)
    ),
    "already corrected": Fault(DONE, DONE, 0, before="correct", effects=()),
    "invalid request": Fault(FAILED, FAILED, 0, (Reply(400),), failures=1, effects=("none",)),
    "conflict": Fault(DONE, DONE, 1, (Reply(409),), effects=("none", "made")),
    "precondition failed": Fault(DONE, DONE, 1, (Reply(412),), effects=("none", "made")),
    "conflicts without end": Fault(PLANNED, DONE, 1, (Reply(409),) * 4, effects=("none",) * 4 + ("made",)),
    "rate limit": Fault(PLANNED, DONE, 1, (RATE_LIMITED,), effects=("none", "made")),
    "server error": Fault(PLANNED, DONE, 1, (Reply(503),), effects=("unknown", "made")),
    "server error after the change": Fault(PLANNED, DONE, 1, (Reply(500),), acts=True, effects=("unknown",)),
    "gateway error after the change": Fault(PLANNED, DONE, 1, (Reply(504),), acts=True, effects=("unknown",)),
    "connection lost before the change": Fault(PLANNED, DONE, 1, (None,), effects=("unknown", "made")),
    "connection lost after the change": Fault(PLANNED, DONE, 1, (None,), acts=True, effects=("unknown",)),
    "worker killed before the call": Fault(RunState.RUNNING, DONE, 1, killed="before", effects=("unknown", "made")),
    "worker killed after the call": Fault(RunState.RUNNING, DONE, 1, killed="after", effects=("unknown",)),
}
# Each with the fault that every action has.
ALIKE = {
    "not signed in": "denied",
    "target removed before the call": "target removed",
    "invalid request": "denied",
    "precondition failed": "conflict",
    "conflicts without end": "conflict",
    "rate limit": "server error",
    "worker killed before the call": "server error",
    "worker killed after the call": "server error after the change",
    "connection lost before the change": "server error",
    "connection lost after the change": "server error after the change",
    "gateway error after the change": "server error after the change",
}
# Calls to Google and to Airflow, two calls one after the other, and one whose target no call reads before.
CHOSEN = ["remove_iam_member", "clear_airflow_task", "replay_dead_letter", "run_script"]
UNDER_ALL = ACTIONS if "EXHAUSTIVE" in os.environ else CHOSEN
MATRIX = [
    (action, fault)
    for action in ACTIONS
    for fault in FAULTS
    if (action in UNDER_ALL or fault not in ALIKE) and differences_of(action).get(fault, {}) is not None
]


def test_every_remediation_has_a_plan_and_a_world() -> None:
    assert [name for name in HINOMI if not is_planned(registry.find(name))] == []
    assert set(ACTIONS) >= set(CHOSEN)
    assert FAULTS.keys() - ALIKE.keys() >= set(ALIKE.values())
    for name in ACTIONS:
        with world_of(name) as world:
            assert world.changes() == 0


@pytest.fixture
def world(action: str) -> Iterator[World]:
    with world_of(action) as found:
        yield found


@pytest.mark.parametrize(("action", "name"), MATRIX)
def test_a_fault_leaves_the_right_state(
    store: ErrorStore, world: World, action: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fault = replace(FAULTS[name], **(differences_of(action).get(name) or {}))
    desk = Desk(store, world.settings, causes=world.causes)
    desk.apply(HandlerSpec("repair", action, mode=Mode.AUTO, params=world.params, budget=5))
    with store.transaction(desk.now) as transaction:
        plan(transaction.record(world.finding, redact=()), transaction, desk.now)
    if fault.before:
        getattr(world, fault.before)()
    _inject(world, fault)
    first = _attempt(desk, world, fault, monkeypatch)
    assert first.state is fault.first
    last = _to_its_end(desk)
    assert (last.state, last.refusal, world.changes()) == (fault.last, fault.refusal, fault.changes)
    with store.reading() as session:
        made = calls.of_run(session, last.id)
        breaker = breakers.find(session, "repair")
        spent = runs.count_since(session, "repair", desk.now - timedelta(days=1))
    effects = effects_of(action, fault.effects)
    assert tuple(each.effect for each in made) == effects
    assert (breaker.failures if breaker else 0, spent) == (fault.failures, fault.spent)
    assert bool(last.undo) <= (bool(fault.changes) or "made" in effects)
    assert desk.work() == 0


def _attempt(desk: Desk, world: World, fault: Fault, monkeypatch: pytest.MonkeyPatch) -> RunView:
    """Makes the first attempt; depending on the fault, the worker dies at the call."""
    if not fault.killed:
        desk.work()
        return desk.runs()[0]
    send = requests.Session.send

    def dying(session: requests.Session, prepared: requests.PreparedRequest, **options: Any) -> requests.Response:
        if not _changes(world, prepared):
            return send(session, prepared, **options)
        if fault.killed == "after":
            send(session, prepared, **options)
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(requests.Session, "send", dying)
        with pytest.raises(KilledError):
            desk.work()
    return desk.runs()[0]


def _to_its_end(desk: Desk) -> RunView:
    for _ in range(3):
        if desk.runs()[0].state in (DONE, FAILED):
            break
        desk.wait(minutes=11)
        desk.work()
    return desk.runs()[0]


def _changes(world: World, prepared: requests.PreparedRequest) -> bool:
    from json import loads
    from urllib.parse import unquote, urlsplit

    parts = tuple(unquote(part) for part in urlsplit(str(prepared.url)).path.strip("/").split("/"))
    body = loads(prepared.body) if prepared.body else None
    return world.is_change(Request(str(prepared.method), parts, {}, {}, body))


def _inject(world: World, fault: Fault) -> None:
    """Answers the next calls that make the change with the fault's answers; None drops the connection."""
    waiting, reply = deque(fault.answers), world.server.reply

    def answer(request: Request) -> Reply:
        if not waiting or not world.is_change(request):
            return reply(request)
        if fault.acts:
            reply(request)
        instead = waiting.popleft()
        if instead is None:
            raise ConnectionAbortedError
        return instead

    world.server.reply = answer  # type: ignore[method-assign]
    server: Any = world.server._server  # noqa: SLF001 - a dropped connection is no error of the test
    server.handle_error = lambda *_: None
