"""Whether a channel is set up: the variables that are missing, or the channel that a mistyped name means."""

from __future__ import annotations

from typing import Any

from shared.config import Settings
from shared.errors import InputError
from shared.suggestions import did_you_mean, listed
from shared.texts import Text, joined
from shared.texts.cli import notify_test as texts


def check_channel(notifier: Any, channel: str, settings: Settings) -> None:
    """Raises InputError if the channel is not set up: with those that are, or with all variables that are missing."""
    declared = (*getattr(notifier, "SETTINGS", ()), *getattr(notifier, "SECRETS", ()))
    required = [each for each in declared if each.required]
    for setting in (each for each in required if each.parameter):
        names = (setting.name_in(variable) for variable, value in settings.environment.items() if value)
        channels = sorted({name.lower() for name in names if name is not None})
        if channels and channel not in channels:
            near = did_you_mean(channel, channels) or texts.CHANNELS(names=listed(channels))
            raise InputError(texts.NO_CHANNEL(name=channel, variable=setting.of(channel), suggestion=near))
    missing = [each.of(channel) for each in required if not settings.environment.get(each.of(channel))]
    if missing:
        raise InputError(texts.NOT_SET(names=joined(list(map(Text.verbatim, missing))), notifier=notifier.NAME))
