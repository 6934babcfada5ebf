"""Parameters whose values are converted without pydantic.

typer converts every value with pydantic, whose import takes a fifth of the time of a short command. Most commands are
called without options, or with texts, whole numbers and choices.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from enum import Enum
from typing import Any, get_args

from cli.length_options import as_number

_WHOLE = re.compile(r"[0-9]{1,18}")


class PlainValues:
    """Replaces typer's conversion of one parameter; `convert` returns typer's own conversion for all other values."""

    def __init__(self, convert: Callable[[], Any]) -> None:
        self._convert = convert

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """The value that the command receives. Raises typer's error for an invalid value."""
        if value is None:
            return () if param.multiple or param.nargs == -1 else None
        if _is_plain(value, param):
            return value
        value = as_number(value, param.metavar)
        simple = _simple(value, param.type_descriptor)
        return self._convert().coerce(value, param=param, ctx=ctx) if simple is None else simple


def skip_conversions(parameters: Iterable[Any]) -> None:
    """Makes typer convert only the parameters whose values need it."""
    for parameter in parameters:
        done = "get_runtime_param" in vars(parameter)  # by an earlier call in this process
        if (
            hasattr(parameter, "get_runtime_param") and not done
        ):  # an option of another class than typer's stays as it is
            values = PlainValues(parameter.get_runtime_param)
            parameter.get_runtime_param = lambda values=values: values


def _is_plain(value: Any, param: Any) -> bool:
    """Whether a value is the default of its own type, or a text where any text is accepted."""
    kind = param.type_descriptor
    if not isinstance(kind.annotation, type) or not isinstance(value, kind.annotation):
        return False
    return bool(value == param.default) or (kind.annotation is str and kind.parameter_info.parser is None)


def _simple(value: Any, kind: Any) -> Any:
    """The whole number within its limits, the choice, or the list of texts that the words say; None for all other values."""
    info = kind.parameter_info
    if info.parser is not None:
        return None
    if kind.is_list and get_args(kind.annotation) == (str,):
        return list(value)
    if not isinstance(value, str) or not isinstance(kind.annotation, type):
        return None
    if issubclass(kind.annotation, Enum):
        return next((choice for choice in kind.annotation if choice.value == value), None)
    if kind.annotation is not int or not _WHOLE.fullmatch(value):
        return None
    number = int(value)
    is_within = (info.min is None or number >= info.min) and (info.max is None or number <= info.max)
    return number if is_within else None  # typer's error names the limit
