"""Names of the parts of a channel, such as the address lead@example.com in email:default/lead@example.com."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence

SEPARATOR = "/"
LONGEST = 50  # characters: the names of channels are stored with at most 100


def part_name(text: str) -> str:
    """The name of a part, such as an e-mail address; a long one ends with a digest."""
    if len(text) <= LONGEST:
        return text
    return f"{text[: LONGEST - 9]}#{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def channel_of(target: str) -> str:
    """The whole channel of a target."""
    return target.partition(SEPARATOR)[0]


def part_of(target: str) -> str:
    """The part in a target, empty for a whole channel."""
    return target.partition(SEPARATOR)[2]


def chosen(names: Sequence[str], part: str, waiting: Collection[str]) -> tuple[list[str], list[str]]:
    """The parts of a channel that a notification is sent to, and those that are left out.

    With `part`, only this part is chosen, if it still exists. Parts for which earlier notifications are `waiting` are left out, unless
    no other part remains.
    """
    if part:
        return [name for name in names if name == part], []
    left_out = [name for name in names if name in waiting]
    return ([name for name in names if name not in waiting], left_out) if len(left_out) < len(names) else ([*names], [])
