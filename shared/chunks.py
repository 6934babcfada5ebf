"""A long sequence in parts, such as values for one IN (…) of a statement."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

CHUNK = 500  # an old SQLite takes 999 variables in one statement
Item = TypeVar("Item")


def chunks(items: Sequence[Item], size: int = CHUNK) -> Iterator[Sequence[Item]]:
    """The items in their order, at most `size` in each part; no part for no items."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
