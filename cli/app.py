"""The command `hinomi`: which sub-commands there are, and how an error reads.

A sub-command lives in its own module, which has a typer app called `app`. The module is imported when the
sub-command is called, so that `hinomi --help` and shell completion stay fast.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Annotated, Any, NamedTuple

import typer
from typer.core import TyperCommand
from typer.main import get_command

from cli.command_group import CommandGroup
from shared.errors import HinomiError, InputError

INTERRUPTED = 130
READER_GONE = 141
WIDEST_HELP = 120  # columns; longer lines of prose are hard to read


class Sub(NamedTuple):
    """A sub-command: the module that has it, and its line in the help."""

    module: str
    help: str


COMMANDS = {
    "analyze": Sub("cli.commands.analyze", "Run the rules on exported log entries: no database, no actions."),
    "incidents": Sub("cli.commands.incidents", "What is wrong: list, show, acknowledge, resolve."),
    "silences": Sub("cli.commands.silences", "Hold actions back for a while: add, list, expire."),
    "handlers": Sub("cli.commands.handlers", "Which incident leads to which action: list, apply, test."),
    "rules": Sub("cli.commands.rules", "The detection rules: check, test, list, compile, sink-filter."),
    "snapshot": Sub("cli.commands.snapshot", "Collect history: run, list, collectors."),
    "jobs": Sub("cli.commands.jobs", "How jobs do against their own past: slow, failing, costly, show."),
    "cost": Sub("cli.commands.cost", "What BigQuery cost, and whose: by, waiting."),
    "dlq": Sub("cli.commands.dlq", "Rejected and undeliverable messages: list, show, replay."),
    "access": Sub("cli.commands.access", "Who may do what, since when, and whether they do."),
    "platform": Sub("cli.commands.platform", "The platform map: init, check."),
    "db": Sub("cli.commands.db", "The databases: upgrade, check, grant, revoke."),
    "deploy": Sub("cli.commands.deploy", "Put Hinomi into a Google Cloud project: plan, source, cost."),
    "doctor": Sub("cli.commands.doctor", "Is an installation as planned, and what mends it if not?"),
    "settings": Sub("cli.commands.settings", "Every setting with its value here and its meaning."),
    "notify-test": Sub("cli.commands.notify", "Send one test notification and say what came back."),
}


class LazyGroup(CommandGroup):
    """A group whose sub-commands are imported on use."""

    def list_commands(self, _ctx: Any) -> list[str]:
        """The names, in the order of the help."""
        return list(COMMANDS)

    def get_command(self, _ctx: Any, cmd_name: str) -> Any:
        """A stand-in that knows its help line only: listing the commands imports none of them."""
        sub = COMMANDS.get(cmd_name)
        return sub and TyperCommand(cmd_name, callback=None, help=sub.help, short_help=sub.help)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The real sub-command that the arguments name, and the arguments that are left for it."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, command and load(str(name)), rest

    def invoke(self, ctx: Any) -> Any:
        """Runs the sub-command. A reader that went away (`| head`) is not an error."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            # What is left in the buffer must not fail again when the interpreter flushes it at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(READER_GONE) from None
        return result


def load(name: str) -> Any:
    """The command object of the sub-command `name`. Raises KeyError for a name that is not in COMMANDS."""
    command = get_command(import_module(COMMANDS[name].module).app)
    command.name = name
    return command


app = typer.Typer(
    name="hinomi",
    cls=LazyGroup,
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": WIDEST_HELP},
)


def _show_version(value: bool) -> None:  # noqa: FBT001 - typer hands an option's value over this way
    if value:
        from importlib.metadata import version

        typer.echo(f"hinomi {version('hinomi')}")
        raise typer.Exit


@app.callback()
def hinomi(
    *,
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Watches a Google Cloud data platform: finds trouble in its logs and metrics, records it, and acts.

    Settings are environment variables HINOMI_*. Exit codes: 0 fine, 1 something is away or failed, 2 bad input.
    """


def main() -> None:
    """The entry point: runs the command line and exits with its status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that cannot show a character gets its number instead of a crash.
            stream.reconfigure(errors="backslashreplace")
    sys.exit(run(sys.argv[1:]))


def run(args: Sequence[str]) -> int:
    """Runs the command line and returns its exit status. Expected errors go to standard error, without a traceback."""
    try:
        status = get_command(app).main(args=list(args), prog_name="hinomi", standalone_mode=False)
    except typer.TyperException as error:
        return _wrong_arguments(error)
    except InputError as error:
        return _print_error(str(error), 2)
    except HinomiError as error:
        return _print_error(str(error), 1)
    except typer.Abort:
        return _print_error("aborted", 1)
    except KeyboardInterrupt:
        return INTERRUPTED
    return status if isinstance(status, int) else 0


def _wrong_arguments(error: typer.TyperException) -> int:
    """A group without a command shows its help; anything else is one line."""
    if type(error).__name__ == "NoArgsIsHelpError":
        typer.echo(error.format_message())
        return 0
    from cli.usage import usage_message

    return _print_error(usage_message(error), error.exit_code)


def _print_error(message: str, status: int) -> int:
    """Writes each line of `message` to standard error, so that a list of errors has one error a line."""
    from cli.views.output import clean

    for line in message.splitlines():
        typer.echo(f"hinomi: {clean(line)}", err=True)
    return status
