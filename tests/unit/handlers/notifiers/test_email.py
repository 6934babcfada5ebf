"""E-mails about incidents, sent through a real mail server on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage
from typing import Any

import pytest

from demo.platform.smtp import MailboxServer
from handlers.context import ActionContext, Notification, Turn
from handlers.notifiers import email
from handlers.notifiers.email import Params
from shared.clients import Clients
from shared.config import Settings
from shared.errors import ChannelError, InputError
from shared.model import Mode, RunState, Severity, Trigger
from shared.records import RunView
from shared.secret import Secret
from shared.texts import as_text
from tests.support.incidents import NOW, action_run, incident

pytestmark = pytest.mark.server


@pytest.fixture
def mailbox() -> Iterator[MailboxServer]:
    with MailboxServer() as server:
        yield server


def settings(mailbox: MailboxServer, **more: str) -> Settings:
    given = {
        "HINOMI_EMAIL_SERVER": mailbox.url,
        "HINOMI_EMAIL_FROM": "hinomi@example.com",
        "HINOMI_EMAIL_TO": "oncall@example.com, lead@example.com",
        "HINOMI_EMAIL_TO_TOKYO": "tokyo@example.com",
        "HINOMI_EMAIL_LANGUAGE_TOKYO": "ja",
        **more,
    }
    environment = {name: Secret(value) for name, value in given.items()}
    return Settings(environment=environment, dashboard_url="https://hinomi.example.com", project="example-project")


def context(mailbox: MailboxServer, **changes: Any) -> ActionContext:
    made = settings(mailbox)
    given: dict[str, Any] = {"incident": incident(), "trigger": Trigger.OPENED, "mode": Mode.AUTO, "run_id": 1}
    return ActionContext(**{**given, "now": NOW, "clients": Clients(made), "settings": made, **changes})


def sent(mailbox: MailboxServer, **changes: Any) -> EmailMessage:
    email.run(context(mailbox, **changes), Params())
    return mailbox.mails[-1]


def earlier_run(mailbox: MailboxServer, **changes: Any) -> RunView:
    result = email.run(context(mailbox, **changes), Params())
    return action_run(action="email", target="email:default", state=RunState.DONE, details=result.details)


def test_an_email_reaches_every_recipient_of_the_channel(mailbox: MailboxServer) -> None:
    result = email.run(context(mailbox), Params())
    assert result.text.en == "e-mail sent to email:default: 2 recipients"
    assert mailbox.recipients == [["oncall@example.com", "lead@example.com"]]
    (mail,) = mailbox.mails
    assert str(mail["Subject"]) == "[Hinomi #42] Bucket made public: example-exports"
    assert (str(mail["From"]), str(mail["To"])) == (
        "Hinomi <hinomi@example.com>",
        "oncall@example.com, lead@example.com",
    )
    assert (mail["X-Hinomi-Incident"], mail["Importance"], mail["Auto-Submitted"]) == ("42", "high", "auto-generated")


def test_both_parts_have_the_number_the_link_and_the_command(mailbox: MailboxServer) -> None:
    mail = sent(mailbox)
    for kind in ("plain", "html"):
        part = mail.get_body((kind,))
        assert part is not None
        text = part.get_content()
        for expected in ("Incident #42", "https://hinomi.example.com/incidents/42", "hinomi incidents show 42"):
            assert expected in text


def test_a_channel_has_recipients_and_a_language_of_its_own(mailbox: MailboxServer) -> None:
    email.run(context(mailbox), Params(channel="tokyo"))
    assert mailbox.recipients == [["tokyo@example.com"]]
    assert mailbox.mails[0].as_string().isascii()
    body = mailbox.mails[0].get_body(("plain",))
    assert body is not None
    assert "重大度: 高" in body.get_content()


def test_all_messages_of_an_incident_are_one_thread(mailbox: MailboxServer) -> None:
    first = earlier_run(mailbox)
    opened = mailbox.mails[0]
    renamed = incident(title="Bucket still public", resolved_at=NOW)
    resolved = sent(mailbox, incident=renamed, trigger=Trigger.RESOLVED, run_id=9, actions_so_far=(first,))
    assert (opened["In-Reply-To"], resolved["In-Reply-To"]) == (None, opened["Message-ID"])
    assert resolved["References"] == opened["Message-ID"] != resolved["Message-ID"]
    assert resolved["Subject"] == f"Re: {opened['Subject']}"
    assert resolved["Importance"] is None


def test_a_message_that_is_sent_again_has_the_same_id(mailbox: MailboxServer) -> None:
    first, again = sent(mailbox), sent(mailbox)
    assert first["Message-ID"] == again["Message-ID"]
    others = [sent(mailbox, incident=incident(id=43)), sent(mailbox, settings=replace(settings(mailbox), project="q"))]
    assert len({first["Message-ID"], *(each["Message-ID"] for each in others)}) == 3


def test_after_a_digest_the_thread_begins_with_the_digest(mailbox: MailboxServer) -> None:
    both = tuple(Notification(n, incident(id=n), Trigger.OPENED) for n in (41, 42))
    digest = earlier_run(mailbox, take_turn=lambda _: Turn(both, is_digest=True))
    assert str(mailbox.mails[0]["Subject"]) == "[Hinomi] 2 incidents"
    later = sent(mailbox, trigger=Trigger.RESOLVED, run_id=9, actions_so_far=(digest,))
    assert later["References"] == mailbox.mails[0]["Message-ID"]
    assert later["Subject"] == "Re: [Hinomi] 2 incidents"


def test_a_line_break_in_a_log_begins_no_header(mailbox: MailboxServer) -> None:
    title = "x\r\nBcc: evil@example.com\r\n\r\n<b>y</b>\u2028\x00"
    mail = sent(mailbox, incident=incident(title=title, resource="r\nX-Evil: 1" + "é" * 300))
    assert mailbox.recipients == [["oncall@example.com", "lead@example.com"]]
    assert (mail["Bcc"], mail["X-Evil"], mail.defects) == (None, None, [])
    assert str(mail["Subject"]).startswith("[Hinomi #42] x Bcc: evil@example.com <b>y</b> : r X-Evil: 1éé")


@pytest.mark.parametrize("severity", list(Severity))
def test_only_severe_incidents_are_important(mailbox: MailboxServer, severity: Severity) -> None:
    mail = sent(mailbox, incident=incident(severity=severity))
    assert (mail["Importance"] == "high") is (severity in (Severity.CRITICAL, Severity.HIGH))


def test_a_rejected_content_is_sent_as_text_and_then_as_numbers(mailbox: MailboxServer) -> None:
    mailbox.plan("CONTENT", "554 5.6.0 HTML not allowed", "554 5.7.1 spam")
    result = email.run(context(mailbox), Params())
    assert result.text.en.startswith("plain e-mail sent to email:default")
    (mail,) = mailbox.mails
    assert mail.get_content_type() == "text/plain"
    assert "Incident #42 (High): the channel rejected" in mail.get_content()
    mailbox.plan("CONTENT", *["554 no"] * 3)
    with pytest.raises(ChannelError):
        email.run(context(mailbox), Params())


def test_a_refused_recipient_is_named(mailbox: MailboxServer, capsys: pytest.CaptureFixture[str]) -> None:
    mailbox.rejects["lead@example.com"] = "550 5.1.1 no such user"
    result = email.run(context(mailbox), Params())
    assert result.text.en == (
        "e-mail sent to email:default: 1 recipient; rejected: lead@example.com (550 5.1.1 no such user)"
    )
    assert "recipients refused" in capsys.readouterr().out


def test_a_dry_run_and_a_busy_channel_send_nothing(mailbox: MailboxServer) -> None:
    assert not email.run(context(mailbox, mode=Mode.DRY_RUN), Params()).changed
    busy = context(mailbox, take_turn=lambda _: Turn(wait_seconds=55.0, reason=as_text("busy")))
    assert email.run(busy, Params()).wait_seconds == 55.0
    assert mailbox.mails == []


@pytest.mark.parametrize(
    ("variable", "value", "reason"),
    [
        ("HINOMI_EMAIL_SERVER", "", "HINOMI_EMAIL_SERVER is not set"),
        ("HINOMI_EMAIL_SERVER", "mail.example.com", "HINOMI_EMAIL_SERVER: use smtps://"),
        ("HINOMI_EMAIL_FROM", "hinomi", "'<secret>' is not an e-mail address"),
        ("HINOMI_EMAIL_TO", "", "HINOMI_EMAIL_TO is not set"),
        ("HINOMI_EMAIL_USER", "hinomi", "HINOMI_EMAIL_USER has no password: set HINOMI_EMAIL_PASSWORD"),
    ],
)
def test_an_incomplete_channel_takes_nothing(mailbox: MailboxServer, variable: str, value: str, reason: str) -> None:
    with pytest.raises(ChannelError, match=reason):
        email.run(context(mailbox, settings=settings(mailbox, **{variable: value})), Params())
    with pytest.raises(InputError, match=reason):
        list(email.send_test(settings(mailbox, **{variable: value}), Params(), NOW))


def test_a_test_message_names_who_got_it(mailbox: MailboxServer) -> None:
    mailbox.rejects["lead@example.com"] = "550 no such user"
    lines = [line.en for line in email.send_test(settings(mailbox), Params(), NOW)]
    assert lines[0].startswith("Accepted by 127.0.0.1 after ")
    assert "for oncall@example.com. Check the mailbox" in lines[0]
    assert lines[1:] == ["Rejected: lead@example.com (550 no such user)"]
    assert str(mailbox.mails[0]["Subject"]) == "[Hinomi] Test: Hinomi can reach this channel"
