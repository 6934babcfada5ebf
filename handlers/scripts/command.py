"""The command of a script with the values of its parameters, as a list of arguments that no shell reads."""

from __future__ import annotations

import shlex
import string
from collections.abc import Iterator, Mapping

from handlers.scripts.script import ParameterType, Script
from handlers.scripts.values import shown
from shared.errors import InputError
from shared.lazy.dataclass import dataclass
from shared.texts import scripts

END_OF_OPTIONS = "--"
PARAMETER = "PARAM_"  # before the name of a parameter, in upper case: the variable of its value


@dataclass(frozen=True, slots=True)
class ScriptCall:
    """The call of a script: the arguments, with the checked values of the parameters."""

    script: Script
    arguments: tuple[str, ...]
    values: Mapping[str, str]

    @property
    def variables(self) -> dict[str, str]:
        """The environment variables of the parameters."""
        return {f"{PARAMETER}{name.upper()}": value for name, value in self.values.items()}

    @property
    def line(self) -> str:
        """The arguments as a line for a shell, for display."""
        return shlex.join(self.arguments)


def call(script: Script, values: Mapping[str, str]) -> ScriptCall:
    """The call with these checked values. Raises InputError if a value would be read as an option."""
    return ScriptCall(script, tuple(_arguments(script, values)), values)


def placeholders(argument: str) -> tuple[str, ...]:
    """The names of the parameters in an argument. Raises ValueError for a brace that does not belong to a parameter."""
    names = []
    for _, name, form, conversion in string.Formatter().parse(argument):
        if name is None:
            continue
        if form or conversion or not name.isidentifier():
            raise ValueError(argument)
        names.append(name)
    return tuple(names)


def _arguments(script: Script, values: Mapping[str, str]) -> Iterator[str]:
    is_after_options = False
    for argument in script.command:
        filled, names = "".join(_parts(argument, values)), placeholders(argument)
        is_free = (
            bool(names) and argument.startswith("{") and script.parameters[names[0]].type is not ParameterType.ENUM
        )
        if is_free and filled.startswith("-") and not is_after_options:
            raise InputError(scripts.OPTION(name=names[0], value=shown(filled)))
        is_after_options = is_after_options or argument == END_OF_OPTIONS
        yield filled


def _parts(argument: str, values: Mapping[str, str]) -> Iterator[str]:
    """The parts of an argument. A value is inserted unchanged: braces in it are not placeholders."""
    for literal, name, _, _ in string.Formatter().parse(argument):
        yield literal
        if name is not None:
            yield values[name]
