"""The names of the channels that are set up, for a mistyped one."""

from __future__ import annotations

from typing import Any

from shared.config import Settings
from shared.errors import InputError
from shared.suggestions import did_you_mean, listed
from shared.texts.cli import notify_test as texts


def check_channel(notifier: Any, channel: str, settings: Settings) -> None:
    """Raises InputError with the channels of a notifier that are set up if this one is not, but others are."""
    declared = (*getattr(notifier, "SETTINGS", ()), *getattr(notifier, "SECRETS", ()))
    for setting in (each for each in declared if each.required and each.parameter):
        names = (setting.name_in(variable) for variable, value in settings.environment.items() if value)
        channels = sorted({name.lower() for name in names if name is not None})
        if channels and channel not in channels:
            near = did_you_mean(channel, channels) or texts.CHANNELS(names=listed(channels))
            raise InputError(texts.NO_CHANNEL(name=channel, variable=setting.of(channel), suggestion=near))
