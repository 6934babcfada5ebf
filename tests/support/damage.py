"""Damages resources in the state of the simulated Google Cloud."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

State = dict[str, Any]
Damage = Callable[[State], object]


def put(key: str, **values: Any) -> Damage:
    """Sets fields of a resource: `a__b` is the field b of the field a, and None removes a field."""

    def damage(state: State) -> None:
        for name, value in values.items():
            *way, last = name.split("__")
            part = state[key]
            for step in way:
                part = part[step]
            part[last] = value
            if value is None:
                del part[last]

    return damage


def twice(key: str) -> Damage:
    """Adds a copy of a resource; the last character of its name is 9."""
    other = f"{key[:-1]}9"

    def damage(state: State) -> None:
        name = other.partition("/")[2] if "/" in state[key]["name"] else other.rpartition("/")[2]
        state[other] = {**state[key], "name": name}

    return damage


def lose(*keys: str) -> Damage:
    """Deletes resources."""

    def damage(state: State) -> None:
        for key in keys:
            del state[key]

    return damage
