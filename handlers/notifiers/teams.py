"""Sends an Adaptive Card to a Microsoft Teams channel, over the webhook of a workflow.

[Teams](teams.md) describes the setup of a channel, the parts of a card, and the responses of Teams. A channel gets at
most one message a second and 100 an hour; in a storm it gets three cards, and the other notifications share a digest.
If the workflow returns the id of the message that it posted, later cards about the incident contain the id, so that the
workflow can post them as replies.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from handlers.cards.escape import cut
from handlers.cards.plain import numbers_message, plain_message
from handlers.cards.test_card import channel_test_message
from handlers.channels.rate_limit import RateLimit
from handlers.context import ActionContext, ActionResult, parameter
from handlers.messages.channel_locale import channel_locale, language_setting, timezone_setting
from handlers.messages.channel_message import channel_message, take_turn
from handlers.messages.channel_params import ChannelParams
from handlers.messages.report_message import ReportMessage
from handlers.notifiers import _teams_threads as threads
from handlers.notifiers._workflows import WebhookResponse, check_response, post
from shared.config import Settings
from shared.errors import ChannelError, InputError, MessageRejectedError
from shared.lazy.dataclass import dataclass
from shared.model import Mode
from shared.records import IncidentView
from shared.setting import DEFAULT_NAME, Setting
from shared.texts import Text
from shared.texts.notifiers import teams

NAME = "teams"
PERMISSIONS: tuple[str, ...] = ()
WEBHOOK_URL = Setting(
    "HINOMI_TEAMS_WEBHOOK_URL[_<CHANNEL>]",
    "Webhook URL of the Teams workflow that posts to a channel (docs/teams.md).",
    required=True,
)
SETTINGS = (language_setting(NAME), timezone_setting(NAME))
SECRETS = (WEBHOOK_URL,)

# At most 1 message a second and 40 + 60 = 100 in any hour, under the limits that Microsoft documents for a webhook.
RATE_LIMIT = RateLimit(spacing=1.0, burst=40, interval=60.0)
MAX_SHOWN = 300  # characters of an answer


@dataclass(frozen=True, slots=True)
class Params(ChannelParams):
    """`channel` is the name of the channel whose webhook is called."""

    channel: str = parameter("The name of the channel; each has a URL of its own.", DEFAULT_NAME)


def target(incident: IncidentView, params: Params) -> str:  # noqa: ARG001
    """The channel."""
    return f"{NAME}:{params.channel}"


def run(context: ActionContext, params: Params) -> ActionResult:
    """Sends the card, or a digest of the notifications that share a message.

    Raises ActionError when Teams does not accept it.
    """
    channel = target(context.incident, params)
    if context.mode is Mode.DRY_RUN:
        return ActionResult(teams.WOULD_SEND(channel=channel), changed=False)
    turn = take_turn(context, RATE_LIMIT)
    if turn.wait_seconds > 0:
        return ActionResult(turn.reason, changed=False, wait_seconds=turn.wait_seconds)
    locale = channel_locale(context.settings, NAME, params.channel, context.now)
    message = channel_message(context, channel, turn, locale)
    card = message.card()
    plain, numbers = (form(card, message.entries, locale) for form in (plain_message, numbers_message))
    if len(message.entries) == 1:
        card = threads.as_reply(card, threads.first_message(context.actions_so_far, channel))
    answer, rejected = send_accepted(context, params.channel, card, plain, numbers)
    text = _sent(channel, answer, len(message.entries))
    if rejected is not None:
        text = teams.PLAIN_SENT(channel=channel, reason=rejected)
    posted = threads.posted_message(answer.text) if len(message.entries) == 1 and rejected is None else {}
    details = {"status": answer.status, "seconds": round(answer.seconds, 3), "counts": message.counts(), **posted}
    return ActionResult(text, details=details)


def send(context: ActionContext, channel: str, body: dict[str, Any]) -> WebhookResponse:
    """Posts the message to the channel's webhook and checks the response. Raises ActionError for a rejection."""
    try:
        webhook = WEBHOOK_URL.secret(context.settings.environment, channel)
    except InputError as error:
        raise ChannelError(teams.NO_WEBHOOK(name=channel, setting=WEBHOOK_URL.of(channel))) from error
    answer = post(webhook, body)
    check_response(answer, WEBHOOK_URL.of(channel), context.now)
    return answer


def send_accepted(
    context: ActionContext, channel: str, card: dict[str, Any], plain: dict[str, Any], numbers: dict[str, Any]
) -> tuple[WebhookResponse, Text | None]:
    """Sends the card, or the first simpler form that the channel accepts, with the reason for which the card was rejected.

    Raises ChannelError if it accepts no form. After a status that content filters also use, the card is tried once more
    first, and the plain form once more after the numbers, because the failure may have been temporary.
    """
    try:
        return send(context, channel, card), None
    except (MessageRejectedError, ChannelError) as error:
        rejected = error
    status = rejected.filter_status if isinstance(rejected, ChannelError) else None
    if isinstance(rejected, ChannelError) and status is None:
        raise rejected
    if status is not None and (answer := _if_accepted(context, channel, card)):
        return answer, None
    reason = rejected.text if status is None else teams.FILTERED(status=status)
    if answer := _if_accepted(context, channel, plain):
        return answer, reason
    if answer := _if_accepted(context, channel, numbers):
        return (status and _if_accepted(context, channel, plain)) or answer, reason
    raise ChannelError(rejected.text, retry_after=rejected.retry_after) from rejected


def _if_accepted(context: ActionContext, channel: str, message: dict[str, Any]) -> WebhookResponse | None:
    """The response to a message; None when it is rejected."""
    try:
        return send(context, channel, message)
    except MessageRejectedError:
        return None
    except ChannelError as error:
        if error.filter_status is None:
            raise
        return None


def send_report(settings: Settings, params: Params, report: ReportMessage, now: datetime) -> Text:
    """Sends the card of a report, or its first lines if the channel rejects the card. Raises InputError or ActionError."""
    webhook = WEBHOOK_URL.secret(settings.environment, params.channel)
    try:
        answer = post(webhook, report.card)
        check_response(answer, WEBHOOK_URL.of(params.channel), now)
    except MessageRejectedError:
        answer = post(webhook, report.short_card)
        check_response(answer, WEBHOOK_URL.of(params.channel), now)
    return teams.SENT(channel=f"{NAME}:{params.channel}", status=answer.status)


def _sent(channel: str, answer: WebhookResponse, count: int) -> Text:
    if count > 1:
        return teams.DIGEST_SENT(count=count, channel=channel, status=answer.status)
    return teams.SENT(channel=channel, status=answer.status)


def send_test(settings: Settings, params: Params, now: datetime) -> Iterator[Text]:
    """Sends a test card; yields a line for each part of the response.

    Raises InputError, and ActionError when it was rejected.
    """
    webhook = WEBHOOK_URL.secret(settings.environment, params.channel)
    locale = channel_locale(settings, NAME, params.channel, now)
    answer = post(webhook, channel_test_message(params.channel, locale, settings.dashboard_url))
    yield teams.ANSWER(status=answer.status, seconds=f"{answer.seconds:.2f}")
    if body := " ".join(answer.text.split()):
        yield teams.BODY(body=cut(body, MAX_SHOWN))
    check_response(answer, WEBHOOK_URL.of(params.channel), now)
    yield teams.ACCEPTED
