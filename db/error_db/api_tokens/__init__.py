"""Tokens of programs that call the JSON API: created, found by the token itself, listed and revoked.

A token has 256 random bits, so that its plain SHA-256 cannot be reversed by guessing, and a copied database cannot be used to call the API.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from db.error_db.models import ApiToken
from db.insert import insert
from db.sanitize import clean
from shared.lazy.dataclass import dataclass

PREFIX = "hinomi_"
FORM = re.compile(rf"{PREFIX}[A-Za-z0-9_-]{{43}}")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")
USED_TO = timedelta(minutes=1)  # a use within this time of the recorded one is not written: most requests only read

ENDS_SOON = timedelta(days=7)


class TokenScope(StrEnum):
    """The operations that a token allows. No scope includes another scope."""

    READ = "read"
    WRITE = "write"
    APPROVE = "approve"
    BADGE = "badge"


@dataclass(frozen=True, slots=True)
class TokenView:
    """A token without its secret. `last_used_at` is exact to the minute."""

    id: int
    name: str
    scopes: tuple[TokenScope, ...]
    created_at: datetime
    created_by: str
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None
    revoked_by: str | None

    def is_valid(self, now: datetime) -> bool:
        """Whether the token was neither revoked nor has expired."""
        return self.revoked_at is None and now < self.expires_at


def create(
    session: Session, name: str, scopes: Collection[TokenScope], *, by: str, expires_at: datetime, now: datetime
) -> str | None:
    """Creates a token and returns it; it cannot be read again. None if a token has or had this name."""
    token = PREFIX + secrets.token_urlsafe(32)
    values = {
        "name": name, "digest": _digest(token), "scopes": sorted(scopes), "created_at": now, "created_by": clean(by),
        "expires_at": expires_at,
    }  # fmt: skip
    new = insert(session, ApiToken).values(values).on_conflict_do_nothing(index_elements=[ApiToken.name])
    return token if session.scalar(new.returning(ApiToken.id)) is not None else None


def find(session: Session, token: str) -> TokenView | None:
    """The token with this secret, valid or not; None if it was never created."""
    if not FORM.fullmatch(token):
        return None
    digest = _digest(token)
    row = session.scalar(select(ApiToken).where(ApiToken.digest == digest))
    return _view(row) if row is not None and hmac.compare_digest(row.digest, digest) else None


def is_use_recorded(token: TokenView, now: datetime) -> bool:
    """Whether the recorded use is recent enough."""
    return token.last_used_at is not None and now - token.last_used_at < USED_TO


def record_use(session: Session, number: int, now: datetime) -> None:
    """Records the use of a token; a later recorded use is kept."""
    earlier = or_(ApiToken.last_used_at.is_(None), ApiToken.last_used_at < now)
    session.execute(update(ApiToken).where(ApiToken.id == number, earlier).values(last_used_at=now))


def listed(session: Session) -> list[TokenView]:
    """All tokens by name, including expired and revoked ones."""
    return [_view(row) for row in session.scalars(select(ApiToken).order_by(ApiToken.name))]


def expiring(session: Session, now: datetime) -> list[TokenView]:
    """The tokens in use that expire within a week or expired in the last one, by name."""
    since, until = now - ENDS_SOON, now + ENDS_SOON
    in_use = ApiToken.revoked_at.is_(None), ApiToken.last_used_at >= since
    query = select(ApiToken).where(*in_use, ApiToken.expires_at.between(since, until)).order_by(ApiToken.name)
    return [_view(row) for row in session.scalars(query)]


def revoke(session: Session, name: str, *, by: str, now: datetime) -> bool:
    """Revokes a token, expired or not; False if there is none of this name, or it was revoked before."""
    valid = ApiToken.name == name, ApiToken.revoked_at.is_(None)
    revoked = update(ApiToken).where(*valid).values(revoked_at=now, revoked_by=clean(by))
    return session.scalar(revoked.returning(ApiToken.id)) is not None


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _view(row: ApiToken) -> TokenView:
    known = {str(scope) for scope in TokenScope}
    return TokenView(
        row.id, row.name, tuple(TokenScope(each) for each in row.scopes if each in known), row.created_at, row.created_by,
        row.expires_at, row.last_used_at, row.revoked_at, row.revoked_by,
    )  # fmt: skip
