"""Sends an Adaptive Card to a Microsoft Teams channel, over the webhook of a workflow.

[Teams](teams.md) describes the setup of a channel, the parts of a card, and the responses of Teams. A channel gets at
most one message a second and 100 an hour; in a storm it gets three cards, and the other notifications share a digest.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from handlers import registry
from handlers.cards.digest import DigestEntry, digest_entries, digest_message
from handlers.cards.escape import cut
from handlers.cards.incident import IncidentCard, incident_message
from handlers.cards.links import known_hosts, with_known_links
from handlers.cards.plain import numbers_message, plain_message
from handlers.cards.test_card import channel_test_message
from handlers.channels.rate_limit import RateLimit
from handlers.context import ActionContext, ActionResult, Notification, Turn, parameter
from handlers.match import Reason
from handlers.notifiers._workflows import WebhookResponse, check_response, post
from shared.config import Settings
from shared.errors import ChannelError, InputError, MessageRejectedError
from shared.model import Mode, RunState, Trigger
from shared.records import IncidentView, RunView
from shared.setting import DEFAULT_NAME, Setting
from shared.texts import Text, handler_rules, teams
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
# The worker waits this long for its turn; after a longer wait a later tick sends.
PATIENCE_SECONDS = 2.0
MAX_SHOWN = 300  # characters of an answer


@dataclass(frozen=True, slots=True)
class Params:
    """`channel` is the name of the channel whose webhook is called."""

    channel: str = parameter("The name of the channel; each has a URL of its own.", DEFAULT_NAME)

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z0-9_]{1,40}", self.channel):
            raise InputError(handler_rules.INVALID_CHANNEL(name=self.channel))


def target(incident: IncidentView, params: Params) -> str:  # noqa: ARG001
    """The channel."""
    return f"{NAME}:{params.channel}"


def run(context: ActionContext, params: Params) -> ActionResult:
    """Sends the card, or a digest of the notifications that share a message. Raises ActionError."""
    channel = target(context.incident, params)
    if context.mode is Mode.DRY_RUN:
        return ActionResult(teams.WOULD_SEND(channel=channel), changed=False)
    turn = _turn(context)
    if turn.wait_seconds > 0:
        return ActionResult(turn.reason, changed=False, wait_seconds=turn.wait_seconds)
    own = Notification(context.run_id, context.incident, context.trigger, notified=True)
    entries = digest_entries(turn.notifications or (own,))
    is_digest = len(entries) > 1 or (turn.is_digest and entries[0].is_news_of_the_past)
    card = _digest(context, entries) if is_digest else _card(context, channel, entries[0])
    try:
        answer = send(context, params.channel, card)
    except MessageRejectedError as rejected:
        simpler = [form(card, entries, _locale(context)) for form in (plain_message, numbers_message)]
        answer = _send_simpler(context, params.channel, simpler, rejected)
        text = teams.PLAIN_SENT(channel=channel, reason=rejected.text)
    else:
        text = _sent(channel, answer, len(entries))
    return ActionResult(text, details=_details(answer, entries))


def send(context: ActionContext, channel: str, body: dict[str, Any]) -> WebhookResponse:
    """Posts the message to the channel's webhook and checks the response. Raises ActionError."""
    try:
        webhook = WEBHOOK_URL.secret(context.settings.environment, channel)
    except InputError as error:
        raise ChannelError(teams.NO_WEBHOOK(name=channel, setting=WEBHOOK_URL.of(channel))) from error
    answer = post(webhook, body)
    check_response(answer, WEBHOOK_URL.of(channel), context.now)
    return answer


def _send_simpler(
    context: ActionContext, channel: str, messages: Sequence[dict[str, Any]], rejected: MessageRejectedError
) -> WebhookResponse:
    """Sends the first of the messages that is accepted. When none is, no message can pass: ChannelError."""
    for message in messages:
        try:
            return send(context, channel, message)
        except MessageRejectedError:
            continue
    raise ChannelError(rejected.text) from rejected


def _sent(channel: str, answer: WebhookResponse, count: int) -> Text:
    if count > 1:
        return teams.DIGEST_SENT(count=count, channel=channel, status=answer.status)
    return teams.SENT(channel=channel, status=answer.status)


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


def _turn(context: ActionContext) -> Turn:
    """The turn on the channel, after a short wait when that is enough."""
    turn = context.take_turn(RATE_LIMIT)
    if 0 < turn.wait_seconds <= PATIENCE_SECONDS:
        time.sleep(turn.wait_seconds)
        turn = context.take_turn(RATE_LIMIT)
    return turn


def _locale(context: ActionContext) -> Locale:
    return Locale(context.settings.language, context.settings.timezone, context.now)


def _digest(context: ActionContext, entries: Sequence[DigestEntry]) -> dict[str, Any]:
    shown = [replace(entry, incident=_shown(context, entry.incident)) for entry in entries]
    return digest_message(shown, _locale(context), context.settings.dashboard_url)


def _card(context: ActionContext, channel: str, entry: DigestEntry) -> dict[str, Any]:
    repairs = tuple(run for run in context.actions_so_far if registry.is_remediation(run.action))
    again = _since_last_card(entry.incident, context.actions_so_far, channel)
    is_first = again is None and entry.trigger in (Trigger.OPENED, Trigger.ESCALATED)
    subject = IncidentCard(
        _shown(context, entry.incident),
        entry.trigger,
        repairs,
        again,
        context.causes() if is_first else [],
        is_first=entry.is_news_of_the_past,
        was_silenced=not entry.is_resolved and _was_silenced(context.actions_so_far, channel),
    )
    return incident_message(subject, _locale(context), context.settings.dashboard_url)


def _shown(context: ActionContext, incident: IncidentView) -> IncidentView:
    """The incident in the language of the cards, with links to known hosts only."""
    return with_known_links(localized(incident, context.settings.language), known_hosts(context.settings))


def _details(answer: WebhookResponse, entries: Sequence[DigestEntry]) -> dict[str, Any]:
    """For later cards: how often each incident had occurred when this one was sent."""
    counts = {str(entry.incident.id): entry.incident.occurrence_count for entry in entries}
    return {"status": answer.status, "seconds": round(answer.seconds, 3), "counts": counts}


def _was_silenced(runs: Sequence[RunView], channel: str) -> bool:
    """Whether a silence suppressed the last notification of the incident on this channel."""
    earlier = [run for run in runs if run.action == NAME and run.target == channel]
    return bool(earlier) and earlier[-1].reason == Reason.SILENCED


def _since_last_card(incident: IncidentView, runs: Sequence[RunView], channel: str) -> int | None:
    """Occurrences since the last card of this incident on this channel; None when there was none."""
    for earlier in reversed(runs):
        if earlier.action == NAME and earlier.target == channel and earlier.state is RunState.DONE:
            count = (earlier.details or {}).get("counts", {}).get(str(incident.id))
            if isinstance(count, int):
                return max(incident.occurrence_count - count, 0)
    return None
