"""A regular expression that is compiled with its first use.

Compiling one takes a tenth of a millisecond or two, and the modules of a start have dozens of them. Use this function in
modules that are imported at start-up; elsewhere, `re.compile` is as good.
"""

from __future__ import annotations

import re
from typing import Any, cast


def lazy_pattern(expression: str, flags: int = 0) -> re.Pattern[str]:
    """Like `re.compile`, but an invalid expression raises re.error only when it is used."""
    return cast("re.Pattern[str]", _LazyPattern(expression, flags))


class _LazyPattern:
    """A stand-in for the pattern, with its methods; each is looked up once."""

    def __init__(self, expression: str, flags: int) -> None:
        self._expression, self._flags = expression, flags

    def __getattr__(self, name: str) -> Any:
        method = getattr(re.compile(self._expression, self._flags), name)
        setattr(self, name, method)
        return method
