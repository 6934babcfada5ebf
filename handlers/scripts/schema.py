"""The keys of actions/NAME/action.yaml, as pydantic models. docs/scripts.md describes them for people."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema, field_validator, model_validator

from handlers.scripts import command, values
from handlers.scripts.script import LONGEST_VALUE, NAME, PYTHON, TIME_LIMIT_SECONDS, WORKER, ParameterType
from shared.errors import InputError, InvalidValueError
from shared.suggestions import did_you_mean
from shared.texts import EMPTY, scripts, validation
from shared.validation import DURATION, Block, Choice, Line, Matching, mistake, seconds

LONGEST_SECONDS = 24 * 3600
# Variables that change how a program or its interpreter works, or that Hinomi sets.
RESERVED = re.compile(
    r"PATH|HOME|TMPDIR|LANG|LC_.*|TZ|IFS|ENV|SHELL|BASH.*|LD_.*|DYLD_.*|PYTHON.*|PERL.*|RUBY.*|NODE.*|HINOMI_.*|PARAM_.*"
)
SHELLS = re.compile(r"(?:ba|da|z|k|a|c|tc|fi)?sh|busybox|python[0-9.]*|perl|ruby|node|php|lua")
CODE_FLAGS = re.compile(r"-[a-zA-Z]*[ceEr]|--(?:eval|command|run|execute).*")


def _line_of_time(value: Any) -> int:
    limit = int(seconds(value))
    if limit > LONGEST_SECONDS:
        raise InvalidValueError(scripts.TIME_LIMIT(most="24h"))
    return limit


def _listed(value: Any) -> Any:
    """A value of an enum: numbers are compared as text."""
    return [str(each) if type(each) is int else each for each in value] if isinstance(value, list) else value


TimeLimit = Annotated[int, BeforeValidator(_line_of_time), WithJsonSchema({"type": "string", "pattern": DURATION})]
ScriptName = Annotated[str, Matching(NAME, scripts.NAME_FORM)]
ParameterName = Annotated[str, Matching(r"[a-z][a-z0-9_]{0,39}", scripts.PARAMETER_FORM)]
Variable = Annotated[str, Matching(r"[A-Z][A-Z0-9_]{0,99}", scripts.VARIABLE_FORM)]
Worker = Annotated[str, Matching(WORKER, scripts.WORKER_FORM)]
Permission = Annotated[str, Matching(r"[a-z][a-zA-Z0-9]*(\.[a-zA-Z0-9]+){2,}", scripts.PERMISSION_FORM)]


class ParameterKeys(Block):
    """One parameter of a script."""

    type: Choice[ParameterType]
    description: Line = Field(default="", description="For people.", validate_default=False)
    pattern: str | None = Field(
        default=None, description="For a string: the regular expression that the whole value must match."
    )
    max_length: Annotated[int, Field(ge=1, le=LONGEST_VALUE)] = Field(
        default=200, description="For a string: the maximum number of characters."
    )
    min: int | None = Field(default=None, description="For an integer: the smallest value.")
    max: int | None = Field(default=None, description="For an integer: the largest value.")
    values: Annotated[list[str], BeforeValidator(_listed)] = Field(
        default=[], description="For an enum: the allowed values."
    )
    source: str | None = Field(default=None, alias="from", description="Property or label of the incident.")
    default: str | int | bool | None = Field(default=None, description="The default value.")

    @field_validator("pattern")
    @classmethod
    def _check_pattern(cls, pattern: str | None) -> str | None:
        if pattern is not None and not values.is_pattern(pattern):
            raise InvalidValueError(scripts.PATTERN)
        return pattern

    @field_validator("source")
    @classmethod
    def _check_source(cls, source: str | None) -> str | None:
        if source is not None:
            try:
                values.check_source("from", source)
            except InputError as error:
                raise InvalidValueError(error.text) from error
        return source

    @model_validator(mode="after")
    def _check_limits(self) -> ParameterKeys:
        """Checks that a parameter has only the limits of its type."""
        of_type = {
            ParameterType.STRING: ("pattern", "max_length"),
            ParameterType.INTEGER: ("min", "max"),
            ParameterType.ENUM: ("values",),
            ParameterType.BOOLEAN: (),
        }
        for name in ("pattern", "max_length", "min", "max", "values"):
            if name in self.model_fields_set and name not in of_type[self.type]:
                raise mistake(scripts.OTHER_TYPE(key=name, type=str(self.type)), name)
        if self.type is ParameterType.STRING and self.pattern is None:
            raise mistake(validation.MISSING_KEY(key="pattern"))
        if self.type is ParameterType.ENUM and not self.values:
            raise mistake(validation.MISSING_KEY(key="values"))
        if self.min is not None and self.max is not None and self.min > self.max:
            raise mistake(scripts.MIN_ABOVE_MAX, "min")
        return self


class ManifestKeys(Block):
    """The manifest of a script."""

    name: ScriptName
    description: Line
    command: list[str] = Field(min_length=1, description="The program and its arguments; {name} is a parameter.")
    parameters: dict[ParameterName, ParameterKeys] = Field(default={})
    secrets: list[Variable] = Field(default=[], description="Environment variables of the script.")
    permissions: list[Permission] = Field(default=[], description="IAM permissions of the script's account.")
    time_limit: TimeLimit = Field(
        default=TIME_LIMIT_SECONDS, description="The time limit, such as 2m, after which the script is killed."
    )
    idempotent: bool = Field(default=False, description="Whether the script may run again after an unknown result.")
    undo: ScriptName | None = Field(default=None, description="The script that reverses the changes.")
    worker: Worker | None = Field(
        default=None,
        description="The worker on-premises that runs the script (`hinomi worker actions --name`).",
    )

    @field_validator("secrets")
    @classmethod
    def _check_secrets(cls, names: list[str]) -> list[str]:
        for at, name in enumerate(names):
            if RESERVED.fullmatch(name):
                raise mistake(scripts.RESERVED(name=name), at)
            if name in names[:at]:
                raise mistake(scripts.SECRET_TWICE(name=name), at)
        return names

    @field_validator("command")
    @classmethod
    def _check_command(cls, arguments: list[str]) -> list[str]:
        for at, argument in enumerate(arguments):
            if not argument or "\0" in argument:
                raise mistake(scripts.EMPTY_ARGUMENT, at)
            try:
                names = command.placeholders(argument)
            except ValueError:
                raise mistake(scripts.BRACES(argument=argument), at) from None
            if at == 0 and names:
                raise mistake(scripts.PROGRAM_OF_PARAMETER, at)
            if names and _is_code(arguments[:at]):
                raise mistake(scripts.CODE(name=names[0], program=arguments[0]), at)
        if not is_program(arguments[0]):
            raise mistake(scripts.PROGRAM(program=arguments[0]), 0)
        return arguments

    @model_validator(mode="after")
    def _check_placeholders(self) -> ManifestKeys:
        for at, argument in enumerate(self.command):
            for name in command.placeholders(argument):
                if name not in self.parameters:
                    near = did_you_mean(name, self.parameters, most=1) or EMPTY
                    raise mistake(scripts.NO_PLACEHOLDER(name=name, suggestion=near), "command", at)
        return self


def is_program(program: str) -> bool:
    """Whether a program is `python`, an absolute path, or a path below the script's folder."""
    path = PurePosixPath(program)
    is_plain = "\\" not in program and ".." not in path.parts and not program.startswith("-")
    return program == PYTHON or (is_plain and str(path) == program.removeprefix("./") and program not in (".", "/"))


def _is_code(before: list[str]) -> bool:
    """Whether the argument behind these is code of a shell or another interpreter: a value in it could be code, too."""
    at = max((at for at, argument in enumerate(before) if SHELLS.fullmatch(PurePosixPath(argument).name)), default=None)
    options = [] if at is None else before[at + 1 :]
    return bool(options) and all(each.startswith("-") for each in options) and bool(CODE_FLAGS.fullmatch(options[-1]))
