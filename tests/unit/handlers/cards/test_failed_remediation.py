"""A message about a failed remediation says what happened and who was notified: on the card, by mail and on the phone."""

from datetime import timedelta
from typing import Any

import pytest

from handlers.cards.failed_remediation import failed_remediation
from handlers.cards.incident import IncidentCard
from handlers.messages.channel_message import ChannelMessage
from handlers.messages.mail_html import as_html
from handlers.messages.plain_text import as_plain_text
from handlers.messages.short_text import short_text
from handlers.remediations import causes
from shared.model import RunState, Trigger
from shared.records import RunView
from shared.texts.locale import Locale
from tests.support.incidents import NOW, action_run, incident

FAILED = action_run(id=7, state=RunState.FAILED, error="HTTP 403")
UNAPPROVED = action_run(id=7, state=RunState.SKIPPED, reason="approval_expired")
CAUSE = causes.of_failure(7)


def sent(target: str, **changes: Any) -> RunView:
    action = target.partition(":")[0]
    given = {"id": 8, "action": action, "target": target, "cause": CAUSE, "trigger": Trigger.REMEDIATION_FAILED}
    return action_run(**{**given, **changes})


NOTIFIED = (
    sent("teams:default"),
    sent("apprise:alice", state=RunState.PLANNED),
    sent("email:default/bob@example.com", cause=f"{CAUSE}/bob@example.com"),
    sent("email:night", state=RunState.PLANNED, held_until=NOW + timedelta(hours=8)),
    sent("email:broken", state=RunState.FAILED),
    sent("teams:earlier", cause="entry-1", trigger=Trigger.OPENED),
)


def shown(run: RunView, language: str) -> list[str]:
    """The message as a card, as an e-mail and on the phone."""
    locale = Locale(language, "UTC", NOW)
    failed = failed_remediation(CAUSE, (run, *NOTIFIED), "email:default")
    subject = IncidentCard(incident(), Trigger.REMEDIATION_FAILED, (run,), failed=failed)
    message = ChannelMessage((), subject, (1,), locale)
    phone = short_text(ChannelMessage((), subject, (1,), locale))
    return [as_plain_text(message.card()), as_html(message.card()), f"{phone.title}\n{phone.body}"]


@pytest.mark.parametrize(
    ("run", "language", "texts"),
    [
        (FAILED, "en", ["Remediation failed", "close-public-access failed. Notified: apprise:alice, "]),
        (FAILED, "ja", ["自動修復の失敗", "close-public-access が失敗しました。通知先: apprise:alice, "]),
        (action_run(id=7), "en", ["Remediation failed", "close-public-access ran, but the fault remains. Notified: "]),
        (action_run(id=7), "ja", ["自動修復の失敗", "close-public-access を実行しましたが、復旧していません。"]),
        (UNAPPROVED, "en", ["Not approved in time", "Nobody approved close-public-access in time. Notified: "]),
        (UNAPPROVED, "ja", ["承認の期限切れ", "close-public-access は期限までに承認されませんでした。"]),
    ],
)
def test_what_happened_and_who_was_told(run: RunView, language: str, texts: list[str]) -> None:
    for text in shown(run, language):
        assert [each for each in [*texts, "apprise:alice, email:default, teams:default"] if each not in text] == []
        assert not {"Escalated", "深刻化", "email:night", "email:broken", "teams:earlier"} & set(text.split())


@pytest.mark.parametrize("cause", [causes.of_failure(7), causes.of_step(2, 7), f"{causes.of_failure(7)}|again"])
def test_the_cause_names_the_remediation(cause: str) -> None:
    found = failed_remediation(cause, (FAILED,), "teams:default")
    assert found is not None
    assert (found.run.id, found.channels) == (7, ("teams:default",))


def test_another_message_is_about_no_remediation() -> None:
    assert failed_remediation("entry-7", (FAILED,), "teams:default") is None
    assert (causes.depth_of("entry-7"), causes.depth_of(causes.of_failure(7)), causes.depth_of("then|3|7")) == (0, 0, 3)
