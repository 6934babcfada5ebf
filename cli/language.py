"""The language of the command line: that of HINOMI_LANGUAGE."""

from __future__ import annotations

from cli.printable import clean
from shared import config
from shared.texts import Text


def localize(text: Text) -> str:
    """The text in the language of HINOMI_LANGUAGE."""
    return text.in_language(config.language())


def echo(text: Text, *, error: bool = False) -> None:
    """Prints each line of the text in printable characters; to standard error as `hinomi: …`."""
    import typer

    for line in localize(text).split("\n"):
        typer.echo(f"hinomi: {clean(line)}" if error else clean(line), err=error)
