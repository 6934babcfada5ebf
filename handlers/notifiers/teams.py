"""Sends an Adaptive Card to a Microsoft Teams channel, over the webhook of a workflow.

[Teams](teams.md) tells how to set up a channel, what is on a card, and what each response of Teams means. A channel gets at
most one message a second and 100 an hour; when more than five notifications are due, they share one card.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from handlers import registry
from handlers.cards.digest import DigestEntry, digest_message
from handlers.cards.escape import cut
from handlers.cards.incident import IncidentCard, incident_message
from handlers.cards.links import known_hosts, with_known_links
from handlers.cards.test_card import channel_test_message
from handlers.context import ActionContext, ActionResult, WaitingRun, parameter
from handlers.notifiers._workflows import WebhookResponse, check_response, post
from handlers.rate_limit import RateLimit
from shared.config import Settings
from shared.errors import ActionError, InputError
from shared.model import Mode, RunState, Trigger
from shared.records import IncidentView, RunView
from shared.setting import DEFAULT_NAME, Setting
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
RATE_LIMIT = RateLimit(spacing=1.0, burst=40, interval=60.0)
# So many notifications of a channel are sent one by one; when more are due, they share a card.
SINGLE_CARDS = 5
MAX_DIGEST = 150
# The worker waits this long for the rate limit; after a longer wait a later tick sends.
PATIENCE_SECONDS = 2.0
MAX_SHOWN = 300  # characters of an answer


@dataclass(frozen=True, slots=True)
class Params:
    """`channel` is the name of the channel whose webhook is called."""

    channel: str = parameter("The name of the channel; each has a URL of its own.", DEFAULT_NAME)

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z0-9_]{1,40}", self.channel):
            raise InputError(f"the channel '{self.channel}' is not a name: use a-z, 0-9 and _")


def target(incident: IncidentView, params: Params) -> str:  # noqa: ARG001
    """The channel."""
    return f"{NAME}:{params.channel}"


def run(context: ActionContext, params: Params) -> ActionResult:
    """Sends the card, or one digest for all notifications that wait for the channel. Raises ActionError."""
    channel = target(context.incident, params)
    if context.mode is Mode.DRY_RUN:
        return ActionResult(teams.WOULD_SEND(channel=channel), changed=False)
    wait = _wait_for_slot(context, channel)
    if wait > 0:
        return ActionResult(teams.RATE_LIMITED(channel=channel), changed=False, wait_seconds=wait)
    waiting = context.claim_waiting(SINGLE_CARDS - 1, MAX_DIGEST)
    # In the order in which they were planned: a digest shows the latest of each incident.
    own = WaitingRun(context.run_id, context.incident, context.trigger)
    ordered = sorted((own, *waiting), key=lambda one: one.run_id)
    entries: list[DigestEntry] = [(one.incident, one.trigger) for one in ordered]
    answer = send(context, params.channel, _message(context, channel, entries))
    sent = teams.SENT(channel=channel, status=answer.status)
    if len(entries) > 1:
        sent = teams.DIGEST_SENT(count=len(entries), channel=channel, status=answer.status)
    return ActionResult(sent, details=_details(answer, entries))


def send(context: ActionContext, channel: str, body: dict[str, Any]) -> WebhookResponse:
    """Posts the message to the channel's webhook and checks the response. Raises ActionError."""
    try:
        webhook = WEBHOOK_URL.secret(context.settings.environment, channel)
    except InputError as error:
        raise ActionError(teams.NO_WEBHOOK(name=channel, setting=WEBHOOK_URL.of(channel)), permanent=True) from error
    answer = post(webhook, body)
    check_response(answer, WEBHOOK_URL.of(channel), context.now)
    return answer


def send_test(settings: Settings, params: Params, now: datetime) -> Iterator[Text]:
    """Sends a test card; yields a line for each part of the answer. Raises InputError, and ActionError when it was rejected."""
    webhook = WEBHOOK_URL.secret(settings.environment, params.channel)
    locale = Locale(settings.language, settings.timezone, now)
    answer = post(webhook, channel_test_message(params.channel, locale, settings.dashboard_url))
    yield teams.ANSWER(status=answer.status, seconds=f"{answer.seconds:.2f}")
    if body := " ".join(answer.text.split()):
        yield teams.BODY(body=cut(body, MAX_SHOWN))
    check_response(answer, WEBHOOK_URL.of(params.channel), now)
    yield teams.ACCEPTED


def _wait_for_slot(context: ActionContext, channel: str) -> float:
    wait = context.take_slot(channel, RATE_LIMIT)
    if 0 < wait <= PATIENCE_SECONDS:
        time.sleep(wait)
        wait = context.take_slot(channel, RATE_LIMIT)
    return wait


def _message(context: ActionContext, channel: str, entries: Sequence[DigestEntry]) -> dict[str, Any]:
    settings: Settings = context.settings
    locale = Locale(settings.language, settings.timezone, context.now)
    hosts = known_hosts(settings)
    if len(entries) > 1:
        shown = [
            (with_known_links(localized(incident, locale.language), hosts), trigger) for incident, trigger in entries
        ]
        return digest_message(shown, locale, settings.dashboard_url)
    repairs = tuple(run for run in context.actions_so_far if registry.is_remediation(run.action))
    again = _since_last_card(context.incident, context.actions_so_far, channel)
    is_first = again is None and context.trigger in (Trigger.OPENED, Trigger.ESCALATED)
    causes = context.causes() if is_first else []
    incident = with_known_links(localized(context.incident, locale.language), hosts)
    subject = IncidentCard(incident, context.trigger, repairs, again, causes)
    return incident_message(subject, locale, settings.dashboard_url)


def _details(answer: WebhookResponse, entries: Sequence[DigestEntry]) -> dict[str, Any]:
    """For later cards: how often each incident had occurred when this one was sent."""
    counts = {str(incident.id): incident.occurrence_count for incident, _ in entries}
    return {"status": answer.status, "seconds": round(answer.seconds, 3), "counts": counts}


def _since_last_card(incident: IncidentView, runs: Sequence[RunView], channel: str) -> int | None:
    """Occurrences since the last card of this incident on this channel; None when there was none."""
    for earlier in reversed(runs):
        if earlier.action == NAME and earlier.target == channel and earlier.state is RunState.DONE:
            count = (earlier.details or {}).get("counts", {}).get(str(incident.id))
            if isinstance(count, int):
                return max(incident.occurrence_count - count, 0)
    return None
