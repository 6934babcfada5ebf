"""A text in every language of Hinomi, and templates that make one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from shared.lazy.dataclass import dataclass
from shared.lazy.pattern import lazy_pattern

LANGUAGES = ("en", "ja")

# Where a value of a Japanese template begins and ends while it is filled in: characters that no text has.
_BEGIN, _END = "\ufdd0", "\ufdd1"
_JAPANESE, _KANA = "[ぁ-んァ-ヶー一-龥々]", "[ぁ-ん]"
_LATIN_BESIDE = lazy_pattern(f"(?<={_JAPANESE}){_BEGIN}(?=[A-Za-z0-9])|(?<=[A-Za-z0-9]){_END}(?={_JAPANESE})")
_KANA_BESIDE = lazy_pattern(f"(?<={_KANA}) {_BEGIN}(?={_JAPANESE})|(?<={_JAPANESE}){_END} (?={_KANA})")
_EDGE = lazy_pattern(f"[{_BEGIN}{_END}]")


@dataclass(frozen=True, slots=True)
class Text:
    """One text in every language. Databases, logs and JSON contain the English form."""

    en: str
    ja: str

    @classmethod
    def verbatim(cls, text: str) -> Text:
        """A text that is the same in every language: a name, a command, a message of another system."""
        return cls(en=text, ja=text)

    def in_language(self, language: str) -> str:
        """The text in `language`; English for a language that is not in LANGUAGES."""
        return self.ja if language == "ja" else self.en

    @property
    def translations(self) -> dict[str, str]:
        """The text by language, without the English one."""
        return {language: self.in_language(language) for language in LANGUAGES if language != "en"}

    def __str__(self) -> str:
        return self.en

    def __bool__(self) -> bool:
        return bool(self.en)


EMPTY = Text(en="", ja="")
COMMA = Text(en=", ", ja="、")  # separates the parts of a list
SPACE = Text(en=" ", ja="")  # separates sentences


@dataclass(frozen=True, slots=True)
class Template:
    """A text with placeholders such as `{count}`, the same ones in every language."""

    en: str
    ja: str

    def __call__(self, **values: str | float | Text) -> Text:
        """The text with its placeholders replaced; a value that is a Text is written in the language of the text.

        A placeholder without a value is left as it is: tests detect it, and no card or command fails because of it.
        """
        return Text(en=_filled(self.en, values, "en"), ja=_filled(self.ja, values, "ja"))


@dataclass(frozen=True, slots=True)
class Plural:
    """A text that depends on `count`: English has a singular and a plural, Japanese one form."""

    one: str
    many: str
    ja: str

    def __call__(self, *, count: int, **values: str | float | Text) -> Text:
        """The form for `count`, with its placeholders replaced as in Template; `{count}` has thousands separators."""
        return self.form(count)(count=f"{count:,}", **values)

    def form(self, count: int) -> Template:
        """The form for `count`."""
        return Template(en=self.one if count == 1 else self.many, ja=self.ja)


def as_text(value: Text | str) -> Text:
    """A Text as it is; a string as a text that is the same in every language."""
    return value if isinstance(value, Text) else Text.verbatim(value)


def joined(parts: Iterable[Text], separator: Text = COMMA) -> Text:
    """The parts joined by `separator`, in every language."""
    listed = list(parts)
    return Text(
        en=separator.en.join(part.en for part in listed),
        ja=separator.ja.join(part.ja for part in listed),
    )


def listed(names: Iterable[str]) -> Text:
    """Names that are the same in every language, with the separator of each."""
    return joined(map(Text.verbatim, names))


class _Values(dict[str, Any]):
    """The values of a template; a missing one becomes its placeholder."""

    def __missing__(self, name: str) -> str:
        return f"{{{name}}}"


def _filled(template: str, values: Mapping[str, object], language: str) -> str:
    shown = {name: value.in_language(language) if isinstance(value, Text) else value for name, value in values.items()}
    if language != "ja":
        return template.format_map(_Values(shown))
    marked = {name: f"{_BEGIN}{value}{_END}" for name, value in shown.items()}
    return _spaced(template.format_map(_Values(marked)))


def _spaced(japanese: str) -> str:
    """A Japanese text with a space between a particle and a Latin value, and none between a particle and a Japanese one."""
    return _EDGE.sub("", _KANA_BESIDE.sub("", _LATIN_BESIDE.sub(" ", japanese)))
