"""Many patterns of the shell at once: names without wild cards are looked up, the others are one expression."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import translate
from functools import lru_cache

WILD = "*?["


def is_pattern(text: str) -> bool:
    """Whether a text stands for more than itself."""
    return any(char in text for char in WILD)


def matches(names: Iterable[str], patterns: tuple[str, ...]) -> bool:
    """Whether one of the names matches one of the patterns; case counts."""
    exact, wild = _compiled(patterns)
    return any(name in exact or (wild is not None and wild.match(name) is not None) for name in names)


@lru_cache(maxsize=50_000)
def _compiled(patterns: tuple[str, ...]) -> tuple[frozenset[str], re.Pattern[str] | None]:
    wild = "|".join(translate(pattern) for pattern in patterns if is_pattern(pattern))
    return frozenset(pattern for pattern in patterns if not is_pattern(pattern)), re.compile(wild) if wild else None
