"""Sends a short text to any service that Apprise supports: mobile push, SMS, Slack, PagerDuty, Opsgenie, ntfy, Telegram and more.

[Apprise](apprise.md) describes the setup and what Apprise reports. A channel gets at most one message a second and 100 an
hour; in a storm it gets three, and the other notifications share a digest. A service that fails while another one accepts the
message is retried separately.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from handlers.channels.part_names import chosen
from handlers.channels.rate_limit import RateLimit
from handlers.context import ActionContext, ActionResult, parameter
from handlers.messages.channel_locale import channel_locale, language_setting, timezone_setting
from handlers.messages.channel_message import channel_message, take_turn
from handlers.messages.channel_params import ChannelParams
from handlers.messages.http_call import silence_transport_log
from handlers.messages.short_text import ShortText, numbers_text, short_text, test_text
from shared.config import Settings
from shared.errors import ActionError, ChannelError, InputError, MessageRejectedError
from shared.http import is_transient, rejects_caller
from shared.lazy.dataclass import dataclass
from shared.logs import log
from shared.model import Mode
from shared.records import IncidentView
from shared.setting import DEFAULT_NAME, Setting
from shared.texts import Text, joined
from shared.texts.notifiers import apprise as texts

NAME = "apprise"
EXTRA = "apprise"  # the optional dependency of pyproject.toml, deployed when a handler rule uses this notifier
PERMISSIONS: tuple[str, ...] = ()
URLS = Setting(
    "HINOMI_APPRISE_URLS[_<CHANNEL>]",
    "Apprise URL of a channel, such as `ntfys://TOPIC`; several, separated by white space, all get each message.",
    required=True,
)
SETTINGS = (language_setting(NAME), timezone_setting(NAME))
SECRETS = (URLS,)

RATE_LIMIT = RateLimit(spacing=1.0, burst=40, interval=60.0)
TIMEOUT_SECONDS = 20.0
# Plug-ins of Apprise log the status of a response in this form; the return value of notify() does not have it.
_STATUS = re.compile(r"\berror=([1-5]\d\d)\b")


@dataclass(frozen=True, slots=True)
class Params(ChannelParams):
    """`channel` is the name of the channel whose services get the message."""

    channel: str = parameter("The name of the channel; each has URLs of its own.", DEFAULT_NAME)


@dataclass(frozen=True, slots=True)
class ServiceReply:
    """Apprise's report about one service. `status` is the HTTP status that it logged, or None."""

    service: str
    is_accepted: bool
    is_late: bool = False
    status: int | None = None
    part: str = ""

    @property
    def error(self) -> ActionError | None:
        """The error of a service that did not accept the message; None if it only rejected this message."""
        try:
            check_replies([self])
        except MessageRejectedError:
            return None
        except ActionError as error:
            return error
        return None

    @property
    def text(self) -> Text:
        """The service with the reason why it did not accept the message."""
        if self.is_late:
            return texts.TIMED_OUT(service=self.service)
        template = texts.NO_STATUS if self.status is None else texts.STATUS
        return template(service=self.service, status=self.status or 0)


def target(incident: IncidentView, params: Params) -> str:  # noqa: ARG001
    """The channel for these parameters, such as `apprise:default`."""
    return f"{NAME}:{params.channel}"


def run(context: ActionContext, params: Params) -> ActionResult:
    """Sends the text, or a digest of the notifications that share a message.

    Raises ActionError when no service accepts it.
    """
    channel = target(context.incident, params)
    if context.mode is Mode.DRY_RUN:
        return ActionResult(texts.WOULD_SEND(channel=channel), changed=False)
    names, left_out = _of_parts(context, params.channel)
    if context.part and not names:
        return ActionResult(texts.NO_SERVICE(channel=channel), changed=False, is_part_removed=True)
    turn = take_turn(context, RATE_LIMIT)
    if turn.wait_seconds > 0:
        return ActionResult(turn.reason, changed=False, wait_seconds=turn.wait_seconds)
    locale = channel_locale(context.settings, NAME, params.channel, context.now)
    message = channel_message(context, channel, turn, locale)
    try:
        replies = _accepted(context.settings, params.channel, short_text(message), names)
        text = texts.SENT(channel=channel, services=_services(replies))
    except MessageRejectedError as rejected:
        replies = _send_numbers(context.settings, params.channel, numbers_text(message), names, rejected)
        text = texts.SHORT_SENT(channel=channel, reason=rejected.text)
    refused = {reply.part: reply.error for reply in replies if reply.part and not reply.is_accepted}
    details = {"counts": message.counts()}
    return ActionResult(
        _with_failed(channel, text, replies), details=details, refused=refused | dict.fromkeys(left_out)
    )


