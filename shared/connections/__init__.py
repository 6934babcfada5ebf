"""The connections to other systems that several plug-ins share: one module each in this package.

A connection module has `SETTINGS` and `SECRETS` (shared/setting.py), and `read(environment)`, which returns its
connections by name and raises InputError that names the variable. It may have `required(environment)`: the variables
that a connection cannot work without, each with the reason. Its variables begin with `HINOMI_<MODULE>_`. Modules whose
name starts with an underscore are helpers.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from typing import Any, Protocol, cast

from shared.secret import Secret
from shared.setting import Setting


class Connection(Protocol):
    """The interface of a connection module."""

    SETTINGS: tuple[Setting, ...]
    SECRETS: tuple[Setting, ...]

    def read(self, environment: Mapping[str, Secret]) -> Mapping[str, Any]:
        """The connections by name. Raises InputError for an invalid setting."""


@cache
def names() -> tuple[str, ...]:
    """The names of the connection modules, without importing them."""
    return tuple(sorted(each.name for each in pkgutil.iter_modules(__path__) if not each.name.startswith("_")))


def find(name: str) -> Connection:
    """Imports the connection module of that name."""
    return cast("Connection", importlib.import_module(f"{__name__}.{name}"))


def read(environment: Mapping[str, Secret]) -> dict[str, Mapping[str, Any]]:
    """The connections of each module by name. Raises InputError for an invalid setting.

    A module without any variable set is not imported, so that a function starts faster.
    """
    connections = {}
    for name in names():
        if any(variable.startswith(f"HINOMI_{name.upper()}_") for variable in environment):
            connections[name] = find(name).read(environment)
    return connections
