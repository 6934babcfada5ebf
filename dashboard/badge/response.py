"""Answers `/badge.svg`: for a token in the address with no other scope, or for a caller who may read the API."""

from __future__ import annotations

from typing import TYPE_CHECKING

import flask

from dashboard.api import problems
from dashboard.api.caller import Caller, identify, of_token, pass_front
from dashboard.api.dispatch import language, problem, problem_of
from dashboard.badge.drawing import badge
from dashboard.badge.state import badge_state
from dashboard.request_context import RequestContext
from db.error_db.api_tokens import TokenScope
from shared.texts.api import badge as texts
from shared.texts.locale import Locale

if TYPE_CHECKING:
    from dashboard.config import DashboardConfig
    from dashboard.security.iap import IapVerifier

MOST_NAME = 60
SECONDS = 60


def respond(config: DashboardConfig, verifier: IapVerifier) -> flask.Response:
    """The picture, or a problem for a caller who may not see it."""
    now, args = config.clock(), flask.request.args
    locale = Locale(language(), config.settings.timezone, now)
    try:
        _check(_caller(config, verifier, args.get("token")))
        state = badge_state(RequestContext(config, locale, now), args.get("service", "")[:MOST_NAME].replace("\0", ""))
    except Exception as error:  # noqa: BLE001 - answered with a problem and logged, as in the API
        return problem(problem_of(error, flask.request.path), locale.language)
    response = flask.Response(
        badge(locale.text(state.label), locale.text(state.word), state.fill),
        content_type="image/svg+xml; charset=utf-8",
    )
    response.headers["Cache-Control"] = f"private, max-age={SECONDS}"
    return response


def _caller(config: DashboardConfig, verifier: IapVerifier, token: str | None) -> Caller:
    """The caller. A token in an address ends up in logs, so only a token without other scopes is accepted there."""
    if token is None:
        return identify(config, verifier, config.clock())
    pass_front(config, verifier)
    caller = of_token(config, token, config.clock())
    if caller.scopes != {TokenScope.BADGE}:
        raise problems.forbidden(texts.OTHER_SCOPES, texts.OTHER_SCOPES_ACTION)
    return caller


def _check(caller: Caller) -> None:
    if not caller.scopes & {TokenScope.BADGE, TokenScope.READ}:
        raise problems.forbidden(texts.NO_SCOPE, texts.OTHER_SCOPES_ACTION)
