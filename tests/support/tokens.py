"""OpenID Connect tokens as Cloud Run passes them to a function: with the signature removed."""

from __future__ import annotations

import base64
import json
from typing import Any


def bearer(email: Any, **claims: Any) -> str:
    """The Authorization header of a call by this account."""
    parts = [{"alg": "RS256", "typ": "JWT"}, {"email": email, "email_verified": True, **claims}]
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
    return "Bearer " + ".".join([*encoded, "SIGNATURE_REMOVED_BY_GOOGLE"])
