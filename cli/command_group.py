"""The typer applications of the command line: plain help, which is quick to show and never cuts a sentence off."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup

WHOLE_SENTENCE = 1000  # characters, more than any first sentence of a command's help


class CommandGroup(TyperGroup):
    """A group whose help shows the whole first sentence of each command, wrapped where the terminal ends."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Writes one row for each command that is not hidden."""
        commands = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        rows = [(name, one.get_short_help_str(WHOLE_SENTENCE)) for name, one in commands if one and not one.hidden]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def command_group(help_text: str) -> typer.Typer:
    """An application of several commands; alone it shows its help."""
    return typer.Typer(
        help=help_text, cls=CommandGroup, no_args_is_help=True, rich_markup_mode=None, add_completion=False
    )


def single_command() -> typer.Typer:
    """An application of one command."""
    return typer.Typer(rich_markup_mode=None, add_completion=False)
