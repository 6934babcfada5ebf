"""The effect of each response of a webhook on the channel and the notification."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from db.error_db import channels, queries, runs
from db.error_db.queries import IncidentFilter
from db.error_db.store import ErrorStore
from demo.platform.http import Reply, Request
from demo.platform.teams import TeamsServer
from handlers.spec import HandlerSpec
from handlers.worker import LEASE
from shared.config import Settings
from shared.model import Mode, RunState, Trigger
from shared.own_incidents import CHANNEL_BROKEN
from shared.records import ChannelView
from shared.secret import Secret
from tests.support.cards import card_labels
from tests.support.handling import Desk

CARD = HandlerSpec(
    name="card", action="teams", mode=Mode.AUTO, on=(Trigger.OPENED, Trigger.ESCALATED, Trigger.RESOLVED)
)
# A status that rejects the card alone would accept a simpler form; these servers accept none.
# tests/unit/handlers/notifiers/test_contract.py checks all statuses without a database.
BROKEN_AT_ONCE = (301, 400, 404)
TRIED_AGAIN = (429, 503)


@pytest.fixture
def teams() -> Iterator[TeamsServer]:
    with TeamsServer() as server:
        yield server


@pytest.fixture
def desk(sqlite_store: ErrorStore, teams: TeamsServer, monkeypatch: pytest.MonkeyPatch) -> Desk:
    made = desk_of(sqlite_store, teams.webhook)
    monkeypatch.setattr("handlers.messages.channel_message.time.sleep", lambda seconds: made.wait(seconds=seconds))
    return made


def desk_of(store: ErrorStore, webhook: str) -> Desk:
    made = Desk(store, Settings(environment={"HINOMI_TEAMS_WEBHOOK_URL": Secret(webhook)}))
    made.apply(CARD)
    return made


def channel(desk: Desk) -> ChannelView:
    with desk.store.reading() as session:
        found = channels.find(session, "teams:default")
    assert found is not None
    return found


def fails(desk: Desk, name: str) -> None:
    found = desk.public_bucket(f"{name} failed", bucket=name, summary=f"{name} is public")
    desk.work(incident_ids=[change.incident.id for change in found])


@pytest.mark.parametrize(
    ("status", "is_broken"), [*((code, True) for code in BROKEN_AT_ONCE), *((code, False) for code in TRIED_AGAIN)]
)
def test_no_status_loses_the_card(desk: Desk, teams: TeamsServer, status: int, *, is_broken: bool) -> None:
    teams.always(Reply(status))
    fails(desk, "a")
    assert (channel(desk).broken_since is not None, desk.runs(1)[0].state) == (is_broken, RunState.PLANNED)
    teams.always(None)
    desk.wait(seconds=31)
    desk.work()
    assert (card_labels(teams), channel(desk).broken_since) == ([("", "a")], None)


def test_a_text_that_the_channel_never_accepts_does_not_break_it(desk: Desk, teams: TeamsServer) -> None:
    accept = teams.answer

    def answer(request: Request) -> Reply:
        return Reply(400, {"error": {"code": "BadRequest"}}) if "poison" in str(request.body) else accept(request)

    teams.answer = answer  # type: ignore[method-assign]
    fails(desk, "poison")
    assert (channel(desk).broken_since, desk.runs(1)[0].state) == (None, RunState.DONE)
    assert "Incident #1 (High)" in str(teams.cards)
    fails(desk, "b")
    desk.wait(minutes=5)
    desk.recover("poison")
    desk.work()
    assert "#1 (Resolved)" in str(teams.cards[-1])


def reject_texts(teams: TeamsServer, status: int, word: str) -> None:
    """Rejects messages that contain the word, like a filter in front of the webhook."""
    accept = teams.answer

    def answer(request: Request) -> Reply:
        return Reply(status) if word in str(request.body) else accept(request)

    teams.answer = answer  # type: ignore[method-assign]


@pytest.mark.parametrize("status", [400, 403, 405, 406, 451])
def test_a_content_filter_rejects_cards_and_never_breaks_the_channel(
    desk: Desk, teams: TeamsServer, status: int
) -> None:
    reject_texts(teams, status, "poison")
    for number in range(2):
        fails(desk, f"poison-{number}")
        desk.wait(minutes=5)
        fails(desk, f"fine-{number}")
        desk.wait(minutes=5)
    assert len(teams.cards) == 4
    assert "Incident #1 (High)" in str(teams.cards[0])
    assert f"rejected: Teams answered {status}" in str(desk.runs(1)[0].result)
    assert broken_channels(desk) == []


def broken_channels(desk: Desk) -> list[str]:
    with desk.store.reading() as session:
        found = queries.incidents(session, IncidentFilter(), limit=100)
    return [incident.resource for incident in found if incident.rule == CHANNEL_BROKEN]


@pytest.mark.parametrize(("times", "form"), [(1, "fine failed"), (2, "fine is public"), (3, "fine is public")])
def test_a_channel_that_rejects_for_a_moment_gets_the_texts_of_the_card_at_once(
    desk: Desk, teams: TeamsServer, times: int, form: str
) -> None:
    teams.fail_next(*[Reply(403)] * times)
    found = desk.public_bucket("e1", bucket="fine", title="fine failed", summary="fine is public")
    desk.work(incident_ids=[change.incident.id for change in found])
    assert form in str(teams.cards[-1])
    assert broken_channels(desk) == []


@pytest.mark.parametrize("status", [404, 503])
def test_a_notification_that_fails_alone_breaks_the_channel_once_and_is_recorded(
    desk: Desk, teams: TeamsServer, status: int
) -> None:
    """The status does not matter: other notifications are accepted between its attempts."""
    reject_texts(teams, status, "poison")
    fails(desk, "poison")
    for number in range(10):
        desk.wait(minutes=40)
        fails(desk, f"fine-{number}")
        desk.wait(minutes=3)
        desk.work()
    assert len(teams.cards) == 11  # ten, and one about the notification that failed
    assert broken_channels(desk) == (["teams:default"] if status == 404 else [])
    run = desk.runs(1)[0]
    assert (run.state, str(status) in str(run.error)) == (RunState.FAILED, True)
    with desk.store.reading() as session:
        found = queries.incidents(session, IncidentFilter(text="hinomi/notification_failed"), limit=10)
    assert [one.summary[:45] for one in found] == ["teams:default did not receive incident #1: Te"]


def test_a_card_whose_response_was_lost_is_sent_again_and_says_so(desk: Desk, teams: TeamsServer) -> None:
    """If the incident has resolved in the meantime, the second card shows the resolution instead of the opening."""
    teams.fail_next(Reply(504))
    fails(desk, "a")
    desk.wait(minutes=1)
    desk.work()
    assert "Possibly sent twice" in str(teams.cards)
    teams.fail_next(Reply(504))
    fails(desk, "b")
    desk.recover("b")
    desk.wait(minutes=1)
    desk.work()
    assert card_labels(teams) == [("", "a"), ("Opened and resolved", "b")]
    assert "Possibly sent twice" in str(teams.cards[-1])
    teams.fail_next(Reply(503))
    fails(desk, "c")
    desk.wait(minutes=1)
    desk.work()
    assert "Possibly sent twice" not in str(teams.cards[-1])


def test_a_card_of_a_worker_that_died_says_that_it_may_be_the_second_one(desk: Desk, teams: TeamsServer) -> None:
    desk.public_bucket("e1", bucket="a")
    desk.public_bucket("e2", bucket="b")
    with desk.store.transaction(desk.now) as transaction:
        for run_id in (1, 2):
            assert runs.claim(transaction.session, run_id, owner="died", now=desk.now, lease=LEASE)
    desk.wait(minutes=6)
    desk.work()
    assert len(teams.cards) == 2
    assert all("Possibly sent twice" in str(card) for card in teams.cards)


def test_a_digest_with_a_text_that_is_rejected_names_its_incidents(desk: Desk, teams: TeamsServer) -> None:
    accept = teams.answer
    for number in range(4):
        fails(desk, f"task-{number}")

    def answer(request: Request) -> Reply:
        return Reply(400) if "task-" in str(request.body) else accept(request)

    teams.answer = answer  # type: ignore[method-assign]
    fails(desk, "task-4")
    desk.wait(minutes=3)
    desk.work()
    assert "2 incidents: #4 (High), #5 (High)" in str(teams.cards[-1])


def test_retry_after_applies_to_every_notification_of_the_channel(desk: Desk, teams: TeamsServer) -> None:
    teams.always(Reply(429, b"", {"Retry-After": "90"}))
    for name in "abcdef":
        fails(desk, name)
        desk.wait(seconds=2)
    desk.work()
    assert len(teams.requests) == 1
    teams.always(None)
    desk.wait(seconds=90)
    desk.work()
    assert len(teams.cards) >= 1


@pytest.mark.parametrize(("seconds", "is_broken"), [("299", False), ("300", True), ("7200", True)])
def test_a_channel_that_asks_for_a_long_wait_is_reported(
    desk: Desk, teams: TeamsServer, seconds: str, *, is_broken: bool
) -> None:
    teams.fail_next_with(429, retry_after=seconds)
    fails(desk, "a")
    assert (channel(desk).broken_since is not None) is is_broken
    desk.wait(seconds=min(int(seconds), 3600) + 1)
    desk.work()
    assert card_labels(teams) == [("", "a")]


def test_a_storm_on_a_channel_that_does_not_respond_waits_no_longer_than_one_fault(
    desk: Desk, teams: TeamsServer
) -> None:
    teams.always(Reply(503))
    for number in range(70):
        fails(desk, f"task-{number}")
        desk.wait(seconds=1)
    found = channel(desk)
    assert found.broken_since is not None
    assert found.next_attempt_at is not None
    assert (found.next_attempt_at - desk.now).total_seconds() <= 120


@contextmanager
def without_tls() -> Iterator[str]:
    """A server that answers in plain text where TLS is expected."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(1024)
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"https://127.0.0.1:{listening.getsockname()[1]}/workflows/x"
        thread.join()


@contextmanager
def long_name() -> Iterator[str]:
    """A URL with an invalid host name: one label is too long."""
    yield f"https://{'a' * 70}.example/workflows/x"


@contextmanager
def empty_label() -> Iterator[str]:
    yield "https://teams..example/workflows/x"


@pytest.mark.parametrize(
    ("address", "reason"),
    [(without_tls, "no secure connection"), (long_name, "cannot be called"), (empty_label, "cannot be called")],
)
def test_an_invalid_address_breaks_the_channel_and_loses_no_notification(
    sqlite_store: ErrorStore, address: Callable[[], object], reason: str
) -> None:
    with address() as url:  # type: ignore[attr-defined]
        desk = desk_of(sqlite_store, url)
        fails(desk, "a")
    assert reason in str(channel(desk).reason)
    assert desk.runs(1)[0].state is RunState.PLANNED
