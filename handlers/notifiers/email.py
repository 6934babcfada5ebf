"""Sends an e-mail over SMTP, as HTML and as plain text.

[E-mail](email.md) describes the setup, the threads of an incident, and the replies of a mail server. A channel gets at
most one message a second and 100 an hour; in a storm it gets three, and the other notifications share a digest. A recipient
that the server rejects while it accepts others is retried separately.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from handlers.cards.plain import numbers_message
from handlers.cards.test_card import channel_test_message
from handlers.channels.part_names import chosen, part_name
from handlers.channels.rate_limit import RateLimit
from handlers.context import ActionContext, ActionResult, parameter
from handlers.messages.channel_locale import channel_locale, language_setting, timezone_setting
from handlers.messages.channel_message import channel_message, take_turn
from handlers.messages.channel_params import ChannelParams
from handlers.messages.mail import (
    Envelope,
    card_mail,
    incident_mail,
    message_id_of_report,
    message_id_of_test,
    thread,
    with_page,
)
from handlers.messages.report_message import ReportMessage
from handlers.messages.smtp import MailReply, MailServer, addresses, deliver, refusal, refused_text, server_at
from shared.config import Settings
from shared.errors import ChannelError, InputError, MessageRejectedError
from shared.lazy.dataclass import dataclass
from shared.logs import log
from shared.model import Mode
from shared.records import IncidentView
from shared.redaction import setting_values as forms
from shared.secret import Secret
from shared.setting import DEFAULT_NAME, Setting
from shared.texts import Text
from shared.texts.notifiers import mail

if TYPE_CHECKING:
    from email.message import Message

NAME = "email"
PERMISSIONS: tuple[str, ...] = ()
SERVER = Setting(
    "HINOMI_EMAIL_SERVER",
    "SMTP server of outgoing e-mail: `smtps://HOST:PORT` (TLS, port 465) or `smtp://HOST:PORT` (STARTTLS, port 587).",
    example="smtps://smtp.example.com",
    required=True,
    check=lambda value: _checked(server_at(value)),
    form=forms.MAIL_SERVER,
)
SENDER = Setting(
    "HINOMI_EMAIL_FROM",
    "Sender address of e-mails.",
    example="hinomi@example.com",
    required=True,
    check=lambda value: _checked(addresses(value)),
    form=forms.ADDRESS,
)
USER = Setting(
    "HINOMI_EMAIL_USER", "User of the SMTP server; empty: no login.", example="hinomi@example.com", form=forms.ADDRESS
)
PASSWORD = Setting("HINOMI_EMAIL_PASSWORD", "Password of HINOMI_EMAIL_USER.")
RECIPIENTS = Setting(
    "HINOMI_EMAIL_TO[_<CHANNEL>]",
    "Comma-separated addresses of a channel; preferably the address of a mailing list.",
    example="oncall@example.com",
    required=True,
    check=lambda value: _checked(addresses(value)),
    form=forms.ADDRESSES,
)
SETTINGS = (SERVER, SENDER, USER, RECIPIENTS, language_setting(NAME), timezone_setting(NAME))
SECRETS = (PASSWORD,)

T = TypeVar("T")
RATE_LIMIT = RateLimit(spacing=1.0, burst=40, interval=60.0)


def also_required(environment: Mapping[str, Secret]) -> tuple[str, ...]:
    """The password, which is required if there is a user."""
    return (PASSWORD.variable,) if environment.get(USER.variable) else ()


@dataclass(frozen=True, slots=True)
class Params(ChannelParams):
    """`channel` is the name of the channel whose recipients get the message."""

    channel: str = parameter("The name of the channel; each has recipients of its own.", DEFAULT_NAME)


def target(incident: IncidentView, params: Params) -> str:  # noqa: ARG001
    """The channel."""
    return f"{NAME}:{params.channel}"


def run(context: ActionContext, params: Params) -> ActionResult:
    """Sends the e-mail, or a digest of the notifications that share a message.

    Raises ActionError when the server does not accept it.
    """
    channel = target(context.incident, params)
    if context.mode is Mode.DRY_RUN:
        return ActionResult(mail.WOULD_SEND(channel=channel), changed=False)
    server, everybody = _configured(context.settings, params.channel)
    envelope, left_out = _of_parts(everybody, context)
    if context.part and not envelope.recipients:
        return ActionResult(mail.NO_RECIPIENT(channel=channel), changed=False, is_part_removed=True)
    turn = take_turn(context, RATE_LIMIT)
    if turn.wait_seconds > 0:
        return ActionResult(turn.reason, changed=False, wait_seconds=turn.wait_seconds)
    locale = channel_locale(context.settings, NAME, params.channel, context.now)
    message = channel_message(context, channel, turn, locale)
    position = thread(message, channel, context.settings.project, envelope.domain)
    card = message.card()
    try:
        reply = deliver(server, envelope, incident_mail(message, position, envelope, card))
        text = mail.SENT(channel=channel, count=len(envelope.recipients) - len(reply.refused))
    except MessageRejectedError as rejected:
        numbers = numbers_message(card, message.entries, locale)
        simpler = [incident_mail(message, position, envelope, form, has_html=False) for form in (card, numbers)]
        reply = _send_simpler(server, envelope, simpler, rejected)
        text = mail.PLAIN_SENT(channel=channel, reason=rejected.text)
    details = {**position.details(), "seconds": round(reply.seconds, 3), "counts": message.counts()}
    refused = {part_name(each): refusal(text) for each, text in reply.refused.items()} | dict.fromkeys(left_out)
    return ActionResult(_with_refused(channel, text, reply), details=details, refused=refused)


def send_test(settings: Settings, params: Params, now: datetime) -> Iterator[Text]:
    """Sends a test e-mail; yields the recipients that the server accepted.

    Raises InputError, and ActionError if it was rejected.
    """
    server, envelope = _server(settings), _envelope(settings, params.channel)
    locale = channel_locale(settings, NAME, params.channel, now)
    card = channel_test_message(params.channel, locale, settings.dashboard_url)
    message = card_mail(envelope, locale.text(mail.TEST_SUBJECT), card, message_id_of_test(envelope, now), now)
    reply = deliver(server, envelope, message)
    accepted = [each for each in envelope.recipients if each not in reply.refused]
    yield mail.ACCEPTED(host=server.host, seconds=f"{reply.seconds:.2f}", addresses=", ".join(accepted))
    if reply.refused:
        yield mail.REFUSED(refused=refused_text(reply))


def send_report(settings: Settings, params: Params, report: ReportMessage, now: datetime) -> Text:
    """Sends a report with its page attached, or only its text if the server rejects that.

    Raises InputError or ActionError.
    """
    server, envelope = _server(settings), _envelope(settings, params.channel)
    channel = f"{NAME}:{params.channel}"
    identity = message_id_of_report(envelope, report.key)
    try:
        message = card_mail(envelope, report.subject, report.mail, identity, now)
        reply = deliver(server, envelope, with_page(message, report.page, report.file_name))
    except MessageRejectedError as rejected:
        message = card_mail(envelope, report.subject, report.mail, identity, now, has_html=False)
        reply = _send_simpler(server, envelope, [message], rejected)
    text = mail.SENT(channel=channel, count=len(envelope.recipients) - len(reply.refused))
    return _with_refused(channel, text, reply)


def _send_simpler(
    server: MailServer, envelope: Envelope, mails: list[Message], rejected: MessageRejectedError
) -> MailReply:
    """Sends the first of the e-mails that is accepted. When none is, no message can pass: ChannelError."""
    for each in mails:
        try:
            return deliver(server, envelope, each)
        except MessageRejectedError:
            continue
    raise ChannelError(rejected.text) from rejected


def _with_refused(channel: str, text: Text, reply: MailReply) -> Text:
    """The result; recipients that were refused while others were not are named there and in the log."""
    if not reply.refused:
        return text
    refused = refused_text(reply)
    log("WARNING", f"recipients refused: {refused.en}", channel=channel)
    return mail.NOT_ALL(sent=text, refused=refused)


def _of_parts(envelope: Envelope, context: ActionContext) -> tuple[Envelope, list[str]]:
    """The envelope of this notification, and the names of the recipients that are left out because earlier ones wait for them."""
    addresses_of = {part_name(each): each for each in envelope.recipients}
    names, left_out = chosen([*addresses_of], context.part, context.parts_waiting)
    return replace(envelope, recipients=tuple(addresses_of[name] for name in names)), left_out


def _configured(settings: Settings, channel: str) -> tuple[MailServer, Envelope]:
    """The server and the addresses of a channel. Raises ChannelError when they are incomplete: it can send nothing."""
    try:
        return _server(settings), _envelope(settings, channel)
    except InputError as error:
        raise ChannelError(error.text) from error


def _server(settings: Settings) -> MailServer:
    """The SMTP server in the settings. Raises InputError when it is missing or invalid."""
    host, port, is_implicit = _parsed(SERVER, settings, DEFAULT_NAME, server_at)
    user = USER.text(settings.environment)
    password = settings.environment.get(PASSWORD.variable) or Secret("")
    if user and not password:
        raise InputError(mail.NO_PASSWORD(user=USER.variable, setting=PASSWORD.variable))
    return MailServer(host, port, is_implicit, user, password)


def _envelope(settings: Settings, channel: str) -> Envelope:
    """The addresses of a channel. Raises InputError when they are missing or invalid."""
    (sender, *_) = _parsed(SENDER, settings, DEFAULT_NAME, addresses)
    return Envelope(sender, _parsed(RECIPIENTS, settings, channel, addresses))


def _parsed(setting: Setting, settings: Settings, channel: str, parse: Callable[[str], T]) -> T:
    """The value of a setting. Raises InputError when it is missing or invalid."""
    value = setting.secret(settings.environment, channel).reveal()
    try:
        return parse(value)
    except InputError as error:
        raise InputError(mail.INVALID(setting=setting.of(channel), reason=error.text)) from error


def _checked(_value: object) -> None:
    """Accepts a parsed value; the parser raises InputError for an invalid one."""
