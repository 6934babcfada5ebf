"""The stored state of a series."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.generated_series import Floats, series_of_all_kinds
from insights.baselines.detector import observe
from insights.baselines.packing import pack, unpack
from insights.baselines.state import SeriesState, new_state

pytestmark = pytest.mark.slow

LARGEST = 5000  # bytes of a series


def learn(state: SeriesState, values: Floats, first: int = 0) -> SeriesState:
    for at in range(values.shape[1]):
        observe(state, np.full(len(values), 1.79e9 + 300 * (first + at)), values[:, at])
    return state


def differences(one: SeriesState, other: SeriesState) -> list[str]:
    """The fields whose value, type or shape differs."""

    def differ(first: NDArray[Any], second: NDArray[Any]) -> bool:
        return first.dtype != second.dtype or not np.array_equal(first, second)

    names = [each.name for each in fields(SeriesState)]
    return [name for name in names if differ(getattr(one, name), getattr(other, name))]


def test_a_state_that_is_stored_is_restored_without_a_difference_whatever_its_age() -> None:
    """Later results depend only on the fields of the state, so they are the same as without storing."""
    values = np.concatenate(list(series_of_all_kinds(3, 1, 1060).values()))
    state = new_state(len(values))
    for first, last in ((0, 1), (1, 70), (70, 290), (290, 1020), (1020, 1060)):
        restored = unpack(pack(learn(state, values[:, first:last], first)))
        assert (last, differences(state, restored)) == (last, [])
        state = restored
    assert max(len(each) for each in pack(state)) < LARGEST


def test_a_state_of_another_version_begins_anew() -> None:
    found = unpack([None, b"\x00 of an earlier release", pack(learn(new_state(1), np.full((1, 3), 7.0)))[0]])
    assert found.count.tolist() == [0, 0, 3]
    assert differences(found.first(2), new_state(2)) == []
