"""The latest runs of a job as bars in a row of a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

STEP, WIDTH, HEIGHT, LOWEST = 7, 5, 18, 3
BASE = 19


@dataclass(frozen=True, slots=True)
class RunBar:
    """One run: its kind (`ok`, `slow`, `failed`, `live`, `missing`, `other`), its left edge, its top and its height."""

    kind: str
    x: int
    y: int
    height: int


def run_bars(runs: Sequence[tuple[str, float | None]], *, most: int) -> list[RunBar]:
    """The bars of runs, given as kind and seconds (None: unknown), oldest first; fewer than `most` stand at the right."""
    longest = max((seconds or 0.0 for _, seconds in runs), default=0.0)
    return list(_bars(runs[-most:], longest or 1.0, most))


def _bars(runs: Sequence[tuple[str, float | None]], longest: float, most: int) -> Iterator[RunBar]:
    for place, (kind, seconds) in enumerate(runs, start=most - len(runs)):
        height = HEIGHT // 2 if seconds is None else max(LOWEST, round(HEIGHT * seconds / longest))
        if kind == "failed":
            height = max(height, 8)  # its cross has to fit
        yield RunBar(kind, place * STEP, BASE - height, height)
