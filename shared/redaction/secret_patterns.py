"""Patterns of secrets inside texts, which are replaced before a text reaches a card, the log or a database.

A field is redacted by its path (redaction.py). Messages repeat secrets where there is no path: a connection string in
an error, a token in a URL, a key in a stack trace. docs/security.md lists the patterns.
"""

from __future__ import annotations

import re

REDACTED = "<redacted>"

_NAME = (
    r"(?:[\w-]*(?:passw(?:or)?d|passphrase|secret|token|api[_-]?key|apikey|access[_-]?key|account[_-]?key|private[_-]?key"
    r"|credential|signature)[\w-]*|pwd|sig)"
)
# Each pattern with its replacement: `\1` keeps the part that tells a reader which secret it was.
PATTERNS: dict[str, tuple[str, str]] = {
    "a private key in PEM": (
        r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|\Z)",
        REDACTED,
    ),
    "the password in a URL": (
        r"([A-Za-z][A-Za-z0-9+.-]{1,30}://[^\s/:@'\"]{0,200}):[^\s/@'\"]{1,500}@",
        rf"\1:{REDACTED}@",
    ),
    "an Authorization header": (r"\b((?:Bearer|Basic)\s+)[A-Za-z0-9._~+/=-]{8,}", rf"\1{REDACTED}"),
    "a parameter with the name of a secret": (
        rf"(?i)\b({_NAME}\\?[\"']?\s*=\s*\\?[\"']?)(?!<redacted>)[^\s\"'&,;)}}\\]{{3,}}",
        rf"\1{REDACTED}",
    ),
    "a field with the name of a secret": (
        rf"(?i)(\b{_NAME}\\?[\"']?\s*:\s*\\?[\"'])(?!<redacted>)[^\"'\\]{{3,}}",
        rf"\1{REDACTED}",
    ),
    "a JSON Web Token": (r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?", REDACTED),
    "a Google API key": (r"\bAIza[0-9A-Za-z_-]{30,}", REDACTED),
    "a Google OAuth token": (
        r"\bya29\.[0-9A-Za-z_.-]{10,}|\b1//0[0-9A-Za-z_-]{20,}|\bGOCSPX-[0-9A-Za-z_-]{20,}",
        REDACTED,
    ),
    "a GitHub token": (r"\bgh[pousr]_[0-9A-Za-z]{20,}|\bgithub_pat_[0-9A-Za-z_]{20,}", REDACTED),
    "a Slack token": (r"\bxox[abeoprs]-[0-9A-Za-z-]{10,}", REDACTED),
    "an AWS access key": (r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b", REDACTED),
    "a secret key of Stripe, OpenAI or SendGrid": (
        r"\b[sr]k_(?:live|test)_[0-9A-Za-z]{16,}|\bsk-[0-9A-Za-z_-]{20,}|\bSG\.[0-9A-Za-z_-]{16,}\.[0-9A-Za-z_-]{16,}",
        REDACTED,
    ),
}
_COMPILED = tuple((re.compile(pattern, re.DOTALL), put) for pattern, put in PATTERNS.values())
# Every pattern needs one of these substrings, so most texts need no regular expression.
_TELLING = re.compile(
    r"-----BEGIN|://|Bearer|Basic|passw|pwd|passphrase|secret|token|key|credential|sig|eyJ|AIza|ya29|1//0|GOCSPX|gh[pousr]_"
    r"|github_pat|xox|AKIA|ASIA|k_live|k_test|sk-|SG\.",
    re.IGNORECASE,
)


def scrub(text: str) -> str:
    """The text with everything that matches a pattern of secrets replaced."""
    if not _TELLING.search(text):
        return text
    for pattern, put in _COMPILED:
        text = pattern.sub(put, text)
    return text
