"""Thousands of findings in a minute, on a channel that rejects every second message with 429 and is down for five minutes.

Time is simulated; the function, the rules, SQLite and the server are real. EXHAUSTIVE=1 plays the full 10,000 findings.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise
from random import Random

import pytest

from demo import entries
from demo.platform.http import Reply, Request
from demo.platform.teams import MAX_BYTES, TeamsServer
from handlers.notifiers.teams import RATE_LIMIT
from handlers.spec import HandlerSpec
from shared.model import Mode, RunState, Trigger
from tests.support.timeline import BEGIN, Event, Timeline

pytestmark = pytest.mark.sqlite

FINDINGS, FAULTS = (10_000, 500) if "EXHAUSTIVE" in os.environ else (80, 40)
CARD = HandlerSpec("card", "teams", on=(Trigger.OPENED, Trigger.RESOLVED), mode=Mode.AUTO)
AWAY = timedelta(minutes=1), timedelta(minutes=6)
RUN = "scheduled__2026-11-23T03:00:00+00:00"
SECOND = timedelta(seconds=1)


class Overloaded(TeamsServer):
    """Rejects half of the messages with 429, and all of them while it is down."""

    def __init__(self) -> None:
        super().__init__()
        self.played: Timeline | None = None
        self.attempts: list[datetime] = []
        self.sizes: list[int] = []
        self._random = Random(7)

    def answer(self, request: Request) -> Reply:
        assert self.played is not None
        now = self.played.now
        self.attempts.append(now)
        self.sizes.append(int(request.headers["content-length"]))
        if BEGIN + AWAY[0] <= now < BEGIN + AWAY[1]:
            return Reply(503)
        if self._random.random() < 0.5:
            return Reply(429, b"", {"Retry-After": "2"})
        return super().answer(request)


@pytest.fixture
def server() -> Iterator[Overloaded]:
    with Overloaded() as made:
        yield made


@pytest.fixture
def storm(sqlite_url: str, server: Overloaded, monkeypatch: pytest.MonkeyPatch) -> Iterator[Timeline]:
    """A minute of failures, then the recovery of every second task."""
    monkeypatch.setattr("handlers.messages.channel_message.PATIENCE_SECONDS", 0.0)
    environment = {"HINOMI_ERROR_DB_URL": sqlite_url, "HINOMI_TEAMS_WEBHOOK_URL": server.webhook}
    played = server.played = Timeline(environment, {"default": server})
    played.rules(CARD)
    for number in range(FINDINGS):
        time = BEGIN + number * 60 * SECOND / FINDINGS
        played.add(Event(time, "a task fails", partial(_arrives, played, number % FAULTS, "FAILED")))
    for fault in range(0, FAULTS, 2):
        time = BEGIN + 5 * 60 * SECOND + fault * SECOND / FAULTS
        played.add(Event(time, "a task succeeds", partial(_arrives, played, fault, "SUCCESS")))
    yield played
    played.close()


def _arrives(played: Timeline, fault: int, state: str) -> None:
    played.push(entries.airflow_task(played.now, "load", f"task_{fault}", RUN, state, attempt=3))


NUMBERS = re.compile(r"#(\d+)(?:–#(\d+))?")
ENDED = ("Resolved", "Closed", "Opened and")


def named(text: str) -> Iterator[tuple[int, bool]]:
    """The number of each incident in a message, and whether the message says that it has ended."""
    lines = text.splitlines()
    if "Digest" not in lines[0]:
        yield int(NUMBERS.findall(lines[-1])[0][0]), lines[0].startswith(ENDED)
        return
    for before, line in pairwise(lines):
        if line.startswith(("Unresolved: ", "Resolved or closed: ")):
            for first, last in NUMBERS.findall(line):
                yield from ((number, line.startswith(ENDED)) for number in range(int(first), int(last or first) + 1))
        elif line.startswith("#"):
            first = NUMBERS.findall(line)[0][0]
            state = before.removeprefix("  ") if line.startswith(f"#{first} · ") else line.removeprefix(f"#{first} ")
            yield int(first), state.startswith(ENDED)


def test_every_incident_is_on_a_message_once_in_order_and_within_the_rate(storm: Timeline, server: Overloaded) -> None:
    storm.play_only("60m" if FAULTS == 500 else "15m")
    printed: defaultdict[int, list[bool]] = defaultdict(list)
    for sent in storm.sent:
        for number, has_ended in named(sent.text):
            printed[number].append(has_ended)
    details = {number: storm.detail(number) for number in range(1, FAULTS + 1)}
    tasks = {number: each for number, each in details.items() if each.incident.rule == "composer/task_failed"}
    recovered = {number for number, each in tasks.items() if each.incident.resolved_at is not None}
    assert len(recovered) == FAULTS // 2
    expected = {number: ([True], [False, True]) if number in recovered else ([False],) for number in tasks}
    assert {number: printed[number] for number in tasks if printed[number] not in expected[number]} == {}
    assert {run.state for each in tasks.values() for run in each.runs} == {RunState.DONE}
    assert max(server.sizes) <= MAX_BYTES
    assert min(after - before for before, after in pairwise(server.attempts)) >= RATE_LIMIT.spacing * SECOND
    assert len(server.attempts) <= RATE_LIMIT.per_hour
    assert sum(len(each.occurrences) for each in tasks.values()) == FINDINGS
