"""Protects changes from requests that another site makes a browser send.

A random token is in a cookie that only this site can read and set, and in a hidden field of every form. A request that
changes something must carry both, with equal values. A browser does not send the cookie with a form of another site
(SameSite=Lax), but sends it when a link in a card is opened, so that the forms in other tabs stay valid.
"""

from __future__ import annotations

import hmac
import secrets

import flask

from shared.lazy.pattern import lazy_pattern

FIELD = "csrf"
HEADER = "X-CSRF-Token"
SAFE = ("GET", "HEAD", "OPTIONS")
_TOKEN = lazy_pattern(r"[A-Za-z0-9_-]{43}")


def cookie_name() -> str:
    """The name of the cookie; browsers accept `__Host-` only over https and without a domain."""
    return "__Host-csrf" if flask.request.is_secure else "csrf"


def token() -> str:
    """The token of this browser; a new token if it has none."""
    if "csrf" not in flask.g:
        sent = flask.request.cookies.get(cookie_name(), "")
        flask.g.csrf = sent if _TOKEN.fullmatch(sent) else secrets.token_urlsafe(32)
    return str(flask.g.csrf)


def is_forged() -> bool:
    """Whether the request changes something without the token of its browser."""
    request = flask.request
    if request.method in SAFE:
        return False
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return True
    cookie = request.cookies.get(cookie_name(), "")
    sent = request.headers.get(HEADER) or request.form.get(FIELD, "")
    return not _TOKEN.fullmatch(cookie) or not hmac.compare_digest(cookie.encode(), sent.encode())


def remember(response: flask.Response) -> flask.Response:
    """The response with the cookie, if a form of this page uses a new token."""
    if "csrf" in flask.g and flask.request.cookies.get(cookie_name()) != flask.g.csrf:
        response.set_cookie(
            cookie_name(), flask.g.csrf, secure=flask.request.is_secure, httponly=True, samesite="Lax", path="/"
        )
    return response
