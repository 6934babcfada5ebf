"""All environment variables that plug-ins and connections declare, with their owners.

deploy.sh, `hinomi doctor`, `hinomi settings` and the permissions page use this list.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from handlers import registry
from shared import connections
from shared.setting import Setting, declaring


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


def _of(owner: str, part: str, settings: Iterable[Setting], secrets: Iterable[Setting]) -> list[DeclaredSetting]:
    plain = [DeclaredSetting(setting, owner, part, is_secret=False) for setting in settings]
    return plain + [DeclaredSetting(setting, owner, part, is_secret=True) for setting in secrets]
