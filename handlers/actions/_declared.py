"""Resources that the settings declare by a name that handler rules use: a topic, a workflow, a template."""

from __future__ import annotations

from collections.abc import Callable

from shared.config import Settings
from shared.errors import InputError
from shared.setting import Setting
from shared.texts import EMPTY, Template, Text


def value_of(setting: Setting, settings: Settings, name: str, unset: Template) -> str:
    """The value with that name.

    Raises InputError when it is not set (with the text `unset`, which gets the name and the variable) or invalid.
    """
    value = setting.text(settings.environment, name)
    if not value:
        raise InputError(unset(name=name[:100], setting=setting.of(name[:100])))
    if setting.check is not None:
        setting.check(value)
    return value


def problem_of(setting: Setting, settings: Settings, name: str, unset: Template) -> Text:
    """The mistake in the name for this installation; an empty text if there is none.

    Settings of functions are unknown here.
    """
    if not any(setting.name_in(variable) for variable in settings.environment):
        return EMPTY
    return mistake(lambda: value_of(setting, settings, name, unset))


def mistake(find: Callable[[], object]) -> Text:
    """The text of the InputError that the call raises; an empty text if it raises none."""
    try:
        find()
    except InputError as error:
        return error.text
    return EMPTY
