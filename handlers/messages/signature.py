"""Signs webhooks as Standard Webhooks does (standardwebhooks.com), for which libraries exist in every language.

`webhook-signature` is `v1,` and the base64 of HMAC-SHA256 over `ID.TIMESTAMP.BODY`. The id is the id of the event, the
same when the event is sent again; the timestamp is the time of this attempt, so that a receiver can reject old requests.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from datetime import datetime

from shared.errors import InputError
from shared.secret import Secret
from shared.texts.notifiers import webhook as texts

PREFIX = "whsec_"
KEY_BYTES = range(24, 65)


def signed_headers(key: Secret, event_id: str, body: bytes, now: datetime, setting: str) -> dict[str, str]:
    """The headers of a request; `setting` names the variable of the key. Raises InputError when it is not a key."""
    timestamp = str(int(now.timestamp()))
    content = b".".join((event_id.encode(), timestamp.encode(), body))
    signature = hmac.new(_key(key, setting), content, hashlib.sha256).digest()
    return {
        "webhook-id": event_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": f"v1,{base64.b64encode(signature).decode()}",
    }


def _key(key: Secret, setting: str) -> bytes:
    text = key.reveal()
    try:
        decoded = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        decoded = b""
    if not text.startswith(PREFIX) or len(decoded) not in KEY_BYTES:
        raise InputError(texts.KEY_FORM(setting=setting))
    return decoded
