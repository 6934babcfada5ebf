"""The file of `--settings`: plain settings for the functions, one HINOMI_NAME=value per line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from itertools import takewhile
from pathlib import Path
from urllib.parse import unquote

from deploy import secrets
from handlers.declared_settings import declaration, declared, shown_value
from shared import config
from shared.config import Settings
from shared.errors import InputError
from shared.redaction.secret_patterns import scrub
from shared.secret_urls import HIDDEN, contains_password
from shared.setting import DEFAULT_NAME, Setting
from shared.suggestions import did_you_mean
from shared.texts import EMPTY, Text
from shared.texts.deploy import errors

# deploy.sh sets these itself: the databases without a password, and the installation's own names.
SET_BY_DEPLOYMENT = frozenset(
    {
        "HINOMI_ERROR_DB_URL",
        "HINOMI_SCHEMA_DB_URL",
        "HINOMI_PROJECT",
        "HINOMI_DASHBOARD_AUDIENCE",
        "HINOMI_SERVICE_ACCOUNTS",
        "HINOMI_FUNCTION_NAMES",
        "HINOMI_PUSH_ACCOUNTS",
        "HINOMI_SHARED_REPORTS_UNTIL",
        "HINOMI_DEPLOYED_WITH",
    }
)


def read(file: Path | None, project: str) -> dict[str, str]:
    """The settings by name, validated. Raises InputError with file and line, without values of secrets."""
    if file is None:
        return {}
    lines = list(_lines(file))
    for number, name, value in lines:
        problem = _problem(name, value, project)
        if problem:
            raise InputError(problem, file=file, line=number)
    settings = {name: value for _, name, value in lines}
    try:
        config.load(settings)
    except InputError as error:
        raise InputError(error.text, file=file) from error
    # After config.load, because a connection knows better advice about its URL.
    for number, name, value in lines:
        if _holds_password(name, value) or scrub(value) != value:
            raise InputError(_contains_password(name, project), file=file, line=number)
    return settings


def _lines(file: Path) -> Iterator[tuple[int, str, str]]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)  # without the path, which the message begins with
        raise InputError(errors.CANNOT_BE_READ(error=reason), file=file) from error
    for number, line in enumerate(lines, 1):
        name, mark, value = line.partition("=")
        if not line.strip() or line.startswith("#"):
            continue
        if not mark or not name.startswith("HINOMI_"):
            raise InputError(errors.SETTING_FORM, file=file, line=number)
        yield number, name.strip(), value.strip()


def _problem(name: str, value: str, project: str) -> Text:
    """The mistake in a line, empty if there is none."""
    if name in SET_BY_DEPLOYMENT:
        return errors.SET_BY_DEPLOYMENT(name=name)
    each = declaration(name)
    if each is not None and each.is_secret:
        return errors.SECRET_IN_SETTINGS(name=name, commands=secrets.advice(name, project))
    if each is None and name not in _own():
        return _unknown(name)
    if _holds_password(name, value) and (each is None or each.part != "connections"):
        return _contains_password(name, project)
    return _invalid(each.setting, name, value) if each is not None else EMPTY


def _holds_password(name: str, value: str) -> bool:
    """Whether a plain setting contains a password. A value of the declared form, such as an IAM member, does not."""
    if HIDDEN not in shown_value(name, value):
        return False
    is_user = name.endswith(("_USER", "_USERNAME"))
    return contains_password(value) or (is_user and ":" in unquote(value))


def _contains_password(name: str, project: str) -> Text:
    """The message about a password in a plain setting, with the commands for the secret of the same plug-in if any.

    Of several secrets, it is the one whose variable begins most like that of the setting.
    """
    each = declaration(name)
    channel = each.setting.name_in(name) or DEFAULT_NAME if each else DEFAULT_NAME
    found = (one.setting.of(channel) for one in declared() if each and one.owner == each.owner and one.is_secret)
    secret = max(found, key=lambda one: _same_beginning(one, name), default="")
    if not secret:
        return errors.PASSWORD_IN_SETTINGS(name=name)
    return errors.PASSWORD_BESIDE_SECRET(name=name, secret=secret, commands=secrets.advice(secret, project))


def _same_beginning(one: str, other: str) -> int:
    """The number of characters that two names have in common at their beginning."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _invalid(setting: Setting, name: str, value: str) -> Text:
    """The mistake that the declaration of a setting finds in a value, empty if there is none."""
    if setting.check is None or not value:
        return EMPTY
    try:
        setting.check(value)
    except InputError as error:
        return errors.INVALID_SETTING(name=name, reason=error.text)
    return EMPTY


def _own() -> list[str]:
    return [f"HINOMI_{item.name.upper()}" for item in fields(Settings) if "doc" in item.metadata]


def _unknown(name: str) -> Text:
    names = [*_own(), *(one for each in declared() for one in each.setting.documented)]
    return errors.NO_SETTING(name=name, suggestion=did_you_mean(name, names, most=1) or errors.ALL_SETTINGS)
