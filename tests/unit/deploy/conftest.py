"""A project for the planner."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support import planning
from tests.support.planning import Ground


@pytest.fixture
def ground() -> Iterator[Ground]:
    """An empty project."""
    with planning.ground() as made:
        yield made
