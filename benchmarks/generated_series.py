"""Generated series of a data platform without anomalies: thirteen kinds of load, five minutes apart."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
PER_DAY = 288
Kind = Callable[[np.random.Generator, int, int], Floats]


def _clock(points: int) -> Floats:
    return np.arange(points) / PER_DAY * 2 * np.pi


def _drawn(rng: np.random.Generator, series: int, low: float, high: float) -> Floats:
    """One parameter for each series, on a logarithmic scale."""
    found: Floats = np.exp(rng.uniform(np.log(low), np.log(high), (series, 1)))
    return found


def _smooth(rng: np.random.Generator, series: int, points: int, memory: Floats) -> Floats:
    """A process that forgets: each value is `memory` of the one before, and a new part. Its deviation is 1."""
    found = rng.normal(size=(series, points))
    for at in range(1, points):
        found[:, at] = memory[:, 0] * found[:, at - 1] + np.sqrt(1 - memory[:, 0] ** 2) * found[:, at]
    return found


def noise(rng: np.random.Generator, series: int, points: int) -> Floats:
    """A level with noise, such as the CPU of an idle machine."""
    return _drawn(rng, series, 1, 1000) * (1 + _drawn(rng, series, 0.01, 0.3) * rng.normal(size=(series, points)))


def days(rng: np.random.Generator, series: int, points: int) -> Floats:
    """A daily course with noise, such as requests of people."""
    wave = 1 + _drawn(rng, series, 0.2, 0.9) * np.sin(_clock(points) + rng.uniform(0, 6.28, (series, 1)))
    return np.maximum(wave + _drawn(rng, series, 0.02, 0.2) * rng.normal(size=(series, points)), 0) * 100


def weeks(rng: np.random.Generator, series: int, points: int) -> Floats:
    """A daily course that is weaker on two days of the week."""
    weekday = np.where((np.arange(points) // PER_DAY) % 7 < 5, 1.0, rng.uniform(0.2, 0.7, (series, 1)))
    return days(rng, series, points) * weekday


def smooth_days(_: np.random.Generator, series: int, points: int) -> Floats:
    """A daily course almost without noise, such as a temperature."""
    shift = np.linspace(0, 6.28, series)[:, None]
    return 20 + 5 * np.sin(_clock(points) + shift) + 0.5 * np.sin(2 * _clock(points) + 3 * shift)


def square(rng: np.random.Generator, series: int, points: int) -> Floats:
    """High in working hours, low otherwise."""
    hour = np.arange(points) % PER_DAY / 12
    begin = rng.integers(6, 10, (series, 1))
    high = (hour >= begin) & (hour < begin + rng.integers(6, 12, (series, 1)))
    return 10 + 40 * high + _drawn(rng, series, 0.2, 3) * rng.normal(size=(series, points))


def bursts(rng: np.random.Generator, series: int, points: int) -> Floats:
    """Zero except for rare bursts, such as errors."""
    some = rng.random((series, points)) < _drawn(rng, series, 0.005, 0.05)
    return np.round(some * rng.lognormal(1.5, 0.7, (series, points)))


def heavy(rng: np.random.Generator, series: int, points: int) -> Floats:
    """A process with memory and heavy tails, such as latency."""
    base = _smooth(rng, series, points, rng.uniform(0.5, 0.95, (series, 1)))
    return np.exp(_drawn(rng, series, 0.1, 0.6) * base) * 50


def walk(rng: np.random.Generator, series: int, points: int) -> Floats:
    """Almost a random walk, such as memory."""
    return 50 + 10 * _smooth(rng, series, points, rng.uniform(0.99, 0.998, (series, 1)))


def counts(rng: np.random.Generator, series: int, points: int) -> Floats:
    """Counts whose mean varies, such as messages."""
    mean = _drawn(rng, series, 2, 200) * np.exp(0.3 * _smooth(rng, series, points, np.full((series, 1), 0.9)))
    return rng.poisson(mean).astype(np.float64)


def jobs(rng: np.random.Generator, series: int, points: int) -> Floats:
    """Low except for a job at regular intervals, such as slots."""
    every = rng.integers(12, 72, (series, 1))
    lasts = np.maximum(every // rng.integers(4, 12, (series, 1)), 1)
    busy = (np.arange(points) + rng.integers(0, 72, (series, 1))) % every < lasts
    slots: Floats = 100 * busy * (1 + 0.1 * rng.normal(size=(series, points)))
    return 2 + slots + 0.5 * rng.normal(size=(series, points))


def trend(rng: np.random.Generator, series: int, points: int) -> Floats:
    """Growth with noise, such as bytes in a table."""
    growth = _drawn(rng, series, 0.05, 1) * np.arange(points) / points
    return 100 * (1 + growth) + _drawn(rng, series, 0.1, 2) * rng.normal(size=(series, points))


def saw(rng: np.random.Generator, series: int, points: int) -> Floats:
    """Grows and drops suddenly, such as a disk that is cleaned, or a heap."""
    every = rng.integers(100, 400, (series, 1))
    return (
        (np.arange(points) + rng.integers(0, 400, (series, 1))) % every / every * 60
        + 20
        + rng.normal(size=(series, points))
    )


def states(rng: np.random.Generator, series: int, points: int) -> Floats:
    """One of two levels, each for hours, such as workers of an autoscaler."""
    switches = rng.random((series, points)) < _drawn(rng, series, 1 / 120, 1 / 36)
    return 2 + 4 * (np.cumsum(switches, axis=1) % 2) + 0.02 * rng.normal(size=(series, points))


KINDS: Mapping[str, Kind] = {
    each.__name__: each
    for each in (noise, days, weeks, smooth_days, square, bursts, heavy, walk, counts, jobs, trend, saw, states)
}


def series_of_all_kinds(seed: int, series: int, points: int) -> Mapping[str, Floats]:
    """The same number of series of each kind."""
    return {
        name: make(np.random.default_rng((seed, at)), series, points) for at, (name, make) in enumerate(KINDS.items())
    }
