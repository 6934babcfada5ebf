"""Silences: list, add, expire."""

from __future__ import annotations

from datetime import timedelta

from dashboard.api import problems
from dashboard.api.models.silences import SilenceBody, SilenceItem, SilenceList, SilenceQuery
from dashboard.api.problems import FieldError
from dashboard.api.request import ApiRequest
from dashboard.api.resource import ApiResource
from dashboard.api.silence_items import silence_item
from db.error_db import silences
from handlers.silences.scope import LONG, is_wide, regular_expression, whole_service
from handlers.spec import Match
from shared.durations import parse_duration
from shared.errors import InputError
from shared.texts.api import problems as texts
from shared.texts.cli import silences as silence_texts

RESOURCE = ApiResource("silences", "Muting actions for a while; incidents that match are recorded.")
MOST = 200
LONGEST = timedelta(days=366)


@RESOURCE.get("/silences")
def list_silences(request: ApiRequest, query: SilenceQuery) -> SilenceList:
    """Lists silences that are active or begin later."""
    with request.error_db() as session:
        found = silences.listed(session, request.now, with_expired=query.expired)
    return SilenceList(items=[silence_item(view, request) for view in found[:MOST]])


@RESOURCE.post("/silences")
def add_silence(request: ApiRequest, body: SilenceBody) -> SilenceItem:
    """Silences matching incidents. A broad or long silence must be confirmed."""
    block = {name: value for name, value in body.match.model_dump(mode="json").items() if value}
    if not block:
        raise problems.invalid(texts.NOTHING_TO_MATCH, [FieldError("match", texts.NOTHING_TO_MATCH.en)])
    match, lasts = Match.from_dict(block), parse_duration(body.length)
    if (pattern := regular_expression(match)) is not None:
        raise InputError(silence_texts.REGULAR_EXPRESSION(pattern=pattern))
    if lasts > LONGEST:
        raise problems.invalid(texts.LONG_SILENCE, [FieldError("length", texts.LONG_SILENCE.en)])
    if not body.confirm_wide and (is_wide(match) or whole_service(match) or lasts > LONG):
        raise problems.conflict(texts.WIDE_SILENCE)
    with request.change() as transaction:
        made = silences.add(
            transaction.session, matcher=match.as_dict(), owner=request.caller.name, reason=body.reason.strip(),
            starts_at=request.now, expires_at=request.now + lasts, now=request.now,
        )  # fmt: skip
    return silence_item(made, request)


@RESOURCE.post("/silences/<int(max=2147483647,min=1):number>/expire")
def expire_silence(request: ApiRequest, number: int) -> SilenceItem:
    """Ends a silence now."""
    with request.change() as transaction:
        if not silences.expire(transaction.session, number, request.now):
            raise problems.not_found(texts.NO_SILENCE(id=number))
        found = silences.listed(transaction.session, request.now, with_expired=True)
    return silence_item(next(each for each in found if each.id == number), request)
