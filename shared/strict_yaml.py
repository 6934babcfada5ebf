"""Strict YAML: a duplicate key, an anchor or an alias is an error, and the line of every value is known.

Booleans are `true` and `false` only (YAML 1.2), so that a key `on` stays the text "on".
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path as FilePath
from typing import Any

from shared.errors import InputError
from shared.lazy.dataclass import dataclass
from shared.texts import Text
from shared.texts import validation as texts

Path = tuple[str | int, ...]

DEEPEST = 50


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML document: plain values, and the line (from 1) of every key and list item by its path."""

    value: Any
    file: str
    lines: dict[Path, int]

    def line(self, *path: str | int) -> int:
        """The line of the value at `path`, or of the nearest enclosing value."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def error(self, message: Text | str, *path: str | int) -> InputError:
        """An InputError that points at `path`."""
        return InputError(message, file=self.file, line=self.line(*path))


def load_all(text: str, file: str) -> list[Document]:
    """Every document of `text`. Raises InputError with `file` and line for bad YAML, a duplicate key or an alias."""
    import yaml  # noqa: PLC0415

    if (fast := c_loader()) is not None:
        # Text with errors is read again below: the errors of the parser in Python are easier to understand.
        with suppress(yaml.YAMLError, UnicodeError):
            return _documents(_loader_class(fast)(text), file)
    try:
        return _documents(_loader_class(yaml.SafeLoader)(text), file)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        message = texts.NO_YAML(error=str(error.problem or error.context))
        raise InputError(message, file=file, line=mark.line + 1 if mark else None) from error
    except yaml.YAMLError as error:
        raise InputError(texts.NO_YAML(error=" ".join(str(error).split())), file=file) from error


def load(text: str, file: str) -> Document:
    """The only document of `text`; its value is None for an empty file. Raises InputError for invalid YAML."""
    documents = load_all(text, file)
    if len(documents) > 1:
        raise InputError(texts.ONE_DOCUMENT, file=file, line=documents[1].line())
    return documents[0] if documents else Document(None, file, {(): 1})


def load_file(path: FilePath) -> Document:
    """The only document of a file. Raises InputError when it cannot be read, or for invalid YAML."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InputError(texts.NO_UTF8, file=path) from error
    except OSError as error:
        raise InputError(texts.CANNOT_BE_READ(error=error.strerror or str(error)), file=path) from error
    return load(text, str(path))


@cache
def c_loader() -> Any:
    """A safe loader on libyaml's parser, four times as fast; None if PyYAML was built without it.

    Nodes are composed in Python, so that a subclass can refuse some.
    """
    import yaml  # noqa: PLC0415
    from yaml.composer import Composer  # noqa: PLC0415
    from yaml.constructor import SafeConstructor  # noqa: PLC0415
    from yaml.resolver import Resolver  # noqa: PLC0415

    parser: Any = getattr(yaml.cyaml, "CParser", None) if yaml.__with_libyaml__ else None
    if parser is None:
        return None

    class CParserLoader(Composer, parser, SafeConstructor, Resolver):  # type: ignore[misc]
        """Composes the nodes in Python from the events that libyaml parses."""

        def __init__(self, stream: Any) -> None:
            parser.__init__(self, stream)
            Composer.__init__(self)
            SafeConstructor.__init__(self)
            Resolver.__init__(self)

    return CParserLoader


@cache
def _loader_class(base: Any) -> Any:
    """A safe loader that reads only `true` and `false` as booleans and refuses aliases."""

    class StrictLoader(base):  # type: ignore[misc]
        """A subclass with its own resolvers, so that other users of PyYAML are not affected."""

        file = ""

        def compose_node(self, parent: Any, index: Any) -> Any:
            """Rejects aliases: a few lines of them can expand to gigabytes."""
            event: Any = self.peek_event()
            if getattr(event, "anchor", None):
                raise InputError(texts.NO_ALIASES, file=self.file, line=event.start_mark.line + 1)
            return super().compose_node(parent, index)

        def construct_object(self, node: Any, deep: bool = False) -> Any:  # noqa: FBT001, FBT002 - PyYAML's own signature
            """Rejects a day that no calendar has, such as 2026-02-30."""
            try:
                return super().construct_object(node, deep)
            except ValueError as error:
                message = texts.NO_SUCH_VALUE(value=str(node.value)[:80])
                raise InputError(message, file=self.file, line=node.start_mark.line + 1) from error

    StrictLoader.yaml_implicit_resolvers = {
        first: [(tag, regexp) for tag, regexp in resolvers if tag != "tag:yaml.org,2002:bool" or first in "tTfF"]
        for first, resolvers in base.yaml_implicit_resolvers.items()
    }
    return StrictLoader


def _documents(loader: Any, file: str) -> list[Document]:
    loader.file = file
    try:
        return [_document(loader, node, file) for node in _nodes(loader)]
    finally:
        loader.dispose()


def _nodes(loader: Any) -> Iterator[Any]:
    while loader.check_node():
        yield loader.get_node()


def _document(loader: Any, node: Any, file: str) -> Document:
    lines: dict[Path, int] = {}
    _walk(loader, node, (), lines, file)
    return Document(loader.construct_document(node), file, lines)


def _walk(loader: Any, node: Any, path: Path, lines: dict[Path, int], file: str) -> None:
    """Records the line of everything below `node`; refuses duplicate keys."""
    lines.setdefault(path, node.start_mark.line + 1)
    if len(path) > DEEPEST:
        raise InputError(texts.TOO_DEEP(levels=DEEPEST), file=file, line=node.start_mark.line + 1)
    if node.id == "sequence":
        for index, item in enumerate(node.value):
            _walk(loader, item, (*path, index), lines, file)
    elif node.id == "mapping":
        for key_node, value_node in node.value:
            key = loader.construct_object(key_node, deep=True)
            if not isinstance(key, str | int):
                raise InputError(texts.INVALID_KEY(key=str(key)), file=file, line=key_node.start_mark.line + 1)
            position = (*path, key)
            if position in lines:
                message = texts.KEY_TWICE(key=key, line=lines[position])
                raise InputError(message, file=file, line=key_node.start_mark.line + 1)
            lines[position] = key_node.start_mark.line + 1
            _walk(loader, value_node, position, lines, file)
