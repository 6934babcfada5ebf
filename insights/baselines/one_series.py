"""Scores a whole series: each point from itself and earlier points only."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from insights.baselines.calibration import LEARNED, rarity_of
from insights.baselines.detector import observe
from insights.baselines.state import new_state

BUDGET = 0.25  # alarms by chance in a week
HALF = 3.0  # the strength of a score of 1/2


@dataclass(frozen=True, slots=True)
class Scored:
    """A point: its score from 0 to 1, whether it is an alarm, and the expected value.

    A point without a value has score 0.
    """

    score: float
    is_alarm: bool
    expected: float


def scores(points: Iterable[tuple[float, float | None]]) -> Iterator[Scored]:
    """Judges points (epoch seconds, value) in their order; None and NaN are missing values and are skipped.

    A series without anomalies reaches the alarm limit once in four weeks. Alarms begin after two days
    of learning.
    """
    state, alarm = new_state(1), rarity_of(BUDGET)
    for time, value in points:
        if value is None or math.isnan(value):
            yield Scored(0.0, is_alarm=False, expected=math.nan)
            continue
        judged = observe(state, np.array([time]), np.array([value]))
        strength = float(judged.first_strength[0])
        is_alarm = float(judged.first_rarity[0]) >= alarm and int(state.count[0]) > LEARNED
        yield Scored(strength / (strength + HALF), is_alarm, float(judged.expected[0]))
