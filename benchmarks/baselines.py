"""The learned baselines: alarms by chance against the promised budget, points a second, and the score on a labelled folder.

    .venv/bin/python -m benchmarks.baselines [--series 1001] [--weeks 6] [--labelled FOLDER]

The series without anomalies are generated (generated_series.py). FOLDER has CSV files `timestamp,value` and labels.json
with the windows of their anomalies, as the Numenta Anomaly Benchmark has them (Lavin and Ahmad 2015); the score is its:
a window found early counts most, a missed one and each false alarm cost, and one limit serves all series.
"""

from __future__ import annotations

import argparse
import csv
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import exp
from pathlib import Path

import numpy as np

from benchmarks.bars import Bars
from benchmarks.generated_series import KINDS, Floats, series_of_all_kinds
from insights.baselines.calibration import LEARNED, WEEK_POINTS, rarity_of
from insights.baselines.detector import observe
from insights.baselines.one_series import scores
from insights.baselines.state import new_state

BUDGETS = (2.0, 1.0, 0.5, 0.25, 0.1)
PROFILES = {"standard": (0.11, 1.0), "few false alarms": (0.22, 1.0), "few missed": (0.11, 2.0)}
PROBATION, PROBATION_POINTS = 0.15, 750
FULL = 2 / (1 + exp(-5)) - 1

Window = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Labelled:
    """The scores of a series, and the windows of its anomalies by row number."""

    scores: Floats
    windows: Sequence[Window]


def main() -> None:
    """Prints the measurements, and compares them with the limits."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--series", type=int, default=1001)
    parser.add_argument("--weeks", type=float, default=6)
    parser.add_argument("--seed", type=int, default=2)
    parser.add_argument("--labelled", type=Path)
    options = parser.parse_args()
    bars = Bars()
    chance(bars, options.series // len(KINDS), round(options.weeks * WEEK_POINTS), options.seed)
    if options.labelled:
        benchmark(options.labelled)
    bars.end()


def chance(bars: Bars, series: int, points: int, seed: int) -> None:
    """Alarms per week on series without anomalies, for each budget and each kind of series."""
    kinds = series_of_all_kinds(seed, series, points)
    values = np.concatenate(list(kinds.values()))
    state = new_state(len(values))
    found = np.empty(values.shape, dtype=np.float32)
    began = time.process_time()
    for at in range(points):
        found[:, at] = observe(state, np.full(len(values), 300.0 * at), values[:, at]).first_rarity
    seconds = (time.process_time() - began) / values.size * 100_000
    bars.at_most(1.0, "seconds for 100,000 points on one core", round(seconds, 2), " s")
    weeks = (points - LEARNED) / WEEK_POINTS
    print(f"{len(values)} series without anomalies, {weeks:.1f} weeks each after learning; alarms a week and series")
    print(f"{'promised':14}" + "".join(f"{budget:8}" for budget in BUDGETS))
    limits = np.array([rarity_of(budget) for budget in BUDGETS])
    for at, name in enumerate([*kinds, "all"]):
        rows = found[at * series : (at + 1) * series, LEARNED:] if name != "all" else found[:, LEARNED:]
        raised = [float((rows >= limit).sum()) / len(rows) / weeks for limit in limits]
        print(f"{name:14}" + "".join(f"{each:8.2f}" for each in raised))
    for budget, often in zip(BUDGETS, raised, strict=True):
        factor = max(often / budget, budget / max(often, 1e-9))
        bars.at_most(2.0, f"alarms for a budget of {budget} a week, {often:.2f}: factor between them", round(factor, 2))


def benchmark(folder: Path) -> None:
    """The score of the folder for each profile, at the best limit for all series."""
    labels: Mapping[str, list[list[str]]] = json.loads((folder / "labels.json").read_text())
    series = [_labelled(folder / name, windows) for name, windows in sorted(labels.items())]
    limits = np.unique(np.concatenate([each.scores[each.scores > 0.2].round(3) for each in series]))
    for name, (false_alarm, missed) in PROFILES.items():
        best, limit = max((score(series, limit, false_alarm, missed), limit) for limit in limits)
        print(f"{name}: {best:.1f} of 100 at {limit:.3f}, over {len(series)} series")


def _labelled(path: Path, windows: Sequence[Sequence[str]]) -> Labelled:
    with path.open() as file:
        rows = [(_time(row["timestamp"]), float(row["value"])) for row in csv.DictReader(file)]
    times = np.array([when for when, _ in rows])
    inside = [np.flatnonzero((times >= _time(begin)) & (times <= _time(end))) for begin, end in windows]
    return Labelled(np.array([each.score for each in scores(rows)]), [(int(at[0]), int(at[-1])) for at in inside])


def _time(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def score(series: Sequence[Labelled], limit: float, false_alarm: float, missed: float) -> float:
    """0 for no alarm, 100 for an alarm exactly at the first row of each window."""
    total = sum(_score(each, limit, false_alarm, missed) for each in series)
    windows = sum(len(each.windows) for each in series)
    return 100 * (total + missed * windows) / ((1 + missed) * windows)


def _score(series: Labelled, limit: float, false_alarm: float, missed: float) -> float:
    probation = min(int(PROBATION * len(series.scores)), PROBATION_POINTS)
    alarms = [int(at) for at in np.flatnonzero(series.scores >= limit) if at >= probation]
    total = 0.0
    for begin, end in series.windows:
        first = next((at for at in alarms if begin <= at <= end), None)
        total += -missed if first is None else _worth((first - end - 1) / (end - begin + 1)) / FULL
    outside = [at for at in alarms if not any(begin <= at <= end for begin, end in series.windows)]
    return total + sum(false_alarm * _after(at, series.windows) for at in outside)


def _after(at: int, windows: Sequence[Window]) -> float:
    """A false alarm soon after a window costs less."""
    before = [(begin, end) for begin, end in windows if end < at]
    return _worth((at - before[-1][1]) / max(before[-1][1] - before[-1][0], 1)) if before else -1.0


def _worth(position: float) -> float:
    """The score of a detection: 1 at the start of a window, 0 at its end, -1 after it."""
    return -1.0 if position > 3 else 2 / (1 + exp(5 * position)) - 1


if __name__ == "__main__":
    main()
