"""Messages about invalid arguments: the mistake, a suggestion, and the command that lists valid values."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from cli.help_page import argument_name
from shared.suggestions import did_you_mean, did_you_mean_one_of, nearest
from shared.texts import Template, Text, as_text, joined
from shared.texts.cli import usage

_NO_COMMAND = re.compile(r"No such command '(?P<name>.*?)'\.", re.DOTALL)
_NO_CHOICE = re.compile(r"'(?P<given>.*?)' is not one of (?P<choices>'.*')\.?", re.DOTALL)
_NO_VALUE = re.compile(r"Option '(?P<name>.*?)' requires an argument\.?", re.DOTALL)
_EXTRA = re.compile(r"Got unexpected extra arguments? ?(?:\(s\))? ?\((?P<words>.*)\)", re.DOTALL | re.IGNORECASE)
FEW = 8  # commands that one line can list
_OF_PYDANTIC = "Value error, "
_NO_NUMBER = ("Input should be a valid integer", "Input should be a valid number")


def usage_message(error: Any) -> Text:
    """One line for a typer.TyperException. The kinds are distinguished by name, because typer's classes are private."""
    text = _MESSAGES.get(type(error).__name__, _other)(error)
    line = Text(en=" ".join(text.en.split()), ja=" ".join(text.ja.split()))
    ctx = getattr(error, "ctx", None)
    return usage.SEE_HELP(message=line, command=ctx.command_path) if ctx else line


def _no_option(error: Any) -> Text:
    options = [name for option in error.ctx.command.params for name in getattr(option, "opts", ()) if name[0] == "-"]
    near = nearest(
        error.option_name.lstrip("-"), (name.lstrip("-") for name in (*options, "--help") if name[:2] == "--")
    )
    return usage.NO_OPTION(name=error.option_name, suggestion=did_you_mean_one_of([f"--{name}" for name in near]))


def _missing(error: Any) -> Text:
    if error.param is None:
        return _other(error)
    template = usage.MISSING_ARGUMENT if error.param.param_type_name == "argument" else usage.MISSING_OPTION
    return template(name=_name(error))


def _bad_value(error: Any) -> Text:
    message = str(error.message).removeprefix(_OF_PYDANTIC)
    if match := _NO_CHOICE.fullmatch(message):
        given, choices = match["given"], re.findall("'([^']*)'", match["choices"])
        suggestion = did_you_mean(given, choices) or usage.USE_ONE_OF(choices=joined(map(as_text, choices)))
        return usage.INVALID_CHOICE(value=given, name=_name(error), suggestion=suggestion)
    if error.param is None:
        return _other(error)
    is_length = message.startswith(_NO_NUMBER) and error.param.metavar in usage.NOT_LENGTHS
    reason = usage.NOT_LENGTHS[error.param.metavar] if is_length else _reason(_clause(message))
    return usage.INVALID_VALUE(name=_name(error), reason=reason)


def _reason(clause: str) -> Text:
    """The mistake in a value, translated if the catalogue has the sentence."""
    for pattern, text in usage.REASONS.items():
        if match := re.match(pattern, clause):
            return text(**match.groupdict()) if isinstance(text, Template) else text
    return as_text(clause)


def _usage(error: Any) -> Text:
    if match := _NO_COMMAND.match(str(error.message)):
        names = error.ctx.command.list_commands(error.ctx)
        suggestion = did_you_mean(match["name"], names)
        if not suggestion.en and len(names) <= FEW:
            suggestion = usage.USE_ONE_OF(choices=joined(map(as_text, names)))
        return usage.NO_COMMAND(name=match["name"], suggestion=suggestion)
    return _other(error)


def _other(error: Any) -> Text:
    message = str(error.format_message())
    if match := _EXTRA.match(message):
        return usage.EXTRA_ARGUMENT(words=match["words"])
    if match := _NO_VALUE.match(message):
        return usage.NO_VALUE(name=match["name"])
    return as_text(_clause(message))


def _clause(sentence: str) -> str:
    """A sentence of typer or pydantic as the end of a line, without pydantic's explanation of a parser."""
    first = sentence.removesuffix(".").partition(", unable to parse")[0]
    return first[:1].lower() + first[1:]


def _name(error: Any) -> str:
    if error.param.param_type_name == "argument":
        return argument_name(error.param)
    return str(error.param.get_error_hint()).replace("'", "")


_MESSAGES: dict[str, Callable[[Any], Text]] = {
    "NoSuchOption": _no_option,
    "MissingParameter": _missing,
    "BadParameter": _bad_value,
    "UsageError": _usage,
}
