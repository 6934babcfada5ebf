"""One sentence in every language: what an action says of itself, for the record and for cards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from handlers.i18n import TABLES
from shared.errors import ActionError


@dataclass(frozen=True, slots=True)
class Said:
    """A text by language. English is what the record holds; the others are kept beside it."""

    texts: Mapping[str, str]

    @property
    def english(self) -> str:
        """What the record holds."""
        return self.texts["en"]

    @property
    def translations(self) -> dict[str, str]:
        """The text in the other languages."""
        return {language: text for language, text in self.texts.items() if language != "en"}


def say(key: str, **values: str | Said) -> Said:
    """The message of handlers/i18n.py with its placeholders filled."""
    return Said(
        {
            language: table[key].format(**{name: _in(language, value) for name, value in values.items()})
            for language, table in TABLES.items()
        }
    )


def failure(key: str, *, permanent: bool, retry_after: float | None = None, **values: str | Said) -> ActionError:
    """The error whose message is that of handlers/i18n.py, in every language."""
    said = say(key, **values)
    return ActionError(said.english, permanent=permanent, retry_after=retry_after, translations=said.translations)


def joined(parts: Sequence[Said]) -> Said:
    """The parts as a list."""
    return Said(
        {language: TABLES[language]["list.comma"].join(part.texts[language] for part in parts) for language in TABLES}
    )


def _in(language: str, value: str | Said) -> str:
    return value.texts[language] if isinstance(value, Said) else value
