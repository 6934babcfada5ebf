"""Typography of Japanese texts: places without spaces and without line breaks."""

from __future__ import annotations

from collections.abc import Iterable

from shared.lazy.pattern import lazy_pattern

_OF_LATIN = lazy_pattern(r"(?<=の)(?=[A-Za-z])")
_COUNTED = lazy_pattern(r"(?<=[0-9]) (?=[件日分秒時回個人年週台行本])")
_FULL_STOP = "。"


def with_bound_units(japanese: str) -> str:
    """A Japanese text whose lines do not end between a number and its unit; の is apart from a Latin word that was filled in."""
    return _COUNTED.sub("\N{NO-BREAK SPACE}", _OF_LATIN.sub(" ", japanese))


def in_a_row(sentences: Iterable[str]) -> str:
    """The sentences joined by spaces, without one after a Japanese full stop; empty sentences are skipped."""
    made = ""
    for each in filter(None, sentences):
        made += each if not made or made.endswith(_FULL_STOP) else f" {each}"
    return made
