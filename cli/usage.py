"""Wrong arguments: one line that says what is wrong, what was probably meant, and where the right ones are listed."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from shared.suggestions import did_you_mean

_NO_COMMAND = re.compile(r"No such command '(?P<name>.*?)'\.", re.DOTALL)
_NO_CHOICE = re.compile(r"'(?P<given>.*?)' is not one of (?P<choices>'.*')\.?", re.DOTALL)
_OF_PYDANTIC = "Value error, "


def usage_message(error: Any) -> str:
    """One line for a typer.TyperException. Kinds are told apart by their name: typer keeps their classes private."""
    text = _MESSAGES.get(type(error).__name__, _other)(error)
    ctx = getattr(error, "ctx", None)
    return " ".join(text.split()) + (f" (see '{ctx.command_path} --help')" if ctx else "")


def _no_option(error: Any) -> str:
    known = [name for option in error.ctx.command.params for name in getattr(option, "opts", ()) if name[0] == "-"]
    return f"no option '{error.option_name}'{did_you_mean(error.option_name, known)}"


def _missing(error: Any) -> str:
    return f"missing {error.param.param_type_name} {_name(error)}" if error.param else _other(error)


def _bad_value(error: Any) -> str:
    message = str(error.message).removeprefix(_OF_PYDANTIC)
    if found := _NO_CHOICE.fullmatch(message):
        given, choices = found["given"], re.findall("'([^']*)'", found["choices"])
        meant = did_you_mean(given, choices)
        return f"invalid value '{given}' for {_name(error)}{meant or ': use ' + ', '.join(choices)}"
    return f"invalid value for {_name(error)}: {_clause(message)}" if error.param else _other(error)


def _usage(error: Any) -> str:
    if found := _NO_COMMAND.match(str(error.message)):
        group = error.ctx.command
        return f"no command '{found['name']}'{did_you_mean(found['name'], group.list_commands(error.ctx))}"
    return _other(error)


def _other(error: Any) -> str:
    return _clause(str(error.format_message()))


def _clause(sentence: str) -> str:
    """A sentence of typer or pydantic as the end of a line of ours; pydantic's explanation of a parser is left out."""
    first = sentence.removesuffix(".").partition(", unable to parse")[0]
    return first[:1].lower() + first[1:]


def _name(error: Any) -> str:
    return str(error.param.get_error_hint()).replace("'", "")


_MESSAGES: dict[str, Callable[[Any], str]] = {
    "NoSuchOption": _no_option,
    "MissingParameter": _missing,
    "BadParameter": _bad_value,
    "UsageError": _usage,
}
