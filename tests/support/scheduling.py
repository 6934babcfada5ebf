"""Distributes tests over the processes of pytest-xdist."""

from __future__ import annotations

from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling


def by_file(config: pytest.Config, log: Any) -> LoadFileScheduling:
    """Keeps the tests of a file in one process, because fixtures of a module are expensive; starts files in order."""
    config.option.loadscopereorder = False
    return LoadFileScheduling(config, log)


def slow_first(items: list[pytest.Item]) -> None:
    """Sorts tests so that files with slow tests start first, then those with properties: short files are the last."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    generating = {item.path for item in items if hasattr(getattr(item, "obj", None), "hypothesis")}
    items.sort(key=lambda item: (item.path not in slow, item.path not in generating))
