"""Prints the scripts of the installation."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console

from cli.language import listed, localize
from cli.views import output
from shared.config import Settings
from shared.durations import duration_text
from shared.texts import Text, joined
from shared.texts.scripts import cli as texts

if TYPE_CHECKING:
    from handlers.scripts.script import Script, ScriptParameter


def print_scripts(console: Console, scripts: Sequence[Script], settings: Settings) -> None:
    """Prints each script: its purpose, command, parameters with limits, and secrets that are not set."""
    for script in scripts:
        console.print(output.styled(script.name, "bold"))
        facts: list[tuple[str | Text, object]] = [
            (texts.DOES, script.description),
            (texts.COMMAND, output.ShellCommands([shlex.join(script.command)])),
            *((name, localize(_parameter(each))) for name, each in script.parameters.items()),
            (texts.SECRETS, localize(joined(_secret(name, settings) for name in script.secrets))),
            (texts.PERMISSIONS, listed(script.permissions)),
            (texts.TIME_LIMIT, localize(duration_text(script.time_limit, units=1))),
            (texts.REPEATS, localize(texts.IDEMPOTENT if script.idempotent else texts.NOT_IDEMPOTENT)),
            (texts.UNDO, script.undo),
            (texts.WORKER, script.worker),
        ]
        output.print_details(console, facts, indent=2)


def _parameter(parameter: ScriptParameter) -> Text:
    limits = [str(parameter.type), *_limits(parameter)]
    source = [texts.FROM(source=parameter.source)] if parameter.source else []
    default = [texts.DEFAULT(value=parameter.default)] if parameter.default is not None else []
    required = [] if source or default else [texts.REQUIRED]
    return joined([Text.verbatim(" ".join(limits)), *source, *default, *required])


def _limits(parameter: ScriptParameter) -> list[str]:
    if parameter.pattern:
        return [parameter.pattern, f"≤ {parameter.max_length}"]
    bounds = parameter.minimum is not None or parameter.maximum is not None
    low, high = ("" if bound is None else str(bound) for bound in (parameter.minimum, parameter.maximum))
    return [f"{low}–{high}"] if bounds else [" | ".join(parameter.values)] if parameter.values else []


def _secret(name: str, settings: Settings) -> Text:
    from handlers.scripts.local import SECRET

    variable = SECRET.of(name)
    return Text.verbatim(name) if variable in settings.environment else texts.NOT_SET(name=name, variable=variable)
