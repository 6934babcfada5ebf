"""The registry of actions and notifiers: those of handlers/actions and handlers/notifiers, and of installed packages.

The actions of one service have a folder (handlers/actions/airflow). A module is imported only when it is used. Modules
whose name starts with an underscore are helpers. Packages add modules by the entry points `hinomi.actions` and
`hinomi.notifiers`; they cannot replace Hinomi's own.
"""

from __future__ import annotations

import importlib
import os
import sys
import types
import typing
from collections import abc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import MISSING, Field, fields
from functools import cache
from typing import TYPE_CHECKING, Any, cast

import handlers.actions
import handlers.notifiers
from shared.errors import HinomiError, InputError
from shared.lazy.dataclass import dataclass
from shared.texts import Text, listed
from shared.texts import handler_rules as texts

if TYPE_CHECKING:
    from handlers.context import Action, Notifier
    from handlers.spec import HandlerSpec
    from shared.records import IncidentView

ACTIONS, NOTIFIERS = "actions", "notifiers"
_PARTS = ("NAME", "PERMISSIONS", "Params", "target")
_HINTS: dict[type[Any], dict[str, Any]] = {}  # of each class of parameters


@dataclass(frozen=True, slots=True)
class PluginSource:
    """The origin of a plug-in. `part` is actions or notifiers, `package` the distribution; empty for Hinomi's own."""

    name: str
    module: str
    part: str
    package: str = ""


class ParamError(InputError):
    """A parameter is invalid. `param` is its name, empty for the parameters as a whole."""

    def __init__(self, message: Text, param: str = "") -> None:
        super().__init__(message)
        self.param = param


@cache
def plugins() -> Mapping[str, PluginSource]:
    """Every plug-in by its name, in alphabetical order, without importing any."""
    by_name = {each.name: each for each in (*_installed(), *_own())}
    return dict(sorted(by_name.items()))


def conflicts() -> list[str]:
    """A sentence for each name that two packages, or a package and Hinomi itself, define."""
    by_name: dict[str, list[str]] = {}
    for each in (*_own(), *_installed()):
        by_name.setdefault(each.name, []).append(each.package or "Hinomi")
    return [f"'{name}' is brought by {' and '.join(owners)}" for name, owners in by_name.items() if len(owners) > 1]


def names() -> tuple[str, ...]:
    """The names of all plug-ins, in alphabetical order."""
    return tuple(plugins())


def is_remediation(name: str) -> bool:
    """Whether the plug-in is a remediation, which starts in dry run, rather than a notification."""
    return name in plugins() and plugins()[name].part == ACTIONS


def remediations() -> frozenset[str]:
    """The names of the remediations."""
    return frozenset(name for name in names() if is_remediation(name))


def notifiers() -> tuple[str, ...]:
    """The names of the notifiers."""
    return tuple(name for name in names() if not is_remediation(name))


def find_notifier(name: str) -> Notifier:
    """The notifier of that name. Raises InputError when there is none or it cannot send a test message."""
    if name not in notifiers():
        raise InputError(texts.NO_NOTIFIER(name=name, suggestion=_nearest(name, notifiers())))
    notifier = find(name)
    if not hasattr(notifier, "send_test"):
        raise InputError(texts.NO_TEST_MESSAGE(name=name))
    return cast("Notifier", notifier)


def _nearest(name: str, choices: Sequence[str]) -> Text:
    """The end of a message about an unknown name: the nearest names, or all of them."""
    from shared.suggestions import did_you_mean  # noqa: PLC0415 - only messages about unknown names need it
    from shared.texts.validation import USE  # noqa: PLC0415

    return did_you_mean(name, choices) or USE(names=listed(choices))


def find(name: str) -> Action:
    """The plug-in of that name. Raises InputError when there is none, its import fails, or it lacks a part."""
    source = plugins().get(name)
    if source is None:
        raise InputError(texts.NO_ACTION(name=name, suggestion=_nearest(name, names())))
    module = _imported(source)
    missing = _missing(module)
    if missing:
        raise InputError(texts.INCOMPLETE(name=name, parts=listed(missing)))
    return cast("Action", module)


def params(action: Action, values: Mapping[str, Any]) -> Any:
    """`values` as the action's Params. Raises ParamError for an unknown name, a wrong type or an invalid value."""
    parameters = {item.name: item for item in fields(action.Params)}
    for name in values:
        if name not in parameters:
            known = Text.verbatim(", ".join(parameters)) or texts.NONE
            raise ParamError(texts.NO_PARAMETER(action=action.NAME, name=name, names=known), name)
    for item in parameters.values():
        if _required(item) and item.name not in values:
            raise ParamError(texts.PARAMETER_MISSING(action=action.NAME, name=item.name))
    hints = _hints(action.Params)
    return action.Params(**{name: _checked(name, value, hints[name]) for name, value in values.items()})


