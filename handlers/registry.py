"""The actions of this code base, found by walking handlers/actions and handlers/notifiers.

A module is imported only when it is used. A name that starts with an underscore is no action.
"""

from __future__ import annotations

import importlib
import pkgutil
import types
import typing
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from functools import cache
from typing import Any, cast

import handlers.actions
import handlers.notifiers
from handlers.context import Action, Notifier
from shared.errors import InputError

_PARTS = ("NAME", "PERMISSIONS", "Params", "target", "run")


class ParamError(InputError):
    """A parameter is wrong; `param` is its name, empty when the whole is meant."""

    def __init__(self, message: str, param: str = "") -> None:
        super().__init__(message)
        self.param = param


@cache
def names() -> Mapping[str, str]:
    """Every action's module by its name, in alphabetical order; nothing is imported."""
    found = {
        module.name: f"{package.__name__}.{module.name}"
        for package in (handlers.actions, handlers.notifiers)
        for module in pkgutil.iter_modules(package.__path__)
        if not module.name.startswith("_")
    }
    return dict(sorted(found.items()))


def is_remediation(name: str) -> bool:
    """Whether the action repairs (it then starts in dry_run) rather than notifies."""
    return names().get(name, "").startswith(f"{handlers.actions.__name__}.")


def remediations() -> frozenset[str]:
    """The names of the actions that repair."""
    return frozenset(name for name in names() if is_remediation(name))


def notifiers() -> tuple[str, ...]:
    """The names of the notifiers."""
    return tuple(name for name in names() if not is_remediation(name))


def find_notifier(name: str) -> Notifier:
    """The notifier of that name. Raises InputError when there is none or it cannot send a test message."""
    if name not in notifiers():
        raise InputError(f"there is no notifier '{name}': use one of {', '.join(notifiers())}")
    notifier = find(name)
    if not hasattr(notifier, "send_test"):
        raise InputError(f"the notifier '{name}' has no test message (send_test)")
    return cast("Notifier", notifier)


def find(name: str) -> Action:
    """The action of that name. Raises InputError when there is none or its module lacks a part."""
    module_name = names().get(name)
    if module_name is None:
        raise InputError(f"there is no action '{name}': use one of {', '.join(names())}")
    module = importlib.import_module(module_name)
    missing = [part for part in _PARTS if not hasattr(module, part)]
    if missing:
        raise InputError(f"the action '{name}' has no {', '.join(missing)}")
    return cast("Action", module)


def params(action: Action, values: Mapping[str, Any]) -> Any:
    """`values` as the action's Params. Raises ParamError for a name, a type or a value that does not fit."""
    known = {item.name: item for item in fields(action.Params)}
    for name in values:
        if name not in known:
            raise ParamError(f"'{action.NAME}' has no parameter '{name}': use {', '.join(known) or 'none'}", name)
    for item in known.values():
        if _required(item) and item.name not in values:
            raise ParamError(f"'{action.NAME}' needs the parameter '{item.name}'")
    hints = typing.get_type_hints(action.Params)
    return action.Params(**{name: _checked(name, value, hints[name]) for name, value in values.items()})


def _required(item: Field[Any]) -> bool:
    return item.default is MISSING and item.default_factory is MISSING


def _checked(name: str, value: Any, kind: Any) -> Any:
    """`value` when it is of the type `kind`: a scalar, an optional scalar, or a tuple of texts (a list in YAML)."""
    if typing.get_origin(kind) is tuple:
        if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
            return tuple(value)
        raise ParamError(f"'{name}' is a list of texts, not {value!r}", name)
    choices = typing.get_args(kind) if isinstance(kind, types.UnionType) else (kind,)
    if type(value) not in choices:
        wanted = " or ".join(choice.__name__ for choice in choices if choice is not type(None))
        raise ParamError(f"'{name}' is of type {wanted}, not {value!r}", name)
    return value
