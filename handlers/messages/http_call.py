"""Posts JSON to a URL that is a secret, and interprets the response. Neither errors nor responses contain the URL.

No redirect is followed: it would send the message to any host.
"""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import parse_qsl, unquote, urlsplit

from shared.errors import ActionError, ChannelError, MessageRejectedError
from shared.http import is_success, is_transient, is_transient_error, one_line, rejects_caller, retry_after
from shared.lazy.dataclass import dataclass
from shared.secret import Secret
from shared.secret_urls import protects_secrets
from shared.texts import Text
from shared.texts.notifiers import webhook as texts

TIMEOUT_SECONDS = 10.0
LONGEST_BODY = 2_000  # characters of a response
SHORTEST_SECRET = 12  # characters: shorter parts of a URL, such as "workflows" or "invoke", are not secret


@dataclass(frozen=True, slots=True)
class HttpReply:
    """The response. `text` is its body without the secrets of the URL; `seconds` is the time it took."""

    status: int
    text: str
    seconds: float
    retry_after: str = ""
    redirected: bool = False


def post(url: Secret, body: bytes, headers: Mapping[str, str], setting: str) -> HttpReply:
    """Sends the body; `setting` names the variable of the URL.

    Raises ActionError when no response came, ChannelError when the URL cannot be called.
    """
    import requests  # noqa: PLC0415

    address = url.reveal()
    if not protects_secrets(address):
        raise ChannelError(texts.NOT_HTTPS(setting=setting))
    silence_transport_log()
    failed: ActionError | None = None
    begun = time.monotonic()
    try:
        with requests.post(
            address, data=body, headers=dict(headers), timeout=TIMEOUT_SECONDS, allow_redirects=False, stream=True
        ) as response:
            content = next(response.iter_content(4 * LONGEST_BODY), b"")
    except (
        OSError,
        ValueError,
    ) as error:  # RequestException is an OSError; ValueError: a host name that no URL can have
        failed = _no_response(error, setting)
    if failed:  # raised outside the except block: the library's exception contains the URL and must not be its context
        raise failed
    return HttpReply(
        response.status_code,
        without_secrets(content.decode("utf-8", "replace"), address)[:LONGEST_BODY],
        time.monotonic() - begun,
        response.headers.get("Retry-After", ""),
        response.is_redirect,
    )


def check_reply(reply: HttpReply, setting: str, now: datetime) -> None:
    """Returns if the message was accepted; otherwise raises an error with the status and the beginning of the body.

    ChannelError: the address accepts no message at all. MessageRejectedError: it does not accept this message.
    ActionError: it may accept it later.
    """
    if reply.redirected:
        raise ChannelError(texts.REDIRECTED(setting=setting, status=reply.status))
    if is_success(reply.status):
        return
    wait = retry_after(reply.retry_after, now)
    text = texts.ANSWERED(status=reply.status, body=_body(reply))
    if is_transient(reply.status):
        raise ActionError(text, permanent=False, retry_after=wait)
    if rejects_caller(reply.status):
        raise ChannelError(texts.REFUSED(status=reply.status, setting=setting), retry_after=wait)
    raise MessageRejectedError(text)


def without_secrets(text: str, address: str) -> str:
    """`text` without the URL and its secret parts, which a server might echo."""
    parts = urlsplit(address)
    values = [value for _, value in parse_qsl(parts.query)]
    secrets = {address, parts.netloc.rpartition("@")[0], parts.query, parts.path, *parts.path.split("/"), *values}
    secrets |= {parts.password or ""}
    for secret in sorted({*secrets, *map(unquote, secrets)}, key=len, reverse=True):
        if len(secret) >= SHORTEST_SECRET:
            text = text.replace(secret, "<secret>")
    return text


def is_unresolved(error: BaseException | None) -> bool:
    """Whether the host name could not be resolved, according to the causes of this error."""
    if error is None:
        return False
    return isinstance(error, socket.gaierror) or is_unresolved(error.__cause__ or error.__context__)


def silence_transport_log() -> None:
    """Suppresses the HTTP library's DEBUG log lines, which contain the path and query of every request and thus the secret."""
    logger = logging.getLogger("urllib3.connectionpool")
    if logger.getEffectiveLevel() < logging.INFO:
        logger.setLevel(logging.INFO)


def _no_response(error: Exception, setting: str) -> ActionError:
    """An error with only the class of the exception, because its text contains the URL."""
    kind = type(error).__name__
    if is_unresolved(error):
        return ChannelError(texts.UNRESOLVED(setting=setting))
    if kind == "SSLError":
        return ChannelError(texts.UNTRUSTED(setting=setting))
    if is_transient_error(error):
        return ActionError(texts.NO_ANSWER(kind=kind), permanent=False)
    return ChannelError(texts.UNUSABLE(setting=setting, kind=kind))


def _body(reply: HttpReply) -> Text | str:
    return one_line(reply.text, 200) or texts.NO_BODY
