"""The stored state of a series."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from benchmarks.generated_series import Floats, series_of_all_kinds
from insights.baselines.detector import observe
from insights.baselines.packing import pack, unpack
from insights.baselines.state import SeriesState, new_state

pytestmark = pytest.mark.slow

LARGEST = 5000  # bytes of a series


def learn(state: SeriesState, values: Floats, first: int) -> SeriesState:
    for at in range(values.shape[1]):
        observe(state, np.full(len(values), 1.79e9 + 300 * (first + at)), values[:, at])
    return state


def differences(one: SeriesState, other: SeriesState) -> list[str]:
    names = [each.name for each in fields(SeriesState)]
    return [name for name in names if not np.array_equal(getattr(one, name), getattr(other, name))]


def test_a_state_that_is_stored_often_is_the_state_that_was_never_stored() -> None:
    values = np.concatenate(list(series_of_all_kinds(3, 1, 1060).values()))
    whole = learn(new_state(len(values)), values, 0)
    often = new_state(len(values))
    for first, last in ((0, 1), (1, 70), (70, 290), (290, 1020), (1020, 1060)):
        often = unpack(pack(learn(often, values[:, first:last], first)))
    assert differences(whole, often) == []
    assert max(len(each) for each in pack(whole)) < LARGEST


def test_a_state_of_another_version_begins_anew() -> None:
    found = unpack([None, b"\x00 of an earlier release", pack(learn(new_state(1), np.full((1, 3), 7.0), 0))[0]])
    assert found.count.tolist() == [0, 0, 3]
    assert differences(found.first(2), new_state(2)) == []
