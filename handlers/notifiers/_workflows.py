"""Sends a message to the webhook of a Teams workflow, and checks the response.

pymsteams is the transport: its synchronous send accepts the complete message as `payload`. It accepts every 2xx, so the
response is checked here: the old connector reported errors in the text of a 200. 202 means that the workflow was started.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from handlers.messages.http_call import is_unresolved, silence_transport_log, without_secrets
from shared.errors import ActionError, ChannelError, MessageRejectedError
from shared.http import (
    is_success,
    is_transient,
    is_transient_error,
    may_have_acted,
    may_reject_content,
    rejects_caller,
    retry_after,
)
from shared.lazy.dataclass import dataclass
from shared.lazy.pattern import lazy_pattern
from shared.secret import Secret
from shared.secret_urls import protects_secrets
from shared.texts import Template, Text, as_text
from shared.texts.notifiers import teams

if TYPE_CHECKING:
    import requests

TIMEOUT_SECONDS = 10

_REPORTED = lazy_pattern(
    r"HTTP error \d{3}|webhook message delivery failed|teams endpoint returned|bad payload received", re.IGNORECASE
)
_REPORTED_STATUS = lazy_pattern(r"HTTP error (\d{3})", re.IGNORECASE)
# The messages of Power Automate and Logic Apps in a 400 when the workflow itself does not run.
_SWITCHED_OFF = lazy_pattern(
    r"TriggerIsNotEnabled|trigger is not enabled|state 'Disabled'|(workflow|flow)\w*(Disabled|Suspended|NotEnabled)"
    r"|(workflow|flow) (is|was|has been) (disabled|suspended|turned off|switched off)|AuthorizationRequired",
    re.IGNORECASE,
)
_CONNECTOR = lazy_pattern(r"https://([a-z0-9-]+\.webhook\.office\.com|outlook\.office(365)?\.com)/", re.IGNORECASE)
_PAGE = lazy_pattern(r"\s*<(!doctype|html)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class WebhookResponse:
    """The response of the webhook. `text` is its body without the secrets of the URL; `seconds` is the time it took."""

    status: int
    text: str
    seconds: float
    retry_after: str = ""
    redirected: bool = False


def post(webhook: Secret, body: dict[str, Any]) -> WebhookResponse:
    """Sends the message. Raises ActionError when no response came, ChannelError when the URL cannot be called.

    Neither the error nor the response contains the URL.
    """
    import requests  # noqa: PLC0415

    pymsteams = _transport()
    address = webhook.reveal()
    if not protects_secrets(address):
        raise ChannelError(teams.NOT_HTTPS)
    if _CONNECTOR.match(address):
        raise ChannelError(teams.CONNECTOR)
    silence_transport_log()
    card = pymsteams.connectorcard(address, http_timeout=TIMEOUT_SECONDS)
    card.payload = body
    failed: ActionError | None = None
    begun = time.monotonic()
    try:
        card.send()
    except pymsteams.TeamsWebhookException:
        pass  # not 2xx: the response is checked by the caller
    except requests.RequestException as error:
        failed = _no_response(error)
    except ValueError as error:  # of urllib3, for a host name that no URL can have
        failed = ChannelError(teams.UNUSABLE(kind=type(error).__name__))
    if failed:  # raised outside the except block: the library's exception contains the URL and must not be its context
        raise failed
    return _response(card.last_http_response, address, time.monotonic() - begun)


def check_response(response: WebhookResponse, setting: str, now: datetime) -> None:
    """Returns if the message was accepted; otherwise raises an error with advice. `setting` is the variable of the URL.

    ChannelError: the workflow accepts no message. MessageRejectedError: according to the response, it does not accept
    this message. ActionError: it may accept it later.
    """
    if response.redirected or (response.status < 300 and _PAGE.match(response.text)):
        raise ChannelError(teams.WEB_PAGE(setting=setting))
    reported = _reported(response.text) if is_success(response.status) else None
    status = response.status if reported is None else reported
    if is_success(status):
        return
    template = teams.ANSWERED if reported is None else teams.REPORTED
    switched_off = _SWITCHED_OFF.search(response.text)
    advice = teams.SWITCHED_OFF if switched_off else _advice(status, setting, response.text)
    text = template(status=response.status, advice=advice)
    wait = retry_after(response.retry_after, now)
    if _is_transient(status):
        raise ActionError(text, permanent=False, retry_after=wait, maybe_done=may_have_acted(status))
    if rejects_caller(status) or switched_off:
        filter_status = status if may_reject_content(status) and not switched_off else None
        raise ChannelError(text, retry_after=wait, filter_status=filter_status)
    raise MessageRejectedError(text)


_ADVICE: dict[int, Text | Template] = {
    400: teams.BAD_CARD,
    401: teams.REFUSED,
    403: teams.REFUSED,
    404: teams.GONE,
    410: teams.GONE,
    413: teams.TOO_LARGE,
    429: teams.TOO_MANY,
}


def _is_transient(status: int) -> bool:
    """Whether the same message may be accepted later. 0 is an error that the body reports without a status."""
    return status == 0 or is_transient(status)


def _reported(text: str) -> int | None:
    """The status of an error that the body of a 2xx reports, 0 when it names none; None when it reports no error."""
    if _REPORTED.search(text):
        match = _REPORTED_STATUS.search(text)
        return int(match[1]) if match else 0
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(body, dict):
        return None
    error = body.get("error")
    codes = [_status(value) for value in _codes(body)]
    failed = [code for code in codes if code is not None and code >= 400]
    if failed:
        return failed[0]
    return 0 if error or str(body.get("status", "")).lower() in ("error", "failed", "failure") else None


def _codes(body: dict[str, Any]) -> Iterator[Any]:
    inner = body.get("error")
    for part in (body, inner if isinstance(inner, dict) else {}):
        yield from (part.get(key) for key in ("statusCode", "status", "code"))


def _status(value: Any) -> int | None:
    return int(value) if re.fullmatch(r"[1-5]\d\d", str(value)) else None


def _advice(status: int, setting: str, body: str) -> Text:
    """The advice for the status; without one, the beginning of the body in one line."""
    advice = _ADVICE.get(status)
    if isinstance(advice, Template):
        return advice(setting=setting)
    return advice or as_text(" ".join(body.split())[:200] or teams.NO_REASON)


def _no_response(error: requests.RequestException) -> ActionError:
    """An error with only the class of the exception, because its text contains the URL."""
    kind = type(error).__name__
    if is_unresolved(error):
        return ChannelError(teams.UNRESOLVED)
    if kind == "SSLError":
        return ChannelError(teams.UNTRUSTED)
    if is_transient_error(error):
        return ActionError(teams.NO_ANSWER(kind=kind), permanent=False, maybe_done=may_have_acted(error))
    return ChannelError(teams.UNUSABLE(kind=kind))


def _response(response: requests.Response, address: str, seconds: float) -> WebhookResponse:
    return WebhookResponse(
        status=response.status_code,
        text=without_secrets(response.text, address)[:2_000],
        seconds=seconds,
        retry_after=response.headers.get("Retry-After", ""),
        redirected=response.is_redirect,
    )


def _transport() -> Any:
    """pymsteams, with calls that follow no redirect: a redirect would send the card to any host."""
    import pymsteams  # noqa: PLC0415
    import requests  # noqa: PLC0415

    pymsteams.requests = SimpleNamespace(post=partial(requests.post, allow_redirects=False))
    return pymsteams
