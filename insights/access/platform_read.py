"""Reads the parts of a YAML document, and keeps everything that is wrong with its line."""

from __future__ import annotations

from typing import Any

from shared.errors import InputError
from shared.strict_yaml import Document, Path


class MapReader:
    """A document whose mistakes are told together at the end."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._problems: list[InputError] = []
        if not isinstance(document.value, dict):
            raise document.error("write a mapping with layers and personas")

    def wrong(self, message: str, *path: str | int) -> None:
        """Notes a mistake at a place."""
        self._problems.append(self._document.error(message, *path))

    def finish(self) -> None:
        """Raises InputError with one line for each mistake."""
        if self._problems:
            raise InputError("\n".join(str(problem) for problem in sorted(self._problems, key=_place)))

    def keys(self, name: str, *, needed: bool = True) -> list[str]:
        """The names in a block of the document, which may be empty if none is needed."""
        block = self._document.value.get(name)
        if not isinstance(block, dict) or (needed and not block):
            self.wrong(f"{name} is missing or no mapping", name)
            return []
        for key, value in block.items():
            if not isinstance(key, str):
                self.wrong(f"the name {key} is a number: put it in quotes", name, key)
            elif not isinstance(value, dict):
                self.wrong(f"{name}.{key} is no mapping", name, key)
        return [key for key, value in block.items() if isinstance(value, dict) and isinstance(key, str)]

    def only(self, path: Path, known: tuple[str, ...]) -> None:
        """Notes every key of a block that is not known."""
        block = self._at(path)
        for key in block if isinstance(block, dict) else ():
            if key not in known:
                self.wrong(f"unknown key '{key}': there are {', '.join(known)}", *path, key)

    def count(self, path: Path, *, needed: bool = False) -> int:
        """How many blocks a list has; 0 when it is not there."""
        items = self._at(path)
        if items is not None and not isinstance(items, list):
            self.wrong("write a list", *path)
        elif needed and not items:
            self.wrong(f"{path[-1]} is missing", *path)
        found = items if isinstance(items, list) else []
        for index, item in enumerate(found):
            if not isinstance(item, dict):
                self.wrong("write a mapping", *path, index)
        return len(found)

    def text(self, path: Path) -> str:
        """A text, empty when it is not there."""
        value = self._at(path)
        if value is not None and not isinstance(value, str):
            self.wrong("write a text", *path)
        return value if isinstance(value, str) else ""

    def texts(self, path: Path, *, needed: bool = False) -> tuple[str, ...]:
        """A text or a list of texts; empty when it is not there."""
        value = self._at(path)
        items = value if isinstance(value, list) else [] if value is None else [value]
        if any(not isinstance(item, str) for item in items):
            self.wrong("write a list of texts", *path)
        if needed and not items:
            self.wrong(f"{path[-1]} is missing", *path)
        return tuple(item for item in items if isinstance(item, str))

    def _at(self, path: Path) -> Any:
        value = self._document.value
        for step in path:
            if isinstance(value, dict):
                value = value.get(step)
            elif isinstance(value, list) and isinstance(step, int) and step < len(value):
                value = value[step]
            else:
                return None
        return value


def _place(problem: InputError) -> int:
    return problem.line or 0
