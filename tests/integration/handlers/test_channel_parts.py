"""A recipient of a channel that misses a message: it is retried alone, and reported like a channel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from db.error_db import channels
from db.error_db.store import ErrorStore
from demo.platform.smtp import MailboxServer
from handlers.channels import health
from handlers.spec import HandlerSpec
from shared.config import Settings
from shared.model import Mode, Trigger
from shared.own_incidents import CHANNEL_BROKEN
from shared.secret import Secret
from tests.support.handling import Desk

pytestmark = pytest.mark.server
ONCALL, LEAD = "oncall@example.com", "lead@example.com"
PART = f"email:default/{LEAD}"
GREYLISTED, UNKNOWN = "451 4.7.1 greylisted", "550 5.1.1 no such user"
MAIL = HandlerSpec(name="mail", action="email", mode=Mode.AUTO, on=(Trigger.OPENED, Trigger.RESOLVED))


@dataclass
class World:
    """Handlers that send e-mail to two recipients."""

    desk: Desk
    mailbox: MailboxServer

    def fails(self, name: str) -> None:
        found = self.desk.public_bucket(f"{name} failed", bucket=name)
        self.desk.work(incident_ids=[change.incident.id for change in found])

    def tick(self, **later: float) -> None:
        self.desk.wait(**later)
        self.desk.work()

    def sent(self) -> list[tuple[str, str]]:
        """The recipients and the subject of each sent e-mail, without the prefix of threads."""
        subjects = [str(mail["Subject"]).removeprefix("Re: ") for mail in self.mailbox.mails]
        return [(",".join(to), text) for to, text in zip(self.mailbox.recipients, subjects, strict=True)]

    def broken(self) -> list[str]:
        with self.desk.store.reading() as session:
            return [channel.name for channel in channels.broken(session)]


@pytest.fixture
def world(sqlite_store: ErrorStore) -> Iterator[World]:
    with MailboxServer() as mailbox:
        given = {
            "HINOMI_EMAIL_SERVER": mailbox.url,
            "HINOMI_EMAIL_FROM": "hinomi@example.com",
            "HINOMI_EMAIL_TO": f"{ONCALL}, {LEAD}",
        }
        settings = Settings(environment={name: Secret(value) for name, value in given.items()})
        made = World(Desk(sqlite_store, settings), mailbox)
        made.desk.apply(MAIL)
        yield made


def test_a_recipient_that_is_rejected_for_a_while_gets_the_message_later_and_nobody_gets_it_twice(world: World) -> None:
    world.mailbox.rejects[LEAD] = GREYLISTED
    world.fails("a")
    world.mailbox.rejects.clear()
    world.tick(seconds=40)
    world.tick(minutes=5)
    ((first, subject), second) = world.sent()
    assert (first, second) == (ONCALL, (LEAD, subject))


def test_messages_that_follow_reach_the_recipient_in_order(world: World) -> None:
    world.mailbox.rejects[LEAD] = GREYLISTED
    world.fails("a")
    world.mailbox.rejects.clear()
    world.desk.wait(seconds=5)
    world.desk.recover("a")
    world.desk.work()
    for _ in range(3):
        world.tick(seconds=40)
    assert [to for to, _ in world.sent()] == [ONCALL, ONCALL, LEAD]
    body = world.mailbox.mails[-1].get_body(("plain",))
    assert body is not None
    assert "the role was taken back" in body.get_content()


def test_a_recipient_that_does_not_exist_is_a_broken_channel_that_the_others_hear_of(world: World) -> None:
    world.mailbox.rejects[LEAD] = UNKNOWN
    world.fails("a")
    world.tick(minutes=1)
    assert world.broken() == [PART]
    assert [to for to, _ in world.sent()] == [ONCALL, ONCALL]
    detail = world.desk.detail(2)
    assert (detail.incident.rule, detail.incident.resource) == (CHANNEL_BROKEN, PART)
    assert UNKNOWN in detail.incident.summary


def test_a_recipient_that_works_again_gets_what_it_missed_in_one_digest(world: World) -> None:
    world.mailbox.rejects[LEAD] = UNKNOWN
    for name in "abc":
        world.fails(name)
    world.mailbox.rejects.clear()
    with world.desk.store.transaction(world.desk.now) as transaction:
        assert health.try_now(transaction, "email:default", world.desk.now)
    before = len(world.sent())
    for _ in range(3):
        world.tick(minutes=1)
    assert world.broken() == []
    assert all(LEAD in to for to, _ in world.sent()[before:])
    bodies = "".join(mail.as_string() for mail in world.mailbox.mails[before:])
    assert all(f"Public bucket {name}" in bodies or name in bodies for name in "abc")


def test_an_address_that_is_no_longer_a_recipient_gets_nothing_and_is_not_reported(world: World) -> None:
    world.mailbox.rejects[LEAD] = UNKNOWN
    world.fails("a")
    settings = world.desk.settings
    only = {**settings.environment, "HINOMI_EMAIL_TO": Secret(ONCALL)}
    world.desk.settings = replace(settings, environment=only)
    world.tick(minutes=20)
    world.tick(minutes=1)
    assert world.broken() == []
    assert [to for to, _ in world.sent() if LEAD in to] == []
