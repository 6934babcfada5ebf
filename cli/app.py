"""The command `hinomi`: its sub-commands, and the output of errors.

Each sub-command has its own module with a typer app called `app`. The module is imported when the sub-command is
called, so that `hinomi --help` and shell completion stay fast.
"""

from __future__ import annotations

import gc
import io
import os
import sys
from collections.abc import Sequence
from functools import cache
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.main import get_command

from cli import library_notices
from cli.command_group import Command, CommandGroup, CommandLine
from cli.help_page import WIDEST
from cli.language import localize
from cli.printable import clean
from shared import config, log_stream
from shared.errors import HinomiError, InputError
from shared.texts.cli import usage

INTERRUPTED = 130
READER_GONE = 141
OBJECTS_BETWEEN_COLLECTIONS = 300_000


COMMANDS = {
    "analyze": "cli.commands.detection.analyze",
    "anomalies": "cli.commands.detection.anomalies",
    "backtest": "cli.commands.detection.backtest",
    "baselines": "cli.commands.detection.baselines",
    "dashboard": "cli.commands.servers.dashboard",
    "tokens": "cli.commands.servers.tokens",
    "mcp": "cli.commands.servers.mcp",
    "incidents": "cli.commands.incidents",
    "silences": "cli.commands.silences",
    "handlers": "cli.commands.handlers",
    "approvals": "cli.commands.approvals",
    "actions": "cli.commands.scripts.actions",
    "worker": "cli.commands.scripts.worker",
    "ping": "cli.commands.scripts.ping",
    "probe": "cli.commands.scripts.probe",
    "oncall": "cli.commands.handler_rules.oncall",
    "owners": "cli.commands.handler_rules.owners",
    "rules": "cli.commands.detection.rules",
    "snapshot": "cli.commands.snapshot",
    "jobs": "cli.commands.jobs",
    "tables": "cli.commands.tables",
    "quality": "cli.commands.quality",
    "cost": "cli.commands.cost",
    "report": "cli.commands.report",
    "dlq": "cli.commands.dlq",
    "access": "cli.commands.access",
    "platform": "cli.commands.platform",
    "db": "cli.commands.db",
    "deploy": "cli.commands.deploy",
    "doctor": "cli.commands.doctor",
    "settings": "cli.commands.settings",
    "notify-test": "cli.commands.notify",
}


class LazyGroup(CommandGroup):
    """A group whose sub-commands are imported when they are used."""

    def list_commands(self, _ctx: Any) -> list[str]:
        """The names, in the order of the help page."""
        return list(COMMANDS)

    def get_command(self, _ctx: Any, cmd_name: str) -> Any:
        """A placeholder with only a name, so that listing the commands imports none of them."""
        return Command(cmd_name, callback=None) if cmd_name in COMMANDS else None

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The sub-command named by the arguments, and the remaining arguments."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, command and load(str(name)), rest

    def invoke(self, ctx: Any) -> Any:
        """Runs the sub-command. A closed output (`| head`) is not an error."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            # Flushing the rest of the buffer at exit must not fail again.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(READER_GONE) from None
        return result


@cache
def load(name: str) -> Any:
    """The command object of the sub-command `name`. Raises KeyError for a name that is not in COMMANDS."""
    command = get_command(import_module(COMMANDS[name]).app)
    command.name = name
    return command


WORKER = "worker"  # runs as a service, whose log is its output

app = CommandLine(
    name="hinomi",
    cls=LazyGroup,
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": WIDEST},
)


def _show_version(value: bool) -> None:  # noqa: FBT001 - typer hands an option's value over this way
    if value:
        from importlib.metadata import version

        typer.echo(f"hinomi {version('hinomi')}")
        raise typer.Exit


@app.callback()
def hinomi(
    *,
    _version: Annotated[bool, typer.Option("--version", callback=_show_version, is_eager=True)] = False,
) -> None:
    """Monitors a data platform on Google Cloud."""


def main() -> None:
    """The entry point: runs the command line and exits with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that cannot show a character gets its number; the command does not crash.
            stream.reconfigure(errors="backslashreplace")
    if sys.argv[1:2] != [WORKER]:
        log_stream.beside_output()
    library_notices.hide()
    # A short command makes 100,000 to 200,000 objects, and almost no garbage. A collection of them takes a tenth of its
    # time: none takes place, neither before the exit nor then.
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
    try:
        sys.exit(run(sys.argv[1:]))
    finally:
        gc.freeze()


def run(args: Sequence[str]) -> int:
    """Runs the command line and returns its exit code.

    Expected errors are written to standard error without a traceback.
    """
    try:
        status = _command_line().main(args=list(args), prog_name="hinomi", standalone_mode=False)
    except typer.TyperException as error:
        return _wrong_arguments(error)
    except HinomiError as error:
        return _print_error(error.in_language(config.language()), 2 if isinstance(error, InputError) else 1)
    except typer.Abort:
        return _print_error(localize(usage.ABORTED), 1)
    except KeyboardInterrupt:
        return INTERRUPTED
    return status if isinstance(status, int) else 0


@cache
def _command_line() -> Any:
    return get_command(app)


def _wrong_arguments(error: typer.TyperException) -> int:
    """A group without a command shows its help; any other mistake is one line."""
    if type(error).__name__ == "NoArgsIsHelpError":
        typer.echo(error.format_message())
        return 0
    from cli.usage import usage_message

    return _print_error(localize(usage_message(error)), error.exit_code)


def _print_error(message: str, status: int) -> int:
    """Writes each line of `message` to standard error, so that a list of errors has one error a line."""
    for line in message.splitlines():
        typer.echo(f"hinomi: {clean(line)}", err=True)
    return status
