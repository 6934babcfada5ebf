"""The effects of a real mail server's replies, on loopback."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from email.message import Message
from email.mime.text import MIMEText
from pathlib import Path

import pytest

from demo.platform.smtp import PASSWORD, USER, MailboxServer
from handlers.messages import smtp
from handlers.messages.mail import Envelope
from handlers.messages.smtp import MailServer, addresses, deliver, server_at
from shared.errors import ActionError, ChannelError, InputError, MessageRejectedError
from shared.secret import Secret
from tests.support.mailbox import tls_context

pytestmark = pytest.mark.server

ENVELOPE = Envelope("hinomi@example.com", ("a@example.com", "b@example.com"))
RETRY, BROKEN, REJECTED = "retry", "channel broken", "message rejected"


@pytest.fixture
def mailbox() -> Iterator[MailboxServer]:
    with MailboxServer() as server:
        yield server


def mail() -> Message:
    return MIMEText("text", "plain", "utf-8")


def server_of(mailbox: MailboxServer, password: str = "") -> MailServer:
    return MailServer("127.0.0.1", mailbox.port, mailbox.is_implicit, USER if password else "", Secret(password))


def verdict(error: ActionError) -> str:
    if isinstance(error, MessageRejectedError):
        return REJECTED
    return BROKEN if isinstance(error, ChannelError) else RETRY


def refusal(mailbox: MailboxServer, password: str = "") -> ActionError:
    with pytest.raises(ActionError) as caught:
        deliver(server_of(mailbox, password), ENVELOPE, mail())
    assert mailbox.mails == []
    return caught.value


@pytest.mark.parametrize(
    ("verb", "replies", "expected"),
    [
        ("GREETING", ["421 too busy"], RETRY),
        ("GREETING", ["554 no service"], BROKEN),
        ("GREETING", [""], RETRY),
        ("MAIL", ["451 4.7.1 greylisted"], RETRY),
        ("MAIL", ["550 5.7.1 not allowed to send"], BROKEN),
        ("MAIL", ["552 5.3.4 too big"], REJECTED),
        ("MAIL", [""], RETRY),
        ("RCPT", ["450 greylisted", "450 greylisted"], RETRY),
        ("RCPT", ["550 no such user", "550 no such user"], BROKEN),
        ("RCPT", ["550 no such user", "452 mailbox full"], RETRY),
        ("RCPT", ["421 shutting down"], RETRY),
        ("DATA", ["451 not now"], RETRY),
        ("DATA", ["554 no"], REJECTED),
        ("CONTENT", ["451 4.3.0 busy"], RETRY),
        ("CONTENT", ["554 5.6.0 content rejected"], REJECTED),
        ("CONTENT", [""], RETRY),
    ],
)
def test_each_reply_has_its_meaning(mailbox: MailboxServer, verb: str, replies: list[str], expected: str) -> None:
    mailbox.plan(verb, *replies)
    assert verdict(refusal(mailbox)) == expected


def test_rejected_recipients_name_the_setting_to_check(mailbox: MailboxServer) -> None:
    mailbox.rejects |= {"a@example.com": "550 5.1.1 no such user", "b@example.com": "550 5.1.1 no such user"}
    assert refusal(mailbox).text.en == (
        "the mail server rejected all 2 recipients, such as a@example.com: check those of the channel, HINOMI_EMAIL_TO "
        "(550 5.1.1 no such user)"
    )


def test_the_others_get_what_one_recipient_refuses(mailbox: MailboxServer) -> None:
    mailbox.rejects["b@example.com"] = "550 5.1.1 no such user"
    reply = deliver(server_of(mailbox), ENVELOPE, mail())
    assert mailbox.recipients == [["a@example.com"]]
    assert reply.refused == {"b@example.com": "550 5.1.1 no such user"}


@pytest.mark.parametrize("goodbye", ["500 what", "421 gone", ""])
def test_an_error_after_the_content_was_accepted_changes_nothing(mailbox: MailboxServer, goodbye: str) -> None:
    mailbox.plan("QUIT", goodbye)
    assert deliver(server_of(mailbox), ENVELOPE, mail()).refused == {}
    assert len(mailbox.mails) == 1


def test_a_message_over_the_announced_size_is_rejected_before_it_is_sent(mailbox: MailboxServer) -> None:
    mailbox.size = 100
    assert verdict(refusal(mailbox)) == REJECTED


@pytest.mark.parametrize("is_implicit", [True, False])
def test_the_login_and_the_message_travel_over_tls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_implicit: bool
) -> None:
    context, certificate = tls_context(tmp_path)
    with MailboxServer(context, is_implicit=is_implicit, login=True) as mailbox:
        untrusted = refusal(mailbox, PASSWORD)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        wrong = refusal(mailbox, "wrong")
        mailbox.plan("AUTH", f"454 4.7.0 temporary failure for {PASSWORD}")
        busy = refusal(mailbox, PASSWORD)
        without = refusal(mailbox)
        deliver(server_of(mailbox, PASSWORD), ENVELOPE, mail())
    assert mailbox.was_secure == [True]
    assert [verdict(each) for each in (untrusted, wrong, busy, without)] == [BROKEN, BROKEN, RETRY, BROKEN]
    assert "HINOMI_EMAIL_PASSWORD" in wrong.text.en
    assert "requires a login: set HINOMI_EMAIL_USER and HINOMI_EMAIL_PASSWORD (530" in without.text.en
    assert PASSWORD not in busy.text.en


def test_a_server_elsewhere_without_tls_gets_nothing(mailbox: MailboxServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "LOOPBACK_HOSTS", ())
    error = refusal(mailbox)
    assert verdict(error) == BROKEN
    assert "STARTTLS" in error.text.en


def test_a_server_that_offers_no_login_is_broken(mailbox: MailboxServer) -> None:
    assert verdict(refusal(mailbox, PASSWORD)) == BROKEN


@pytest.mark.parametrize(("host", "expected"), [(f"{'a' * 70}.example", BROKEN), ("127.0.0.1", RETRY)])
def test_a_server_that_cannot_be_reached(host: str, expected: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    with pytest.raises(ActionError) as caught:
        deliver(MailServer(host, port, is_implicit=False), ENVELOPE, mail())
    assert verdict(caught.value) == expected


def test_a_host_without_an_address_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(ChannelError, match=r"mail\.example\.com has no address"):
        deliver(MailServer("mail.example.com", 587, is_implicit=False), ENVELOPE, mail())


def test_a_server_that_does_not_answer_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "TIMEOUT_SECONDS", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        with pytest.raises(ActionError) as caught:
            deliver(MailServer("127.0.0.1", port, is_implicit=False), ENVELOPE, mail())
    assert verdict(caught.value) == RETRY
    assert caught.value.text.en.startswith(f"no response from 127.0.0.1, port {port}")
    assert "check HINOMI_EMAIL_SERVER" in caught.value.text.en


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.example.com", ("mail.example.com", 587, False)),
        ("smtps://mail.example.com/", ("mail.example.com", 465, True)),
        ("smtp://127.0.0.1:2525", ("127.0.0.1", 2525, False)),
    ],
)
def test_the_address_of_a_server(url: str, expected: tuple[str, int, bool]) -> None:
    assert server_at(url) == expected


@pytest.mark.parametrize(
    "url", ["mail.example.com", "https://x", "smtps://u:hunter2@x", "smtp://x:y", "smtp://", "smtp://x?y", "smtp://[x"]
)
def test_another_form_is_refused_without_a_password_in_the_error(url: str) -> None:
    with pytest.raises(InputError, match="use smtps://HOST:PORT") as caught:
        server_at(url)
    assert "hunter2" not in str(caught.value)


def test_addresses_are_separated_by_commas() -> None:
    assert addresses("a@example.com, b.c+d@example.co.jp") == ("a@example.com", "b.c+d@example.co.jp")


@pytest.mark.parametrize("text", ["", ",", "alice", "a@b@c", "a@x\nBcc: b@x", "a b@example.com", "a@.x", "A <a@x>"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="is not an e-mail address"):
        addresses(text)
