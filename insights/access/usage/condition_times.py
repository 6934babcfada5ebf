"""When a conditional grant could be used: the times at which its condition is not known to be false."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from typing import Any

from insights.access.iam_conditions import Ternary, holds, stamps
from insights.access.usage.periods import Period, joined


def could_hold(condition: dict[str, Any] | None, window: Period) -> list[Period]:
    """The periods of a window, in order; the whole of it where the condition is not about time."""
    expression = str((condition or {}).get("expression") or "")
    return list(_could_hold(expression, window)) if expression else [window]


def is_certain(condition: dict[str, Any] | None, at: datetime) -> bool:
    """Whether a grant was surely in force, as far as its condition goes."""
    return holds(condition, at) is Ternary.YES


@lru_cache(maxsize=5_000)
def _could_hold(expression: str, window: Period) -> tuple[Period, ...]:
    start, end = window
    turns = sorted({time for time in stamps(expression) if start < time < end})
    edges = [start, *turns, end]
    # Between two times that it names it is the same all the time.
    between = [(one, other) for one, other in pairwise(edges) if _could(expression, one, other)]
    return tuple(joined([*between, *((time, time) for time in edges if _could(expression, time, time))]))


def _could(expression: str, start: datetime, end: datetime) -> bool:
    return holds({"expression": expression}, start + (end - start) / 2) is not Ternary.NO
