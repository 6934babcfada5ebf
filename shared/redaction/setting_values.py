"""The value of a setting as commands and errors show it: without a secret that somebody wrote into a plain setting."""

from __future__ import annotations

import re

from shared.redaction.secret_patterns import scrub
from shared.secret_urls import HIDDEN, contains_password, shown

# Compiled where they are used: a function that starts prints no setting.
# A generated token or key has no separators between its letters of both cases and its digits; names of projects,
# hosts and files have.
_GENERATED = (
    r"(?<![A-Za-z0-9])(?:(?=[A-Za-z0-9]*[a-z])(?=[A-Za-z0-9]*[A-Z])(?=[A-Za-z]*[0-9][A-Za-z]*[0-9])[A-Za-z0-9]{20,}"
    r"|(?=[0-9]*[A-Fa-f])(?=[A-Fa-f]*[0-9])[A-Fa-f0-9]{32,})(?![A-Za-z0-9]|-dot-)[+/=_-]*"  # `…-dot-REGION` is a host of Composer
)
# A generated password mixes characters that no name, path or address has.
_MIXED = r"(?<!\S)(?=\S*[a-z])(?=\S*[A-Z])(?=\S*[0-9])(?=\S*[!#$^&?~])[^\s/:@,]{8,}(?!\S)"


def shown_setting(name: str, value: str) -> str:
    """The value without secrets. Every value of a variable that ends with `_URL` is treated as a URL."""
    if value and (name.lower().endswith("_url") or "://" in value or contains_password(value)):
        value = shown(value)
    return re.sub(_MIXED, HIDDEN, re.sub(_GENERATED, HIDDEN, scrub(value)))
