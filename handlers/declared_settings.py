"""All environment variables that plug-ins and connections declare, with their owners.

deploy.sh, `hinomi doctor`, `hinomi settings` and the permissions page use this list.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from typing import Any

from handlers import registry
from shared import config, connections
from shared.config import ROOT, Settings
from shared.redaction.setting_values import shown_setting
from shared.secret_urls import HIDDEN
from shared.setting import Setting, declaring
from shared.texts import Text
from shared.texts.cli import settings as texts
from shared.texts.settings import meaning


@dataclass(frozen=True, slots=True)
class DeclaredSetting:
    """A declaration. `owner` is the plug-in or the connection, `part` is actions, notifiers or connections."""

    setting: Setting
    owner: str
    part: str
    is_secret: bool


def declared() -> tuple[DeclaredSetting, ...]:
    """The settings of all connections, then those of all plug-ins in alphabetical order; imports every plug-in."""
    collected: list[DeclaredSetting] = []
    for name in connections.names():
        connection = connections.find(name)
        collected += _of(name, "connections", connection.SETTINGS, connection.SECRETS)
    for name, source in registry.plugins().items():
        plugin = registry.find(name)
        collected += _of(name, source.part, getattr(plugin, "SETTINGS", ()), getattr(plugin, "SECRETS", ()))
    return tuple(collected)


def declaration(variable: str, among: Iterable[DeclaredSetting] | None = None) -> DeclaredSetting | None:
    """The declaration of a variable; None if there is none."""
    by_setting = {each.setting: each for each in (declared() if among is None else among)}
    setting = declaring(by_setting, variable)
    return by_setting[setting] if setting else None


def shown_value(variable: str, value: str, among: Iterable[DeclaredSetting] | None = None) -> str:
    """The value of a variable for people: `<secret>` unless it has the form that its setting declares.

    Each item of a list is shown or hidden separately. The value of an unknown variable is hidden.
    """
    own = config.form_of(variable)
    if own is None:
        each = declaration(variable, among)
        is_hidden = each is None or each.is_secret
        return HIDDEN if is_hidden or each is None else shown_setting(each.setting.form, value, each.setting.default)
    form, default = own
    if not isinstance(default, tuple):
        return shown_setting(form, value, str(default))
    parts = [part.strip() for part in value.split(",") if part.strip()]
    return ",".join(part if part in default else shown_setting(form, part) for part in parts)


@dataclass(frozen=True, slots=True)
class ShownSetting:
    """A setting for people: its variable, its value here (without secrets), its meaning, and whether it is set here."""

    variable: str
    value: str
    meaning: Text
    is_set: bool


def own_settings() -> list[tuple[str, Any, str]]:
    """The settings of Hinomi itself: field, default and documentation."""
    blank = config.load({})
    documented = [item for item in fields(Settings) if "doc" in item.metadata]
    return [(item.name, getattr(blank, item.name), item.metadata["doc"]) for item in documented]


def variable_of(name: str) -> str:
    """The environment variable of a field of Settings."""
    return f"HINOMI_{name.upper()}"


def as_written(value: Any) -> str:
    """The value of a setting as it is in the environment."""
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def shown_settings(current: Settings) -> Iterator[ShownSetting]:
    """Every setting: Hinomi's own, then those of plug-ins and connections; unset ones in their documented form."""
    for name, default, doc in own_settings():
        variable, value = variable_of(name), getattr(current, name)
        shown = shown_value(variable, as_written(value)).replace(f"{ROOT}/", "")
        yield ShownSetting(variable, shown, meaning(variable, doc), value != default)
    yield from _shown_of_plugins(current)


def _shown_of_plugins(current: Settings) -> Iterator[ShownSetting]:
    known, environment = declared(), current.environment
    found = {name: declaration(name, known) for name in sorted(environment)}
    for each in known:
        names = [name for name, its in found.items() if its is each]
        for name in names or (each.setting.documented[-1],):
            value = environment.get(name)
            shown = shown_value(name, value.reveal(), known) if value else each.setting.default
            yield ShownSetting(name, shown, meaning(each.setting.variable, each.setting.doc), value is not None)
    for name, its in found.items():
        if its is None:
            yield ShownSetting(name, HIDDEN, texts.UNKNOWN, is_set=True)


def _of(owner: str, part: str, settings: Iterable[Setting], secrets: Iterable[Setting]) -> list[DeclaredSetting]:
    plain = [DeclaredSetting(setting, owner, part, is_secret=False) for setting in settings]
    return plain + [DeclaredSetting(setting, owner, part, is_secret=True) for setting in secrets]
