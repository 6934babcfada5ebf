r"""Field paths: the syntax of rules for fields of a log entry.

Dots separate, `\.` is a dot inside a key, `[0]` and `[-1]` select a position of a list, `\[` is a bracket inside a key,
and `.` alone is the value itself. A path that crosses a list tries every element of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import lru_cache
from typing import Any

from shared.lazy.pattern import lazy_pattern

Step = str | int  # a key, or a position in a list
Steps = tuple[Step, ...]

ITSELF = "."
_SPECIAL = frozenset("\\[]")

_PART = lazy_pattern(r"((?:\\.|[^.\\])*)\.")
_KEY = lazy_pattern(r"((?:\\.|[^\\\[\]])*)((?:\[-?\d{1,9}\])*)")
_POSITION = lazy_pattern(r"\[(-?\d+)\]")
_ESCAPED = lazy_pattern(r"\\([.\\\[\]])")


@lru_cache(maxsize=4096)
def parse(path: str) -> Steps:
    """The steps of a path. Raises ValueError with the mistake."""
    if path == ITSELF:
        return ()
    if not _SPECIAL.intersection(path) and all(keys := path.split(ITSELF)):
        return tuple(keys)
    steps: list[Step] = []
    for part in _parts(path):
        match = _KEY.fullmatch(part)
        if match is None:
            raise ValueError(
                rf"'{part}' contains a bracket: write [0] or [-1] for a position, \[ for a bracket in a key"
            )
        key, positions = match.groups()
        if not key:
            raise ValueError(rf"'{path}' has an empty part: write \. for a dot in a key")
        steps.append(_ESCAPED.sub(r"\1", key))
        steps.extend(int(position) for position in _POSITION.findall(positions))
    return tuple(steps)


def _parts(path: str) -> list[str]:
    parts = _PART.findall(path + ITSELF)
    if len(ITSELF.join(parts)) != len(path):
        raise ValueError(rf"'{path}' ends in a backslash: write \\ for one in a key")
    return parts


def find(value: Any, steps: Steps) -> list[Any]:
    """All values at `steps` below `value`; a list at the end stays one value. Nothing for a missing field."""
    for at, step in enumerate(steps):
        if isinstance(value, dict) and isinstance(step, str):
            if step not in value:
                return []
            value = value[step]
        elif isinstance(value, list):
            return _across(value, steps[at:])
        else:
            return []
    return [value]


def _across(values: list[Any], steps: Steps) -> list[Any]:
    first = steps[0]
    if isinstance(first, int):
        return find(values[first], steps[1:]) if -len(values) <= first < len(values) else []
    return [value for element in values for value in find(element, steps)]


def pick(value: Any, paths: Collection[Steps]) -> Any:
    """`value` reduced to the paths; other keys and list elements are left out."""
    if () in paths:
        return value
    if isinstance(value, list):
        return [picked for element in value if (picked := pick(element, paths)) is not None]
    if not isinstance(value, dict):
        return None
    inner = {key: [path[1:] for path in paths if path[0] == key] for key in value}
    reduced = {key: pick(value[key], inside) for key, inside in inner.items() if inside}
    return {key: picked for key, picked in reduced.items() if picked is not None} or None


def members(values: Iterable[Any]) -> list[Any]:
    """`values` with every list replaced by its members, at any depth."""
    flat: list[Any] = []
    waiting = list(values)[::-1]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting.extend(reversed(value))
        else:
            flat.append(value)
    return flat


def elements(value: Any, steps: Steps) -> list[Any]:
    """The elements for an element-wise block at `steps`: the elements of the lists there, or a single value."""
    return [
        element
        for item in find(value, steps)
        for element in (item if isinstance(item, list) else [] if item is None else [item])
    ]


def text(value: Any) -> str | None:
    """A scalar as a text for comparisons: true, false, numbers without a superfluous fraction. None for other values."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value) if isinstance(value, int | float) else None
