"""The typer applications of the command line, with help from the catalogue in the language of HINOMI_LANGUAGE."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import typer
from typer.core import TyperCommand, TyperGroup

from cli.help_page import command_text, help_page, page_of, parameter_text, path_of
from cli.plain_values import skip_conversions

Function = TypeVar("Function", bound=Callable[..., Any])


class Command(TyperCommand):
    """A command whose help comes from shared/texts/help."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parses the arguments; only values that need a conversion are converted."""
        skip_conversions(self.get_params(ctx))
        return super().parse_args(ctx, args)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Writes the help page."""
        formatter.write(help_page(self, ctx, formatter.width))

    def shell_complete(self, ctx: Any, incomplete: str) -> Any:
        """The completions, with the help of each option."""
        _describe(self, ctx)
        return super().shell_complete(ctx, incomplete)


class CommandGroup(TyperGroup):
    """A group whose help comes from shared/texts/help."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parses the arguments; only values that need a conversion are converted."""
        skip_conversions(self.get_params(ctx))
        return super().parse_args(ctx, args)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Writes the help page."""
        formatter.write(help_page(self, ctx, formatter.width))

    def shell_complete(self, ctx: Any, incomplete: str) -> Any:
        """The completions, with the summary of each command and the help of each option."""
        _describe(self, ctx)
        for name in self.list_commands(ctx):
            command = self.get_command(ctx, name)
            if command is not None:
                command.short_help = command_text([*path_of(ctx), name])
        return super().shell_complete(ctx, incomplete)


class CommandLine(typer.Typer):
    """A typer application whose commands are Command."""

    def command(self, name: str | None = None, **settings: Any) -> Callable[[Function], Function]:
        """Registers the decorated function as a command."""
        return super().command(name, **{"cls": Command, **settings})


def command_group() -> CommandLine:
    """An application with several commands; without a command it shows its help."""
    return CommandLine(cls=CommandGroup, no_args_is_help=True, rich_markup_mode=None, add_completion=False)


def single_command() -> CommandLine:
    """An application with one command."""
    return CommandLine(rich_markup_mode=None, add_completion=False)


def _describe(command: Any, ctx: Any) -> None:
    page = page_of(path_of(ctx))
    for parameter in command.get_params(ctx):
        parameter.help = parameter_text(page, parameter.name)
