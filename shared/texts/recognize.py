"""Finds the text of an English sentence that was stored, such as the reason of a rejected message."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from types import ModuleType

from shared.texts import Template, Text


def recognized(english: str, topic: ModuleType) -> Text:
    """The text of the topic whose English form is this sentence; otherwise the sentence itself in every language.

    A value of a template may be a text of the topic itself.
    """
    for text in _texts(topic):
        if isinstance(text, Text):
            if text.en == english:
                return text
        elif found := _pattern(text.en).fullmatch(english):
            return text(**{name: recognized(value, topic) for name, value in found.groupdict().items()})
    return Text.verbatim(english)


def _texts(topic: ModuleType) -> Iterator[Text | Template]:
    for value in vars(topic).values():
        for text in value.values() if isinstance(value, Mapping) else (value,):
            if isinstance(text, Text | Template):
                yield text


@cache
def _pattern(template: str) -> re.Pattern[str]:
    """The sentences that a template makes: literal words, and any text for each placeholder."""
    parts = re.split(r"\{(\w+)\}", template)
    pieces = [f"(?P<{part}>.*?)" if at % 2 else re.escape(part) for at, part in enumerate(parts)]
    return re.compile("".join(pieces), re.DOTALL)
