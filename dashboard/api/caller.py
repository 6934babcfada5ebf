"""Identifies the caller of the API: a program by its token, or a person by Identity-Aware Proxy or on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import flask

from dashboard.api import problems
from dashboard.security import csrf, identity
from dashboard.security.roles import UserRole, role_of
from db.error_db import api_tokens
from db.error_db.api_tokens import PREFIX, TokenScope, TokenView
from shared.texts.api import problems as texts

if TYPE_CHECKING:
    from dashboard.config import DashboardConfig
from dashboard.security.groups import PeopleGroups
from dashboard.security.iap import IapVerifier

TOKEN_HEADER = "X-Hinomi-Token"  # noqa: S105 - the name of a header
BEARER = "bearer "
PROGRAM = "token:"
OF_ROLES = {
    UserRole.VIEWER: frozenset({TokenScope.READ, TokenScope.BADGE}),
    UserRole.OPERATOR: frozenset({TokenScope.READ, TokenScope.BADGE, TokenScope.WRITE, TokenScope.APPROVE}),
    UserRole.ADMIN: frozenset({TokenScope.READ, TokenScope.BADGE, TokenScope.WRITE, TokenScope.APPROVE}),
}


@dataclass(frozen=True, slots=True)
class Caller:
    """The caller. `name` is recorded with each change; for a token it is `token:NAME`."""

    name: str
    scopes: frozenset[TokenScope]

    @property
    def is_program(self) -> bool:
        """Whether the caller is a program with a token."""
        return self.name.startswith(PROGRAM)


def identify(config: DashboardConfig, verifier: IapVerifier, now: datetime) -> Caller:
    """The caller of the current request. Raises ProblemError for an unknown caller, and for a forged change from a browser.

    On Google Cloud every request must come through Identity-Aware Proxy, even a request with a token of Hinomi.
    """
    person = pass_front(config, verifier)
    token = _sent_token(is_local=bool(config.local_user))
    if token is not None:
        return of_token(config, token, now)
    if csrf.is_forged():
        raise problems.forged()
    role = UserRole.ADMIN if config.local_user else _role(config, person, now)
    if role is None:
        raise problems.forbidden(texts.NO_ROLE(person=person), texts.NO_ROLE_ACTION)
    return Caller(person, OF_ROLES[role])


def _role(config: DashboardConfig, person: str, now: datetime) -> UserRole | None:
    return role_of(person, config.settings, lambda: PeopleGroups(config).of(person, now))


def of_token(config: DashboardConfig, token: str, now: datetime) -> Caller:
    """The caller with a token; its use is recorded. Raises ProblemError for an unknown, expired or revoked token.

    The three cases have the same answer, so that it does not reveal which tokens ever existed.
    """
    store = config.error_store()
    with store.reading() as session:
        found = api_tokens.find(session, token)
    if found is None or not found.is_valid(now):
        raise problems.unauthorized(texts.INVALID_TOKEN)
    if not api_tokens.is_use_recorded(found, now):
        with store.transaction(now) as transaction:
            api_tokens.record_use(transaction.session, found.id, now)
    return _caller(found)


def _caller(token: TokenView) -> Caller:
    return Caller(f"{PROGRAM}{token.name}", frozenset(token.scopes))


def pass_front(config: DashboardConfig, verifier: IapVerifier) -> str:
    """The person at this machine, or the account from Identity-Aware Proxy. Raises ProblemError without either."""
    if config.local_user:
        if not identity.is_this_machine():
            raise problems.unauthorized(texts.NOT_THIS_MACHINE)
        return config.local_user
    person = identity.behind_proxy(verifier)
    if not person:
        raise problems.unauthorized(texts.NO_PROXY)
    return person


def _sent_token(*, is_local: bool) -> str | None:
    """The token of the request, None if it has none.

    On Google Cloud `Authorization` may have the token for Identity-Aware Proxy, which is not ours; on this machine any value
    of it is meant for Hinomi, and a wrong one must not become the person at this machine.
    """
    headers = flask.request.headers
    if (own := headers.get(TOKEN_HEADER)) is not None:
        return own.strip()
    sent = headers.get("Authorization")
    if sent is None:
        return None
    token = sent[len(BEARER) :].strip() if sent.lower().startswith(BEARER) else sent
    return token if is_local or token.startswith(PREFIX) else None
