"""The account in the OpenID Connect token of a request.

The claims are read, not verified: Cloud Run has verified signature, audience and expiry against IAM before the request
reaches the function, and replaces the signature, so that nothing behind it can verify the token again
(cloud.google.com/run/docs/troubleshooting#signature-removed). `hinomi doctor` reports a function whose callers are not checked.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

import orjson

# If a request has both, Cloud Run verifies only the first and passes the other on unchanged.
HEADERS = ("HTTP_X_SERVERLESS_AUTHORIZATION", "HTTP_AUTHORIZATION")
LONGEST = 10_000  # a token of Google's has about a thousand characters
_PARTS = 3


def caller(environ: Mapping[str, Any]) -> str:
    """The e-mail address of the calling account, from the WSGI environment; empty if the token has none."""
    verified = next((str(environ[name]) for name in HEADERS if name in environ), "")
    return _email(verified)


def _email(authorization: str) -> str:
    scheme, _, token = authorization.partition(" ")
    parts = token.strip().split(".")
    if len(authorization) > LONGEST or scheme.casefold() != "bearer" or len(parts) != _PARTS:
        return ""
    claims = _claims(parts[1])
    email = claims.get("email")
    return email if isinstance(email, str) and claims.get("email_verified") is not False else ""


def _claims(part: str) -> dict[str, object]:
    try:
        claims = orjson.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (binascii.Error, ValueError):
        return {}
    return claims if isinstance(claims, dict) else {}
