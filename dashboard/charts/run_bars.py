"""The latest runs of a job as bars in a row of a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from shared.lazy.dataclass import dataclass

CLASSES = {
    "ok": "ok",
    "slow": "slow",
    "failed": "bad",
    "other": "rest",
    "live": "live",
    "missing": "none",
}  # of style.css
STEP, WIDTH, HEIGHT, LOWEST = 7, 5, 18, 3
BASE = 19


@dataclass(frozen=True, slots=True)
class RunBar:
    """A run: its kind (`ok`, `slow`, `failed`, `live`, `missing`, `other`), its left edge, its top and its height."""

    kind: str
    x: int
    y: int
    height: int


def run_bars(runs: Sequence[tuple[str, float | None]], *, most: int, full: float = 0.0) -> list[RunBar]:
    """The bars of runs, given as kind and seconds (None: unknown), oldest first; fewer than `most` are aligned right.

    The longest run has the full height, or one of `full` seconds if none is as long.
    """
    longest = max((seconds or 0.0 for _, seconds in runs), default=0.0)
    longest = max(longest, full)
    return list(_bars(runs[-most:], longest or 1.0, most))


def run_paths(bars: Sequence[RunBar], needs: bool = False) -> list[tuple[str, str]]:  # noqa: FBT001, FBT002 - a filter of templates
    """The class and the path of the bars of each kind, then of the marks on them: a list has hundreds of bars.

    `needs`: a failed last run is one that needs a person.
    """
    paths: dict[str, list[str]] = {}
    for place, bar in enumerate(bars, start=1):
        is_hot = needs and bar.kind == "failed" and place == len(bars)
        paths.setdefault("bad now" if is_hot else CLASSES[bar.kind], []).append(_outline(bar))
    for bar in bars:
        if bar.kind == "failed":
            paths.setdefault("x", []).append(f"M{bar.x + 0.8:g} {bar.y + 1.5:g}l3.4 3.4m0-3.4l-3.4 3.4")
        elif bar.kind == "slow":
            paths.setdefault("notch", []).append(f"M{bar.x - 0.5:g} {bar.y + 5}h6")
    return [(name, "".join(parts)) for name, parts in paths.items()]


def _outline(bar: RunBar) -> str:
    """The rectangle of a bar; the line of an outlined bar lies inside the rectangle."""
    if bar.kind in ("live", "missing"):
        return f"M{bar.x + 0.5:g} {bar.y + 0.5:g}h{WIDTH - 1}v{bar.height - 1}h-{WIDTH - 1}z"
    return f"M{bar.x} {bar.y}h{WIDTH}v{bar.height}h-{WIDTH}z"


def _bars(runs: Sequence[tuple[str, float | None]], longest: float, most: int) -> Iterator[RunBar]:
    for place, (kind, seconds) in enumerate(runs, start=most - len(runs)):
        height = HEIGHT // 2 if seconds is None else max(LOWEST, round(HEIGHT * seconds / longest))
        if kind == "failed":
            height = max(height, 8)  # its cross has to fit
        yield RunBar(kind, place * STEP, BASE - height, height)
