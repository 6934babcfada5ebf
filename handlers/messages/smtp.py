"""Delivers an e-mail to an SMTP server, and interprets a rejection.

RFC 5321: a reply of 4xx is temporary (busy, greylisting), one of 5xx is permanent. A rejection of the login, the sender
or all recipients concerns every message; a rejection of the content concerns only this message.
"""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
import time
from email.message import Message
from urllib.parse import urlsplit

from handlers.messages.mail import Envelope
from shared.errors import ActionError, ChannelError, InputError, MessageRejectedError
from shared.http import one_line
from shared.lazy.dataclass import dataclass
from shared.redaction.setting_values import shown_invalid
from shared.secret import Secret
from shared.secret_urls import LOOPBACK_HOSTS
from shared.texts import Template, Text
from shared.texts.notifiers import mail as texts

TIMEOUT_SECONDS = 10.0
PORTS = {"smtp": 587, "smtps": 465}
LOGIN_REQUIRED, TOO_LARGE = 530, 552
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?")


@dataclass(frozen=True, slots=True)
class MailServer:
    """An SMTP server. `is_implicit`: TLS begins with the connection, otherwise by STARTTLS.

    Only a server on this machine may be used without TLS. Without a user, there is no login.
    """

    host: str
    port: int
    is_implicit: bool
    user: str = ""
    password: Secret = Secret("")


@dataclass(frozen=True, slots=True)
class MailReply:
    """The reply of the server. `refused` has the reply for each rejected recipient."""

    refused: dict[str, str]
    seconds: float


