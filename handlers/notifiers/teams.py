"""Notifies a Microsoft Teams channel: an Adaptive Card to its Workflows webhook."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from handlers import registry
from handlers.cards.digest import News, digest_message
from handlers.cards.escape import cut
from handlers.cards.incident import Subject, incident_message
from handlers.cards.test_card import channel_test_message
from handlers.context import ActionContext, Outcome, Waiting
from handlers.notifiers._workflows import Answer, judge, post
from handlers.rate_limit import Pace
from shared.config import Settings
from shared.errors import ActionError, InputError
from shared.model import Mode, RunState, Trigger
from shared.records import IncidentView, RunView
from shared.setting import Setting
from shared.texts import Text, teams
from shared.texts.locale import Locale
from shared.texts.recorded import localized

NAME = "teams"
PERMISSIONS: tuple[str, ...] = ()
WEBHOOK_URL = Setting(
    "HINOMI_TEAMS_WEBHOOK_URL[_<CHANNEL>]",
    "Webhook URL of the Teams workflow that posts to a channel (docs/teams.md).",
    required=True,
)
SETTINGS: tuple[Setting, ...] = ()
SECRETS = (WEBHOOK_URL,)

# At most 1 message a second and 40 + 60 = 100 in any hour, under the limits that Microsoft documents for a webhook.
PACE = Pace(spacing=1.0, burst=40, interval=60.0)
# This many notifications of a channel are sent one by one; when more are waiting, they share a card.
SINGLE_CARDS = 5
MAX_DIGEST = 150
# A wait as short as this is waited out; after a longer one a later tick sends.
PATIENCE_SECONDS = 2.0
MAX_SHOWN = 300  # characters of an answer


@dataclass(frozen=True, slots=True)
class Params:
    """`channel` names the webhook: `default` is HINOMI_TEAMS_WEBHOOK_URL, any other HINOMI_TEAMS_WEBHOOK_URL_<CHANNEL>."""

    channel: str = "default"

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z0-9_]{1,40}", self.channel):
            raise InputError(f"the channel '{self.channel}' is no name: use a-z, 0-9 and _")


def target(incident: IncidentView, params: Params) -> str:  # noqa: ARG001
    """The channel."""
    return f"{NAME}:{params.channel}"


def run(context: ActionContext, params: Params) -> Outcome:
    """Sends the card, or one digest for all that is waiting on the channel. Raises ActionError."""
    channel = target(context.incident, params)
    if context.mode is Mode.DRY_RUN:
        return Outcome(teams.WOULD_SEND(channel=channel), changed=False)
    wait = _wait_for_slot(context, channel)
    if wait > 0:
        return Outcome(teams.RATE_LIMITED(channel=channel), changed=False, wait_seconds=wait)
    waiting = context.claim_waiting(SINGLE_CARDS - 1, MAX_DIGEST)
    # In the order in which it was planned: the latest of an incident is what a digest tells of it.
    own = Waiting(context.run_id, context.incident, context.trigger)
    ordered = sorted((own, *waiting), key=lambda one: one.run_id)
    news: list[News] = [(one.incident, one.trigger) for one in ordered]
    answer = send(context, params.channel, _message(context, channel, news))
    sent = teams.SENT(channel=channel, status=answer.status)
    if len(news) > 1:
        sent = teams.DIGEST_SENT(count=len(news), channel=channel, status=answer.status)
    return Outcome(sent, details=_details(answer, news))


def send(context: ActionContext, channel: str, body: dict[str, Any]) -> Answer:
    """Posts the message to the channel's webhook and checks the answer. Raises ActionError."""
    try:
        webhook = WEBHOOK_URL.secret(context.settings.environment, channel)
    except InputError as error:
        raise ActionError(teams.NO_WEBHOOK(name=channel, setting=WEBHOOK_URL.of(channel)), permanent=True) from error
    answer = post(webhook, body)
    judge(answer, WEBHOOK_URL.of(channel), context.now)
    return answer


def send_test(settings: Settings, params: Params, now: datetime) -> Iterator[Text]:
    """Sends a test card; yields a line for each part of the answer. Raises InputError, and ActionError when it was rejected."""
    webhook = WEBHOOK_URL.secret(settings.environment, params.channel)
    locale = Locale(settings.language, settings.timezone, now)
    answer = post(webhook, channel_test_message(params.channel, locale, settings.dashboard_url))
    yield teams.ANSWER(status=answer.status, seconds=f"{answer.seconds:.2f}")
    if body := " ".join(answer.text.split()):
        yield teams.BODY(body=cut(body, MAX_SHOWN))
    judge(answer, WEBHOOK_URL.of(params.channel), now)
    yield teams.ACCEPTED


def _wait_for_slot(context: ActionContext, channel: str) -> float:
    wait = context.take_slot(channel, PACE)
    if 0 < wait <= PATIENCE_SECONDS:
        time.sleep(wait)
        wait = context.take_slot(channel, PACE)
    return wait


def _message(context: ActionContext, channel: str, news: Sequence[News]) -> dict[str, Any]:
    settings: Settings = context.settings
    locale = Locale(settings.language, settings.timezone, context.now)
    if len(news) > 1:
        shown = [(localized(incident, locale.language), trigger) for incident, trigger in news]
        return digest_message(shown, locale, settings.dashboard_url)
    repairs = tuple(run for run in context.actions_so_far if registry.is_remediation(run.action))
    again = _since_last_card(context.incident, context.actions_so_far, channel)
    is_first = again is None and context.trigger in (Trigger.OPENED, Trigger.ESCALATED)
    causes = context.causes() if is_first else []
    subject = Subject(localized(context.incident, locale.language), context.trigger, repairs, again, causes)
    return incident_message(subject, locale, settings.dashboard_url)


def _details(answer: Answer, news: Sequence[News]) -> dict[str, Any]:
    """What a later card needs: how often each incident had occurred when this one was sent."""
    counts = {str(incident.id): incident.occurrence_count for incident, _ in news}
    return {"status": answer.status, "seconds": round(answer.seconds, 3), "counts": counts}


def _since_last_card(incident: IncidentView, runs: Sequence[RunView], channel: str) -> int | None:
    """Occurrences since the last card of this incident on this channel; None when there was none."""
    for earlier in reversed(runs):
        if earlier.action == NAME and earlier.target == channel and earlier.state is RunState.DONE:
            count = (earlier.details or {}).get("counts", {}).get(str(incident.id))
            if isinstance(count, int):
                return max(incident.occurrence_count - count, 0)
    return None
