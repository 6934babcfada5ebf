"""Secrets and URLs: whether a URL may receive a secret, whether it contains a password, and how to display it."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlsplit

LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "[::1]")
HIDDEN = "<secret>"
# URL options unrelated to a login. All other options are hidden, because libraries add new ones.
_HARMLESS_OPTIONS = {
    "host": r"[\w.:/-]*",
    "port": r"\d*",
    "sslmode": r"disable|allow|prefer|require|verify-ca|verify-full",
    "application_name": r"[\w.-]*",
    "connect_timeout": r"\d*",
    "mode": r"\w{1,6}",
    "charset": r"[\w-]*",
}
# Compiled where they are used: few starts of a function see a URL.
_SIGNATURE = r"(?i)pass|pwd|secret|token|sig|key|auth|credential"
_CONNECTION_STRING = r"(?i)\b(password|passwd|pwd)\s*=\s*\S"
# Of a URL without a scheme.
_LOGIN = r"(?<![\w.-])(?!(?:serviceAccount|user|group):)[\w.%+-]+:[^\s@/,]+@[\w.-]+"
_SCHEME = r"[a-z][a-z0-9+.-]*"
_USER = r"(?i)(?:(?!%3a)[\w.%+-])*"
_HOST = r"(?:[\w.-]*|\[[0-9a-fA-F:.]+\])(?::[0-9]+)?"
_PATH = r"[\w/.~:%+ ()-]*"


def protects_secrets(url: str) -> bool:
    """Whether a secret may be sent to this URL: over https, or to the local machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    local = host in (*LOOPBACK_HOSTS, "::1")
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and local))


def contains_password(text: str) -> bool:
    """Whether a setting contains a password, a token or a signature: in a URL or in a connection string."""
    scheme, mark, rest = text.partition("://")
    if not mark:
        return bool(re.search(_CONNECTION_STRING, text) or re.search(_LOGIN, text))
    netloc = re.split(r"[/?#]", rest, maxsplit=1)[0]
    login, at, _ = netloc.rpartition("@")
    if at and login.partition(":")[2]:
        return True
    # A password with an unescaped slash or question mark ends the host too early.
    port = netloc.rpartition(":")[2] if ":" in netloc else ""
    cut_short = bool(port) and "@" in rest and (not port.isdigit() or not scheme.startswith("http"))
    options = parse_qsl(rest.partition("?")[2])
    return (cut_short and not at) or any(re.search(_SIGNATURE, name) and value for name, value in options)


def shown(url: str) -> str:
    """A URL for display, without its password and without options that may contain one; `<secret>` for unusual forms."""
    scheme, mark, rest = url.partition("://")
    if not mark or not re.fullmatch(_SCHEME, scheme) or "#" in rest:
        return HIDDEN
    address, question, query = rest.partition("?")
    netloc, slash, path = address.partition("/")
    login, at, host = netloc.rpartition("@")
    user, colon, _ = login.partition(":")
    forms = ((_USER, user), (_HOST, host), (_PATH, path))
    if "@" in query or not all(re.fullmatch(form, part) for form, part in forms):
        return HIDDEN
    if at and scheme.startswith("http"):
        user, colon = HIDDEN, ""  # a token is often in the place of the user name
    return f"{scheme}://{user}{f':{HIDDEN}' if colon else ''}{at}{host}{slash}{path}{question}{_shown_options(query)}"


def _shown_options(query: str) -> str:
    return "&".join(_shown_option(option) for option in query.split("&")) if query else ""


def _shown_option(option: str) -> str:
    name, mark, value = option.partition("=")
    if mark and name in _HARMLESS_OPTIONS and re.fullmatch(_HARMLESS_OPTIONS[name], value):
        return option
    return f"{name}={HIDDEN}" if mark and re.fullmatch(r"\w{1,40}", name) else HIDDEN