def target_of(rule: HandlerSpec, incident: IncidentView) -> str:
    """The target of the action; the incident's resource if the action raises an error, which its run will report."""
    try:
        action = find(rule.action)
        return action.target(incident, params(action, rule.params))
    except HinomiError:
        return incident.resource


def _hints(parameters: type[Any]) -> dict[str, Any]:
    """The types of the parameters, cached because reading them takes longer than checking the values."""
    if parameters not in _HINTS:
        _HINTS[parameters] = typing.get_type_hints(parameters)
    return _HINTS[parameters]


def _own() -> Iterator[PluginSource]:
    for package, part in ((handlers.actions, ACTIONS), (handlers.notifiers, NOTIFIERS)):
        for name, module in _modules(package.__path__, package.__name__):
            yield PluginSource(name, module, part)


def _modules(folders: Iterable[str], package: str) -> Iterator[tuple[str, str]]:
    """The name and the full name of each module in the folders and in those below; nothing is imported."""
    for folder in folders:
        with os.scandir(
            folder
        ) as entries:  # pkgutil.iter_modules takes ten times as long, and the first page waits for it
            found = [(each.name, each.is_dir()) for each in entries]
        for name, is_folder in sorted(found):
            module = name.removesuffix(".py")
            if is_folder and os.path.isfile(f"{folder}/{name}/__init__.py"):  # noqa: PTH113
                yield from _modules([f"{folder}/{name}"], f"{package}.{name}")
            elif name.endswith(".py") and not name.startswith("_"):
                yield module, f"{package}.{module}"


def _installed() -> Iterator[PluginSource]:
    if not any(map(_may_have_plugins, sys.path)):
        return
    from importlib.metadata import entry_points  # noqa: PLC0415 - reads the metadata of every installed package

    found = entry_points()
    for part in (ACTIONS, NOTIFIERS):
        for each in found.select(group=f"hinomi.{part}"):
            yield PluginSource(each.name, each.module, part, each.dist.name if each.dist else "")


def _may_have_plugins(folder: str) -> bool:
    """Whether packages in a folder of the module path may declare plug-ins.

    Reading one file of each package takes a tenth of the time of `entry_points`. Other parts of the path, such as zip
    files, are always searched.
    """
    try:
        names = os.listdir(folder or ".")  # noqa: PTH208 - the first page waits for it
    except OSError:
        return os.path.isfile(folder)  # noqa: PTH113
    for name in names:
        if name.endswith(".egg"):
            return True
        if name.endswith((".dist-info", ".egg-info")):
            with suppress(OSError), open(f"{folder or '.'}/{name}/entry_points.txt", "rb", buffering=0) as file:  # noqa: PTH123
                if b"[hinomi." in file.read():
                    return True
    return False


def _imported(source: PluginSource) -> types.ModuleType:
    try:
        return importlib.import_module(source.module)
    except (Exception, SystemExit) as error:
        if not source.package:
            raise
        reason = f"{type(error).__name__}: {error}"
        raise InputError(texts.IMPORT_FAILED(name=source.name, package=source.package, reason=reason)) from error


def _missing(module: types.ModuleType) -> list[str]:
    """The parts that a module lacks: a remediation has all of PARTS or `run`, a notifier has `run`."""
    from handlers.remediations.contract import PARTS  # noqa: PLC0415 - a page that only needs names does not wait for it

    planned = [part for part in PARTS if hasattr(module, part)]
    work = PARTS if planned else ("run",)
    return [part for part in (*_PARTS, *work) if not hasattr(module, part)]


def _required(item: Field[Any]) -> bool:
    return item.default is MISSING and item.default_factory is MISSING


def _checked(name: str, value: Any, kind: Any) -> Any:
    """`value` when it is of the type `kind`: a scalar, an optional scalar, a tuple of texts (a list in YAML) or a mapping."""
    if typing.get_origin(kind) is abc.Mapping:
        if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
            return dict(value)
        raise ParamError(texts.MAPPING(name=name, value=repr(value)), name)
    if typing.get_origin(kind) is tuple:
        if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
            return tuple(value)
        raise ParamError(texts.LIST_OF_TEXTS(name=name, value=repr(value)), name)
    choices = typing.get_args(kind) if isinstance(kind, types.UnionType) else (kind,)
    if type(value) not in choices:
        expected = " or ".join(choice.__name__ for choice in choices if choice is not type(None))
        raise ParamError(texts.TYPE(name=name, type=expected, value=repr(value)), name)
    return value
