"""Reads every text of shared/texts, for tests of the catalogue."""

from __future__ import annotations

import importlib
import pkgutil
import string
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any

import shared.texts
from shared.texts import Plural, Template, Text

AnyText = Text | Template | Plural


@dataclass(frozen=True)
class Entry:
    """One text with its module and constant; a text inside a mapping or a record has its path."""

    module: str
    name: str
    text: AnyText

    def __str__(self) -> str:
        return f"{self.module.removeprefix('shared.texts.')}.{self.name}"

    @property
    def english(self) -> list[str]:
        """The English forms of the text."""
        return [self.text.one, self.text.many] if isinstance(self.text, Plural) else [self.text.en]


@cache
def modules() -> tuple[ModuleType, ...]:
    """Every module of shared/texts."""
    found = pkgutil.walk_packages(shared.texts.__path__, "shared.texts.")
    return tuple(importlib.import_module(module.name) for module in found)


@cache
def entries() -> tuple[Entry, ...]:
    """Every text, by module and name."""
    return tuple(
        Entry(module.__name__, name, text)
        for module in modules()
        for constant, value in vars(module).items()
        if not constant.startswith("_") and (constant.isupper() or constant[:1].isupper())
        for name, text in _texts(constant, value)
    )


def placeholders(text: str) -> set[str]:
    """The names of the values that a template needs."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def _texts(name: str, value: Any) -> Iterator[tuple[str, AnyText]]:
    if isinstance(value, Text | Template | Plural):
        yield name, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _texts(f"{name}[{getattr(key, '__name__', key)}]", inner)
    elif isinstance(value, tuple):
        for number, inner in enumerate(value):
            yield from _texts(f"{name}[{number}]", inner)
