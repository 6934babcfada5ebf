"""The parameter of all of Hinomi's notifiers: the name of the channel."""

from __future__ import annotations

import re

from shared.errors import InputError
from shared.lazy.dataclass import dataclass
from shared.setting import DEFAULT_NAME
from shared.texts import handler_rules

_NAME = re.compile(r"[a-z0-9_]{1,40}")


@dataclass(frozen=True, slots=True)
class ChannelParams:
    """The base of a notifier's Params, which declares `channel` again with its documentation.

    Raises InputError for a name that cannot end the name of a setting.
    """

    channel: str = DEFAULT_NAME

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.channel):
            raise InputError(handler_rules.INVALID_CHANNEL(name=self.channel))
