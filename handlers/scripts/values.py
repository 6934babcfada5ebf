"""Checks the values of a script's parameters, in the same way for handler rules, incidents and commands."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from handlers.scripts.script import LONGEST_VALUE, ParameterType, Script, ScriptParameter
from shared.errors import InputError
from shared.records import IncidentView
from shared.suggestions import did_you_mean
from shared.texts import EMPTY, Text, listed, scripts

FROM = "from"
LABEL = "label."
PROPERTIES = ("id", "kind", "rule", "severity", "service", "project", "resource", "principal")
MAX_SHOWN = 60
_INTEGER = re.compile(r"-?[0-9]{1,18}", re.ASCII)
# Control and format characters, separators of lines and paragraphs, unassigned and private characters, half surrogates.
_REFUSED = ("Cc", "Cf", "Zl", "Zp", "Cn", "Co", "Cs")


def resolved(script: Script, given: Mapping[str, Any], incident: IncidentView | None) -> dict[str, str]:
    """The checked values of all parameters as text, from the rule, the incident or the default.

    Raises InputError that names the parameter.
    """
    if unknown := [name for name in given if name not in script.parameters]:
        raise InputError(unknown_parameter(script, unknown[0]))
    return {
        name: check(name, parameter, _value(name, parameter, given, incident))
        for name, parameter in script.parameters.items()
    }


def problem_of_given(script: Script, given: Mapping[str, Any]) -> Text:
    """The mistake in the parameters of a handler rule; empty if there is none. Values of incidents are not known yet."""
    try:
        for name, value in given.items():
            if name not in script.parameters:
                return unknown_parameter(script, name)
            if isinstance(value, Mapping):
                check_source(name, source_of(name, value))
            else:
                check(name, script.parameters[name], value)
    except InputError as error:
        return error.text
    for name, parameter in script.parameters.items():
        if name not in given and not parameter.source and parameter.default is None:
            return scripts.NO_VALUE(name=name)
    return EMPTY


def unknown_parameter(script: Script, name: str) -> Text:
    """The message about a parameter that the script does not have."""
    near = did_you_mean(name, script.parameters, most=1) or scripts.USE(names=listed(script.parameters) or "–")
    return scripts.NO_PARAMETER(script=script.name, name=shown(name), suggestion=near)


def source_of(name: str, value: Mapping[str, Any]) -> str:
    """The source in `{from: label.dag_id}`. Raises InputError for another form."""
    if set(value) != {FROM} or not isinstance(value[FROM], str):
        raise InputError(scripts.SOURCE_FORM(name=name))
    return str(value[FROM])


def check_source(name: str, source: str) -> None:
    """Raises InputError if incidents have no such property."""
    if source.startswith(LABEL) and len(source) > len(LABEL):
        return
    if source not in PROPERTIES:
        near = did_you_mean(source, PROPERTIES, most=1) or EMPTY
        names = ", ".join(PROPERTIES)
        raise InputError(scripts.NO_SOURCE(name=name, source=shown(source), suggestion=near, names=names))


def check(name: str, parameter: ScriptParameter, value: Any) -> str:
    """The value as text. Raises InputError if it has another type or exceeds a limit."""
    text = _text(name, value)
    if refused := next((char for char in text if unicodedata.category(char) in _REFUSED), ""):
        raise InputError(scripts.CHARACTER(name=name, code=f"U+{ord(refused):04X}"))
    _CHECKS[parameter.type](name, parameter, text)
    return text


def shown(text: str) -> str:
    """A value for a message, printable and short."""
    clean = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text[: MAX_SHOWN + 1])
    return clean if len(clean) <= MAX_SHOWN else clean[:MAX_SHOWN] + "…"


def checked_value(name: str, parameter: ScriptParameter, given: Any, incident: IncidentView | None) -> str:
    """The value of one parameter as text, checked. Raises InputError."""
    return check(name, parameter, _value(name, parameter, {name: given}, incident))


def _value(name: str, parameter: ScriptParameter, given: Mapping[str, Any], incident: IncidentView | None) -> Any:
    value = given.get(name)
    if value is not None and not isinstance(value, Mapping):
        return value
    source = parameter.source if value is None else source_of(name, value)
    if source:
        check_source(name, source)
    taken = _of_incident(source, incident) if source and incident else ""
    if taken:
        return taken
    if parameter.default is not None:
        return parameter.default
    raise InputError(scripts.NOT_IN_INCIDENT(name=name, source=source) if source else scripts.NO_VALUE(name=name))


def _of_incident(source: str, incident: IncidentView) -> str:
    if source.startswith(LABEL):
        return str(incident.labels.get(source.removeprefix(LABEL), ""))
    return str(getattr(incident, source))


def _text(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str | int):
        raise InputError(scripts.NOT_A_VALUE(name=name))
    text = str(value)
    if len(text) > LONGEST_VALUE:
        raise InputError(scripts.TOO_LONG(name=name, length=len(text), most=LONGEST_VALUE))
    return text


def _check_string(name: str, parameter: ScriptParameter, text: str) -> None:
    if len(text) > parameter.max_length:
        raise InputError(scripts.TOO_LONG(name=name, length=len(text), most=parameter.max_length))
    if not matches(parameter.pattern, text):
        raise InputError(scripts.NO_MATCH(name=name, value=shown(text), pattern=parameter.pattern))


def _check_integer(name: str, parameter: ScriptParameter, text: str) -> None:
    if not _INTEGER.fullmatch(text):
        raise InputError(scripts.NO_INTEGER(name=name, value=shown(text)))
    low, high = parameter.minimum, parameter.maximum
    if (low is not None and int(text) < low) or (high is not None and int(text) > high):
        bounds = f"{'' if low is None else low}–{'' if high is None else high}"
        raise InputError(scripts.OUT_OF_BOUNDS(name=name, value=text, bounds=bounds))


def _check_enum(name: str, parameter: ScriptParameter, text: str) -> None:
    if text not in parameter.values:
        near = did_you_mean(text[:MAX_SHOWN], parameter.values, most=1) or scripts.USE(names=listed(parameter.values))
        raise InputError(scripts.NO_CHOICE(name=name, value=shown(text), suggestion=near))


def _check_boolean(name: str, _parameter: ScriptParameter, text: str) -> None:
    if text not in ("true", "false"):
        raise InputError(scripts.NO_BOOLEAN(name=name, value=shown(text)))


_CHECKS = {
    ParameterType.STRING: _check_string,
    ParameterType.INTEGER: _check_integer,
    ParameterType.ENUM: _check_enum,
    ParameterType.BOOLEAN: _check_boolean,
}


def matches(pattern: str, text: str) -> bool:
    """Whether the pattern matches the whole text, in linear time for every pattern."""
    import re2  # type: ignore[import-untyped]  # noqa: PLC0415

    return re2.fullmatch(pattern, text) is not None


def is_pattern(pattern: str) -> bool:
    """Whether a regular expression can be used."""
    import re2  # noqa: PLC0415

    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(pattern, options)
    except re2.error:
        return False
    return True
