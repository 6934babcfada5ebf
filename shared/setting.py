"""The environment variables of a plug-in or a connection, declared beside the code that reads them.

A notifier, an action or a connection lists them in `SETTINGS`, and those that contain a password, a token or a URL with
a signature in `SECRETS`. The configuration, deploy.sh, `hinomi doctor`, the permissions and docs/settings.md are built
from these lists, so no other code depends on the plug-in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cached_property
from typing import Any

from shared.errors import InputError
from shared.lazy.dataclass import dataclass
from shared.lazy.pattern import lazy_pattern
from shared.secret import Secret
from shared.texts import Template
from shared.texts import validation as texts

DEFAULT_NAME = "default"
_PLACEHOLDER = lazy_pattern(r"\[_<([A-Z]+)>\]|<([A-Z]+)>")


@dataclass(frozen=True)
class Setting:
    """One environment variable, or one for each channel or connection.

    `variable`: in `HINOMI_AIRFLOW_<NAME>_URL`, `<NAME>` is the name of a connection. In
    `HINOMI_TEAMS_WEBHOOK_URL[_<CHANNEL>]` the optional end is the name of a channel; the channel `default` has the
    variable without it. A handler rule chooses with the parameter of the same name (`channel`). `doc` is a sentence for
    docs/settings.md, `example` a value for it. `required`: the plug-in cannot work without a value. `functions`: the
    only functions that read it; if empty, every function that the plug-in or connection runs in. `check` raises
    InputError for an invalid value; deploy.sh calls it, so that a mistake is known before the first message. Not `of_rule`:
    the name does not come from the parameter of a handler rule. `form`: a regular expression of values that contain no
    secret, one of shared/redaction/setting_values.py or the choices; other values are hidden where settings are shown.
    """

    variable: str
    doc: str
    default: str = ""
    example: str = ""
    required: bool = False
    functions: tuple[str, ...] = ()
    check: Callable[[str], None] | None = None
    of_rule: bool = True
    form: str = ""

    @cached_property
    def parameter(self) -> str:
        """The name of the parameter that selects the channel or connection; empty for a single variable."""
        match = _PLACEHOLDER.search(self.variable)
        return (match[1] or match[2]).lower() if match else ""

    @cached_property
    def documented(self) -> tuple[str, ...]:
        """The variable as documentation writes it, in both forms if the default has a shorter one."""
        if "[" not in self.variable:
            return (self.variable,)
        return self.variable.partition("[")[0], self.variable.replace("[", "").replace("]", "")

    @cached_property
    def literal(self) -> str:
        """The variable without placeholders: of two matching patterns, the longer one is more specific."""
        return _PLACEHOLDER.sub("", self.variable)

    def of(self, name: str = DEFAULT_NAME) -> str:
        """The name of the variable for the channel or connection `name`."""
        upper = name.upper()
        return _PLACEHOLDER.sub(lambda match: _filled(match, upper), self.variable)

    def name_in(self, variable: str) -> str | None:
        """The channel or connection in the name of a variable; `default` for a single one, None for another setting's variable."""
        match = self._pattern.fullmatch(variable)
        if match is None:
            return None
        return next((part.lower() for part in match.groups() if part), DEFAULT_NAME)

    def secret(self, environment: Mapping[str, Secret], name: str = DEFAULT_NAME) -> Secret:
        """The secret of a channel or connection. Raises InputError when it is not set."""
        value = environment.get(self.of(name))
        if not value:
            raise InputError(texts.NOT_SET(name=self.of(name)))
        return value

    def text(self, environment: Mapping[str, Secret], name: str = DEFAULT_NAME) -> str:
        """The value of a plain setting, or its default."""
        value = environment.get(self.of(name))
        return value.reveal() if value else self.default

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        parts, end = [], 0
        for match in _PLACEHOLDER.finditer(self.variable):
            parts += [
                re.escape(self.variable[end : match.start()]),
                r"(?:_([A-Z0-9_]+))?" if match[1] else r"([A-Z0-9_]+)",
            ]
            end = match.end()
        return re.compile("".join(parts) + re.escape(self.variable[end:]))


def of_form(form: str, error: Template) -> Callable[[str], None]:
    """A `check` for settings whose values match a regular expression; `error` is the text for any other `value`."""

    def check(value: str) -> None:
        if not re.fullmatch(form, value, re.ASCII):
            from shared.redaction.setting_values import shown_invalid  # noqa: PLC0415 - only invalid values need it

            raise InputError(error(value=shown_invalid(value)))

    return check


def declaring(settings: Iterable[Setting], variable: str) -> Setting | None:
    """The setting that declares a variable; if several patterns match, the most specific one."""
    matching = [setting for setting in settings if setting.name_in(variable) is not None]
    return max(matching, key=lambda setting: len(setting.literal), default=None)


def values_by_name(
    settings: Collection[Setting], secrets: Collection[Setting], environment: Mapping[str, Secret]
) -> dict[str, dict[str, Any]]:
    """The values that are set, by the name of their connection and the last word of their variable in lower case.

    Values of `secrets` stay secrets.
    """
    values: dict[str, dict[str, Any]] = {}
    for variable, value in environment.items():
        setting = declaring((*settings, *secrets), variable)
        name = setting.name_in(variable) if setting else None
        if setting is not None and name is not None and value:
            key = setting.variable.rpartition(">_")[2].lower()
            values.setdefault(name, {})[key] = value if setting in secrets else value.reveal()
    return values


def _filled(match: re.Match[str], name: str) -> str:
    if match[1] is None:
        return name
    return "" if name == DEFAULT_NAME.upper() else f"_{name}"
