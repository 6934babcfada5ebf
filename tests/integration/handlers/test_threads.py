"""The messages of an incident stay together: on the channel that was notified first, and in one thread of e-mails."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from db.error_db.store import ErrorStore
from demo.platform.http import Reply
from demo.platform.smtp import MailboxServer
from demo.platform.teams import TeamsServer
from handlers.cards.elements import TEAMS_LIMIT
from handlers.notifiers._teams_threads import as_reply, posted_message
from handlers.spec import HandlerSpec
from shared.config import Settings
from shared.model import JobLinks, Mode, RunState, Status, Trigger
from shared.secret import Secret
from tests.support.handling import Desk

pytestmark = pytest.mark.sqlite
ON = (Trigger.OPENED, Trigger.ESCALATED, Trigger.RESOLVED)
MAIL = HandlerSpec(name="news", action="email", mode=Mode.AUTO, on=ON)


@pytest.fixture
def mailbox() -> Iterator[MailboxServer]:
    with MailboxServer() as server:
        yield server


@pytest.fixture
def desk(sqlite_store: ErrorStore, mailbox: MailboxServer) -> Desk:
    given = {
        "HINOMI_EMAIL_SERVER": mailbox.url,
        "HINOMI_EMAIL_FROM": "hinomi@example.com",
        "HINOMI_EMAIL_TO": "oncall@example.com",
        "HINOMI_EMAIL_TO_NIGHT": "night@example.com",
    }
    made = Desk(sqlite_store, Settings(environment={name: Secret(value) for name, value in given.items()}))
    made.apply(MAIL)
    return made


def test_the_resolution_goes_to_the_channel_and_the_thread_of_the_opening_after_the_rule_was_changed(
    desk: Desk, mailbox: MailboxServer
) -> None:
    desk.public_bucket()
    desk.work()
    desk.apply(HandlerSpec(name="news", action="email", mode=Mode.AUTO, on=ON, params={"channel": "night"}))
    desk.wait(minutes=5)
    desk.recover()
    desk.work()
    desk.wait(minutes=5)
    desk.public_bucket("e2", bucket="another")
    desk.work()
    assert mailbox.recipients == [["oncall@example.com"], ["oncall@example.com"], ["night@example.com"]]
    opened, resolved, _ = mailbox.mails
    assert resolved["In-Reply-To"] == resolved["References"] == opened["Message-ID"]
    assert resolved["Subject"] == f"Re: {opened['Subject']}"


def test_merged_incidents_are_resolved_by_one_mail_in_the_threads_of_both(desk: Desk, mailbox: MailboxServer) -> None:
    jobs = {2: ("dag", ()), 0: ("query", ("task",)), 1: ("task", ("dag",))}
    start = desk.now
    for minute, (name, part_of) in jobs.items():
        at = start + timedelta(minutes=minute)
        desk.public_bucket(f"e{minute}", bucket=name, links=JobLinks("jobs", (name,), part_of), time=at)
        desk.work()
        desk.wait(minutes=1)
        with desk.store.transaction(desk.now) as transaction:
            transaction.acknowledge(2, by="alice", time=desk.now)
    assert [(desk.detail(number).incident.id, desk.detail(number).incident.status) for number in (1, 2)] == [
        (1, Status.ACKNOWLEDGED),
        (1, Status.ACKNOWLEDGED),
    ]
    desk.recover("dag", JobLinks("jobs", ("dag",)))
    desk.work()
    first, second, *later = mailbox.mails
    assert [str(mail["X-Hinomi-Incident"]) for mail in mailbox.mails] == ["1", "2", "1, 2"]
    assert later[0]["References"] == f"{second['Message-ID']} {first['Message-ID']}"
    assert later[0]["Subject"] == f"Re: {first['Subject']}"


def test_an_incident_of_a_digest_is_resolved_in_the_thread_of_the_digest(desk: Desk, mailbox: MailboxServer) -> None:
    for number in range(5):
        desk.public_bucket(f"e{number}", bucket=f"bucket-{number}")
        desk.work()
        desk.wait(seconds=2)
    desk.wait(minutes=3)
    desk.work()
    digest = mailbox.mails[-1]
    assert str(digest["X-Hinomi-Incident"]) == "4, 5"
    desk.wait(minutes=3)
    desk.recover("bucket-4")
    desk.work()
    assert mailbox.mails[-1]["References"] == digest["Message-ID"]


def test_a_greylisted_mail_is_sent_later_and_a_refused_sender_breaks_the_channel(
    desk: Desk, mailbox: MailboxServer
) -> None:
    mailbox.plan("RCPT", "451 4.7.1 greylisted")
    desk.public_bucket()
    desk.work()
    assert (len(mailbox.mails), desk.runs()[0].state) == (0, RunState.PLANNED)
    desk.wait(seconds=31)
    mailbox.plan("MAIL", "550 5.7.1 sender refused")
    desk.work()
    assert "550 5.7.1 sender refused" in str(desk.runs()[0].error)
    desk.wait(minutes=2)
    desk.work()
    assert (len(mailbox.mails), desk.runs()[0].state) == (1, RunState.DONE)


@pytest.fixture
def teams() -> Iterator[TeamsServer]:
    with TeamsServer() as server:
        yield server


def test_later_cards_are_replies_where_the_workflow_answers_with_the_id_of_its_message(
    sqlite_store: ErrorStore, teams: TeamsServer
) -> None:
    desk = Desk(sqlite_store, Settings(environment={"HINOMI_TEAMS_WEBHOOK_URL": Secret(teams.webhook)}))
    desk.apply(HandlerSpec(name="card", action="teams", mode=Mode.AUTO, on=(*ON, Trigger.REOCCURRED)))
    teams.always(Reply(200, {"messageId": "1732417960123"}))
    desk.public_bucket()
    desk.work()
    teams.always(Reply(200, {"messageId": "1732417999999"}))
    desk.wait(minutes=5)
    desk.public_bucket("e2")
    desk.work()
    teams.always(None)
    desk.wait(minutes=5)
    desk.public_bucket("e3", bucket="another")
    desk.work()
    desk.wait(minutes=5)
    desk.recover()
    desk.work()
    sent = [(request.body.get("replyToId"), sorted(request.body)) for request in teams.requests]
    plain, reply = ["attachments", "type"], ["attachments", "replyToId", "type"]
    replies = [("1732417960123", reply), (None, plain)]
    assert sent == [(None, plain), replies[0], (None, plain), *replies], "a rejected reply is sent as a plain card"
    assert ["Resolved" in str(card) for card in teams.cards] == [False, True]


@pytest.mark.parametrize(
    "answer", ["", "1", "[]", '{"messageId": 5}', '{"messageId": "a b"}', '{"messageId": ""}', "["]
)
def test_an_answer_without_an_id_is_no_message(answer: str) -> None:
    assert posted_message(answer) == {}


def test_an_id_that_does_not_fit_is_left_out() -> None:
    card = {"attachments": "x" * (TEAMS_LIMIT - 30)}
    assert as_reply(card, "1732417960123") == card
    assert as_reply({"attachments": ""}, "") == {"attachments": ""}
