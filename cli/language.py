"""The language of the command line: that of HINOMI_LANGUAGE."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from shutil import get_terminal_size

from cli.printable import clean
from shared import config, texts
from shared.texts import Text


def localize(text: Text) -> str:
    """The text in the language of HINOMI_LANGUAGE."""
    return text.in_language(config.language())


def listed(names: Iterable[str]) -> str:
    """Names with the separator of the language between them."""
    return localize(texts.listed(names))


def echo(text: Text, *, error: bool = False) -> None:
    """Prints each line of the text in printable characters; to standard error as `hinomi: …`.

    On a terminal, lines end between words, and a command in backticks is not broken. An error is always one line.
    """
    import typer

    for line in map(clean, localize(text).split("\n")):
        for part in [f"hinomi: {line}"] if error else _terminal_lines(line):
            typer.echo(part, err=error)


def _terminal_lines(line: str) -> list[str]:
    """The line as it fits the terminal; as it is where standard output is a file or a pipe."""
    if not sys.stdout.isatty():
        return [line]
    from shared.texts.wrap import wrapped

    return wrapped(line, get_terminal_size().columns)
