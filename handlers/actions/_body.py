"""The JSON body of a call from a handler rule, with checked values of the incident."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from handlers.scripts import values
from handlers.scripts.script import ParameterType, ScriptParameter
from shared.errors import InputError
from shared.records import IncidentView
from shared.texts import scripts

MAX_LENGTH = 500  # characters of a value from an incident, unless the rule has its own limit
DEEPEST = 8
KEYS = {"from", "pattern", "max_length", "default"}


def filled(template: Any, incident: IncidentView, *, at: str = "body", depth: int = 0) -> Any:
    """The template with each `{from: label.NAME}` replaced by the value of the incident. Raises InputError."""
    if depth > DEEPEST:
        raise InputError(scripts.TOO_DEEP(name=at, most=DEEPEST))
    if isinstance(template, Mapping):
        if values.FROM in template:
            return _value(template, incident, at)
        return {str(key): filled(each, incident, at=f"{at}.{key}", depth=depth + 1) for key, each in template.items()}
    if isinstance(template, list | tuple):
        return [filled(each, incident, at=f"{at}[{number}]", depth=depth + 1) for number, each in enumerate(template)]
    return template


def check(template: Any, *, at: str = "body", depth: int = 0) -> None:
    """Raises InputError for a source that incidents do not have, or an invalid limit."""
    if depth > DEEPEST:
        raise InputError(scripts.TOO_DEEP(name=at, most=DEEPEST))
    if isinstance(template, Mapping) and values.FROM in template:
        _parameter(template, at)
    elif isinstance(template, Mapping):
        for key, each in template.items():
            check(each, at=f"{at}.{key}", depth=depth + 1)
    elif isinstance(template, list | tuple):
        for number, each in enumerate(template):
            check(each, at=f"{at}[{number}]", depth=depth + 1)


def _value(template: Mapping[str, Any], incident: IncidentView, at: str) -> str:
    parameter = _parameter(template, at)
    source = {values.FROM: parameter.source}
    return values.checked_value(at, parameter, source, incident)


def _parameter(template: Mapping[str, Any], at: str) -> ScriptParameter:
    """The limits of a value. Raises InputError."""
    source, pattern = template[values.FROM], template.get("pattern", "(?s).*")
    length, default = template.get("max_length", MAX_LENGTH), template.get("default")
    is_valid = isinstance(source, str) and isinstance(pattern, str) and type(length) is int and length > 0
    if not is_valid or set(template) - KEYS or not (default is None or isinstance(default, str)):
        raise InputError(scripts.VALUE_FORM(name=at))
    if not values.is_pattern(pattern):
        raise InputError(scripts.PATTERN)
    values.check_source(at, source)
    return ScriptParameter(ParameterType.STRING, pattern=pattern, max_length=length, source=source, default=default)