def server_at(url: str) -> tuple[str, int, bool]:
    """Host, port and whether TLS is implicit, from `smtp://HOST[:PORT]` or `smtps://HOST[:PORT]`.

    Raises InputError for another form.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise InputError(texts.SERVER_FORM) from None
    is_plain = not (parts.username or parts.password or parts.query or parts.fragment or parts.path.strip("/"))
    if parts.scheme not in PORTS or not host or not is_plain:
        raise InputError(texts.SERVER_FORM)
    return host, port or PORTS[parts.scheme], parts.scheme == "smtps"


def addresses(text: str) -> tuple[str, ...]:
    """The addresses of a comma-separated list, at least one. Raises InputError for an invalid address."""
    found = tuple(part.strip() for part in text.split(",") if part.strip())
    wrong = [part for part in found if not _ADDRESS.fullmatch(part) or ".." in part]
    if wrong or not found:
        raise InputError(texts.ADDRESS_FORM(value=shown_invalid((wrong or [text])[0])))
    return found


def deliver(server: MailServer, envelope: Envelope, mail: Message) -> MailReply:
    """Sends the e-mail. Raises ActionError, without the password in its text.

    ChannelError: the server accepts no message at all. MessageRejectedError: it does not accept this message.
    ActionError: it may accept it later.
    """
    begun = time.monotonic()
    failed: ActionError | None = None
    refused: dict[str, tuple[int, bytes]] = {}
    try:
        refused = _send(server, envelope, mail)
    except (OSError, UnicodeError) as error:  # SMTPException is an OSError; a host name may have an impossible label
        failed = _action_error(error, server)
    if failed:  # raised outside the except block: the library's exception may contain the login
        raise failed
    shown = {address: f"{code} {_shown(reply, server)}" for address, (code, reply) in refused.items()}
    return MailReply(shown, time.monotonic() - begun)


def refusal(reply: str) -> ActionError:
    """The error of a rejected recipient, from a reply such as `550 5.1.1 no such user`, if others were accepted."""
    text = texts.RECIPIENT_REFUSED(reply=reply)
    return ActionError(text, permanent=False) if reply.startswith("4") else ChannelError(text)


def _send(server: MailServer, envelope: Envelope, mail: Message) -> dict[str, tuple[int, bytes]]:
    context = ssl.create_default_context()
    name = envelope.domain  # a relay may reject a greeting with another name
    if server.is_implicit:
        connection: smtplib.SMTP = smtplib.SMTP_SSL(
            server.host, server.port, name, timeout=TIMEOUT_SECONDS, context=context
        )
    else:
        connection = smtplib.SMTP(server.host, server.port, name, timeout=TIMEOUT_SECONDS)
    try:
        if not server.is_implicit:
            connection.ehlo_or_helo_if_needed()
            if connection.has_extn("starttls") or server.host not in LOOPBACK_HOSTS:
                connection.starttls(context=context)
        if server.user:
            connection.login(server.user, server.password.reveal())
        return connection.sendmail(envelope.sender, envelope.recipients, _content(mail))
    finally:
        _close(connection)


def _content(mail: Message) -> bytes:
    """The e-mail with the line ends of SMTP."""
    return mail.as_bytes(policy=mail.policy.clone(linesep="\r\n"))


def _close(connection: smtplib.SMTP) -> None:
    """Sends QUIT. The server has already replied to the message, so an error here is ignored."""
    try:
        connection.quit()
    except (OSError, smtplib.SMTPException):
        connection.close()


def _action_error(error: OSError | UnicodeError, server: MailServer) -> ActionError:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return _recipients_refused(error, server)
    if isinstance(error, smtplib.SMTPResponseException):
        return _refused(error, server)
    unusable = {
        smtplib.SMTPNotSupportedError: texts.NOT_SUPPORTED(reason=one_line(error, 200)),
        socket.gaierror: texts.UNRESOLVED(host=server.host),
        ssl.SSLError: texts.UNTRUSTED(host=server.host),
        UnicodeError: texts.SERVER_FORM,
    }
    for kind, text in unusable.items():
        if isinstance(error, kind):
            return ChannelError(text)
    text = texts.NO_ANSWER(host=server.host, port=server.port, kind=type(error).__name__)
    return ActionError(text, permanent=False)


def _recipients_refused(error: smtplib.SMTPRecipientsRefused, server: MailServer) -> ActionError:
    """The error if the server accepts no recipient; temporary if the reply for one of them is."""
    replies = {address: (int(code), bytes(reply)) for address, (code, reply) in error.recipients.items()}
    address, (code, reply) = next(iter(replies.items()))
    text = texts.RECIPIENTS_REFUSED(count=len(replies), address=address, code=code, reply=_shown(reply, server))
    if any(_is_temporary(each) for each, _ in replies.values()):
        return ActionError(text, permanent=False)
    return ChannelError(text)


def _refused(error: smtplib.SMTPResponseException, server: MailServer) -> ActionError:
    code, reply = int(error.smtp_code), _shown(error.smtp_error, server)
    text = _template(error)(code=code, reply=reply)
    if _is_temporary(code):
        return ActionError(text, permanent=False)
    if code == TOO_LARGE or isinstance(error, smtplib.SMTPDataError):
        return MessageRejectedError(text)
    return ChannelError(text)


def _template(error: smtplib.SMTPResponseException) -> Template:
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return texts.LOGIN_REFUSED
    if error.smtp_code == LOGIN_REQUIRED:
        return texts.LOGIN_REQUIRED
    if isinstance(error, smtplib.SMTPSenderRefused):
        return texts.SENDER_REFUSED
    return texts.CONTENT_REFUSED if isinstance(error, smtplib.SMTPDataError) else texts.ANSWERED


def _is_temporary(code: int) -> bool:
    """Whether a reply is temporary: 4xx, or negative for a connection that was closed early."""
    return code < 500


def _shown(reply: bytes | str, server: MailServer) -> str:
    """The text of a reply in one line, without the password in case the server echoes it."""
    text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    password = server.password.reveal()
    return one_line(text.replace(password, "<secret>") if password else text, 200)


def refused_text(reply: MailReply) -> Text:
    """The rejected recipients with the server's replies."""
    return Text.verbatim("; ".join(f"{address} ({why})" for address, why in sorted(reply.refused.items())))
