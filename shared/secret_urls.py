"""Secrets and URLs: whether a URL may receive a secret, whether it contains a password, and how to display it."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlsplit

LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "[::1]")
HIDDEN = "<secret>"
# Options of a database's URL whose values are shown. A free word, such as an application_name, may be a password.
_HARMLESS_OPTIONS = {
    "host": r"/cloudsql/[\w.:-]*",
    "port": r"\d{1,5}",
    "sslmode": r"disable|allow|prefer|require|verify-ca|verify-full",
    "connect_timeout": r"\d{1,5}",
    "mode": r"ro|rw|rwc|memory",
    "charset": r"utf8|utf8mb4|latin1",
}
# Options whose names are shown with a hidden value. Another name may be a part of a password.
_KNOWN_OPTIONS = (
    "user|password|passfile|sslpassword|sslcert|sslkey|sslrootcert|options|application_name|service|dbname|unix_sock"
    "|target_session_attrs|gssencmode|channel_binding|client_encoding|driver|timeout|check_same_thread|uri"
)
# Compiled where they are used: few starts of a function see a URL.
_SIGNATURE = r"(?i)pass|pwd|secret|token|sig|key|auth|credential"
_CONNECTION_STRING = r"(?i)\b(password|passwd|pwd)\s*=\s*\S"
# Of a URL without a scheme.
_LOGIN = r"(?<![\w.-])[\w.%+-]+:[^\s@/,]+@[\w.-]+"
_SCHEME = r"[a-z][a-z0-9+.-]*"
# Users of databases that are no secret: an account with IAM authentication.
_ACCOUNT = r"[a-z][a-z0-9-]{0,62}(?:@|%40)[a-z][a-z0-9.-]{4,60}(?:\.iam)?"
_LOOPBACK = r"localhost|127\.0\.0\.1|\[::1\]"
_NAME = r"(?:[\w-]+\.)+[\w-]+"
_PORT = r"(?::[0-9]{1,5})?"
_HOST = rf"(?:(?:{_LOOPBACK}|{_NAME}|\[[0-9a-fA-F:.]+\]){_PORT}|[\w-]+:[0-9]{{1,5}})?"
_HOST_OF_LOGIN = rf"{_HOST}|[\w-]+"
_PATH = r"[\w/.~:%+ ()-]*"


def is_loopback(endpoint: str) -> bool:
    """Whether an address, with a port and perhaps a scheme, is on this machine."""
    return endpoint.rsplit("://", maxsplit=1)[-1].rsplit(":", 1)[0] in LOOPBACK_HOSTS


def protects_secrets(url: str) -> bool:
    """Whether a secret may be sent to this URL: over https, or to this machine."""
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


def shown_address(url: str) -> str:
    """Scheme, host and port of an http(s) URL, with `/<secret>` for a path; `<secret>` if the URL has a user or options."""
    match = re.fullmatch(rf"(https?://(?:{_LOOPBACK}|{_NAME}){_PORT}/?)([\w/.~%+:-]*)", url, re.ASCII)
    if match is None:
        return HIDDEN
    return match[1] if not match[2] else f"{match[1].rstrip('/')}/{HIDDEN}"


def shown_database(url: str) -> str:
    """The URL of a database without user, password and unknown options; `<secret>` for an unusual form."""
    scheme, mark, rest = url.partition("://")
    if not mark or not re.fullmatch(_SCHEME, scheme) or "#" in rest:
        return HIDDEN
    address, question, query = rest.partition("?")
    netloc, slash, path = address.partition("/")
    login, at, host = netloc.rpartition("@")
    if "@" in query or not re.fullmatch(_HOST_OF_LOGIN if at else _HOST, host) or not re.fullmatch(_PATH, path):
        return HIDDEN
    user = login if re.fullmatch(_ACCOUNT, login) else HIDDEN if at else ""
    return f"{scheme}://{user}{at}{host}{slash}{path}{question}{_shown_options(query)}"


def _shown_options(query: str) -> str:
    return "&".join(map(_shown_option, query.split("&"))) if query else ""


def _shown_option(option: str) -> str:
    name, mark, value = option.partition("=")
    if mark and name in _HARMLESS_OPTIONS and re.fullmatch(_HARMLESS_OPTIONS[name], value):
        return option
    is_known = mark and (name in _HARMLESS_OPTIONS or re.fullmatch(_KNOWN_OPTIONS, name))
    return f"{name}={HIDDEN}" if is_known else HIDDEN
