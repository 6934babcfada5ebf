"""Parameters whose values are converted without pydantic.

typer converts every value with pydantic, whose import takes a fifth of the time of a short command. Most commands are
called without options, or with texts, numbers, choices, paths, and lists of these.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from enum import Enum
from pathlib import Path
from typing import Any, get_args

from cli.length_options import as_number

_NUMBERS = {int: re.compile(r"[0-9]{1,18}"), float: re.compile(r"[0-9]{1,15}(\.[0-9]{1,15})?")}


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
    """The meaning of a word, or the list of meanings of several words; None for all other values."""
    info = kind.parameter_info
    if info.parser is not None:
        return None
    if not kind.is_list:
        return _of_word(value, kind.annotation, info)
    (annotation,) = get_args(kind.annotation)
    values = [_of_word(each, annotation, info) for each in value]
    return None if None in values else values


def _of_word(value: Any, annotation: Any, info: Any) -> Any:
    """The text, the number within its limits, the choice, or the path that needs no check; None for all other values."""
    if not isinstance(value, str) or not isinstance(annotation, type):
        return None
    if annotation is str:
        return value
    if annotation in _NUMBERS:
        return _number(value, annotation, info)
    if issubclass(annotation, Enum):
        return next((choice for choice in annotation if choice.value == value), None)
    return _path(value, info) if annotation is Path else None


def _number(value: str, annotation: type, info: Any) -> Any:
    if not _NUMBERS[annotation].fullmatch(value):
        return None
    number = annotation(value)
    is_within = (info.min is None or number >= info.min) and (info.max is None or number <= info.max)
    return number if is_within else None  # typer's error names the limit


def _path(value: str, info: Any) -> Path | None:
    is_checked = info.exists or info.writable or info.resolve_path or info.allow_dash
    if is_checked or not (info.file_okay and info.dir_okay) or "\0" in value:
        return None
    return Path(value) if os.access(value, os.R_OK) or not os.path.exists(value) else None  # noqa: PTH110 - of any text