def send_test(settings: Settings, params: Params, now: datetime) -> Iterator[Text]:
    """Sends a test message; yields the services that accepted it. Raises InputError, and ActionError if none did."""
    locale = channel_locale(settings, NAME, params.channel, now)
    replies, seconds = _send(settings, params.channel, test_text(params.channel, locale))
    check_replies(replies)
    yield texts.ACCEPTED(services=_services(replies), seconds=f"{seconds:.2f}")
    if failed := [reply.text for reply in replies if not reply.is_accepted]:
        yield texts.FAILED(failed=joined(failed))


def check_replies(replies: Sequence[ServiceReply]) -> None:
    """Returns if a service accepted the message; raises ActionError if none did.

    Without a status, the failure may be one of the network, so the message is sent again later.
    """
    if any(reply.is_accepted for reply in replies):
        return
    text = texts.NOT_ACCEPTED(failed=joined(reply.text for reply in replies))
    statuses = [reply.status for reply in replies if not reply.is_late]
    if len(statuses) < len(replies) or any(status is None or is_transient(status) for status in statuses):
        raise ActionError(text, permanent=False)
    if any(status is not None and not rejects_caller(status) for status in statuses):
        raise MessageRejectedError(text)
    raise ChannelError(text)


def _send_numbers(
    settings: Settings, channel: str, text: ShortText, names: Collection[str], rejected: MessageRejectedError
) -> Sequence[ServiceReply]:
    """Sends the numbers of the incidents. When they are rejected too, no message can pass: ChannelError."""
    try:
        return _accepted(settings, channel, text, names)
    except MessageRejectedError:
        raise ChannelError(rejected.text) from rejected


def _of_parts(context: ActionContext, channel: str) -> tuple[list[str], list[str]]:
    """The services that this notification is sent to, as url1, url2 …, and those that are left out. Raises ChannelError."""
    try:
        names = [*_urls(context.settings, channel)]
    except InputError as error:
        raise ChannelError(error.text) from error
    return chosen(names, context.part, context.parts_waiting)


def _urls(settings: Settings, channel: str) -> dict[str, str]:
    """The URLs of a channel; their names do not show them. Raises InputError."""
    urls = URLS.secret(settings.environment, channel).reveal().split()
    return {f"url{number}": url for number, url in enumerate(urls, 1)}


def _accepted(settings: Settings, channel: str, text: ShortText, names: Collection[str]) -> Sequence[ServiceReply]:
    """The replies, if a service accepted the text. Raises ActionError; ChannelError for incomplete settings."""
    try:
        replies, _ = _send(settings, channel, text, names)
    except InputError as error:
        raise ChannelError(error.text) from error
    check_replies(replies)
    return replies


def _send(
    settings: Settings, channel: str, text: ShortText, names: Collection[str] | None = None
) -> tuple[Sequence[ServiceReply], float]:
    """The reply of each service, and the seconds until all had replied. Raises InputError, without the URLs."""
    urls = {name: url for name, url in _urls(settings, channel).items() if names is None or name in names}
    services = _loaded([*urls.values()], URLS.of(channel))
    result = services.notify(
        text.body, title=text.title, notify_type=text.level, body_format="text", timeout=TIMEOUT_SECONDS
    )
    replies = [_reply(each) for each in result.results]
    if len(replies) == len(urls):  # a URL of a configuration may be several services
        replies = [replace(reply, part=name) for reply, name in zip(replies, urls, strict=True)]
    return replies, float(result.elapsed)


def _loaded(urls: Sequence[str], setting: str) -> Any:
    """The services of the URLs. Raises InputError when Apprise is not installed, or does not recognize one."""
    try:
        from apprise import Apprise, AppriseAsset  # noqa: PLC0415 - an optional dependency, imported where it is used
    except ImportError as error:
        raise InputError(texts.NOT_INSTALLED) from error
    logging.getLogger("apprise").propagate = False  # its messages may contain addresses
    silence_transport_log()
    asset = AppriseAsset(
        app_id="Hinomi", app_desc="Hinomi", app_url="", async_mode=False, secure_logging=True, storage_mode="memory"
    )
    services = Apprise(asset=asset)
    for number, url in enumerate(urls, 1):
        if not services.add(url):
            raise InputError(texts.UNKNOWN_URL(number=number, setting=setting))
    return services


def _reply(result: Any) -> ServiceReply:
    from apprise import AppriseResultStatus  # noqa: PLC0415

    statuses = [int(found[1]) for entry in result.logs() if (found := _STATUS.search(entry.message))]
    is_late = result.status == AppriseResultStatus.TIMEOUT
    return ServiceReply(str(result.name), bool(result), is_late, statuses[-1] if statuses else None)


def _services(replies: Sequence[ServiceReply]) -> str:
    return ", ".join(reply.service for reply in replies if reply.is_accepted)


def _with_failed(channel: str, text: Text, replies: Sequence[ServiceReply]) -> Text:
    """The result; services that failed while others did not are named there and in the log."""
    failed = [reply.text for reply in replies if not reply.is_accepted]
    if not failed:
        return text
    log("WARNING", f"not accepted: {joined(failed).en}", channel=channel)
    return texts.NOT_ALL(sent=text, failed=joined(failed))
