"""The topic of a reporter."""

from __future__ import annotations

import re

from shared.config import Settings
from shared.errors import InputError
from shared.texts.cli import ping as texts

_TOPIC = re.compile(r"projects/[^/\s]+/topics/[^/\s]+")


def topic_of(given: str, reporter: str, settings: Settings) -> str:
    """The topic of the reporter. Raises InputError if its project is unknown, or if the name is invalid."""
    if not given and not settings.project:
        raise InputError(texts.NO_PROJECT)
    topic = given or f"projects/{settings.project}/topics/hinomi-reports-{reporter}"
    if not _TOPIC.fullmatch(topic):
        raise InputError(texts.NO_TOPIC(topic=topic))
    return topic
