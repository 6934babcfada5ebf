"""Cleans text and JSON from logs for both databases.

PostgreSQL rejects NUL characters, half surrogates and numbers outside JSON; its String columns reject long texts.
SQLite accepts most of these, so both databases get the same cleaned values.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from typing import Any

from shared.redaction.secret_patterns import scrub

MAX_TEXT = 8_000
MAX_MEMBERS = 2_000  # a call may change 1,500 members of a policy, and each is listed
MAX_DEPTH = 12
_DIGEST = 32


def clean(text: str, limit: int = MAX_TEXT) -> str:
    """The text without secrets, NUL and half surrogates, truncated to `limit` characters."""
    return _shortened(scrub(text), limit)


def _shortened(text: str, limit: int) -> str:
    text = text.replace("\x00", "\ufffd")
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode("utf-8")
    return text if len(text) <= limit else text[: limit - 1] + "…"


def clean_key(text: str, limit: int) -> str:
    """A cleaned name that stays distinct: if it is long or was changed by cleaning, it ends with a digest of the original."""
    cleaned = _shortened(text, len(text) + 1)
    return cleaned if cleaned == text and len(cleaned) <= limit else _with_digest(cleaned, text, limit)


def scrubbed_key(text: str, limit: int) -> str:
    """A cleaned name without secrets that stays distinct: if it is long or contained a secret, it ends with a digest."""
    scrubbed = scrub(text)
    return clean_key(text, limit) if scrubbed == text else _with_digest(_shortened(scrubbed, limit), text, limit)


def _with_digest(cleaned: str, text: str, limit: int) -> str:
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST]
    return f"{cleaned[: limit - _DIGEST - 1]}#{digest}"


def clean_json(value: Any, *, bounded: bool = True, _depth: int = 0) -> Any:
    """JSON with cleaned texts. `bounded` also removes secrets, and truncates texts, lists and deep nesting."""
    if isinstance(value, str):
        return clean(value) if bounded else _shortened(value, len(value) + 1)
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if not isinstance(value, (Mapping, list, tuple)):
        return value
    if bounded and _depth >= MAX_DEPTH:
        return "…"
    if isinstance(value, Mapping):
        pairs = list(value.items())[: MAX_MEMBERS if bounded else None]
        keys = clean if bounded else _shortened
        return {keys(str(key), MAX_TEXT): clean_json(inner, bounded=bounded, _depth=_depth + 1) for key, inner in pairs}
    members = value[: MAX_MEMBERS if bounded else None]
    return [clean_json(inner, bounded=bounded, _depth=_depth + 1) for inner in members]
