"""Packages whose names are imported on first use.

Mapping a table takes a millisecond or two, and most processes use few tables: a page of the dashboard imports only its
own.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any


def names_of(package: str, modules: Mapping[str, Sequence[str]]) -> Callable[[str], Any]:
    """Returns a `__getattr__` for a package that finds each name in the module that `modules` gives for it."""
    module_of = {name: f"{package}.{module}" for module, names in modules.items() for name in names}

    def find(name: str) -> Any:
        if name not in module_of:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        found = getattr(import_module(module_of[name]), name)
        setattr(sys.modules[package], name, found)
        return found

    return find


def import_all(package: str, modules: Mapping[str, Sequence[str]]) -> None:
    """Imports every module that `modules` names."""
    for module in modules:
        import_module(f"{package}.{module}")
