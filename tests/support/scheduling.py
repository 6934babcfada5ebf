"""Which process of pytest-xdist runs which tests."""

from __future__ import annotations

from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling


def by_file(config: pytest.Config, log: Any) -> LoadFileScheduling:
    """The tests of a file stay in one process, because fixtures of a module are expensive; files start in order."""
    config.option.loadscopereorder = False
    return LoadFileScheduling(config, log)


def slow_first(items: list[pytest.Item]) -> None:
    """Sorts tests so that no slow file starts when the other processes are about to end."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)
