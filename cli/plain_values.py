"""Parameters whose values need no conversion.

typer converts every value with pydantic, whose import takes a tenth of the time of a short command. Most commands are
called without options, or with texts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any


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
        return self._convert().coerce(value, param=param, ctx=ctx)


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
