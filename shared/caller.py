"""The account in the OpenID Connect token of a request.

The claims are read, not verified: Cloud Run has verified signature, audience and expiry against IAM before the request
reaches the function, and hands the token on with its signature cut off, so that nobody behind it could verify it again
(cloud.google.com/run/docs/authenticating/service-to-service). `hinomi doctor` reports a function whose callers are not checked.
"""

from __future__ import annotations

import base64
import binascii

import orjson

LONGEST = 10_000  # a token of Google's has about a thousand characters
_PARTS = 3


def caller(authorization: str) -> str:
    """The e-mail address of the account that an `Authorization: Bearer …` header names, empty when it names none."""
    scheme, _, token = authorization.partition(" ")
    parts = token.strip().split(".")
    if len(authorization) > LONGEST or scheme.casefold() != "bearer" or len(parts) != _PARTS:
        return ""
    claims = _claims(parts[1])
    email = claims.get("email")
    return email if isinstance(email, str) and claims.get("email_verified") is not False else ""


def _claims(part: str) -> dict[str, object]:
    try:
        found = orjson.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (binascii.Error, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
