"""The purposes of resources in the plan are translated."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from deploy.site import read_plan
from shared.texts.deploy import purposes


def of_plan() -> Iterator[str]:
    """The purposes that a plan or the doctor shows."""
    plan: Any = read_plan()
    yield from plan["accounts"].values()
    yield from plan["topics"].values()
    for spec in (*plan["grants"], plan["subscriber_grant"], *plan["agents"].values()):
        yield spec["why"]


@pytest.mark.parametrize("english", sorted(set(of_plan())))
def test_each_purpose_has_a_japanese_sentence(english: str) -> None:
    assert english in purposes.JAPANESE


def test_no_translation_of_a_deleted_purpose_remains() -> None:
    assert set(purposes.JAPANESE) <= set(of_plan())
