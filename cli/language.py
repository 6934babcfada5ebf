"""The language of the command line: that of HINOMI_LANGUAGE."""

from __future__ import annotations

from shared import config
from shared.texts import Text


def localize(text: Text) -> str:
    """The text in the language of HINOMI_LANGUAGE."""
    return text.in_language(config.language())
