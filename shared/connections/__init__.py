"""The connections to other systems that several plug-ins share, one module each; found by walking this package.

A connection module has `SETTINGS` and `SECRETS` (shared/setting.py), and `read(environment)`, which returns its connections
by their names and raises InputError that names the variable. It may have `required(environment)`: the variables
that a connection cannot work without, each with the reason. Its variables begin with `HINOMI_<MODULE>_`. A name that starts
with an underscore is a helper.
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
    """A connection module."""

    SETTINGS: tuple[Setting, ...]
    SECRETS: tuple[Setting, ...]

    def read(self, environment: Mapping[str, Secret]) -> Mapping[str, Any]:
        """The connections by name. Raises InputError."""


@cache
def names() -> tuple[str, ...]:
    """The connection modules; nothing is imported."""
    return tuple(sorted(each.name for each in pkgutil.iter_modules(__path__) if not each.name.startswith("_")))


def find(name: str) -> Connection:
    """The connection module of that name."""
    return cast("Connection", importlib.import_module(f"{__name__}.{name}"))


def read(environment: Mapping[str, Secret]) -> dict[str, Mapping[str, Any]]:
    """The connections of each module by name. Raises InputError.

    A module whose variables are not set is not imported: a function starts faster so.
    """
    found = {}
    for name in names():
        if any(variable.startswith(f"HINOMI_{name.upper()}_") for variable in environment):
            found[name] = find(name).read(environment)
    return found
