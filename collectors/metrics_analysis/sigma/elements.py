"""Splits the evidence of one event by fingerprint.

A rule whose fingerprint reads an array of an element-wise block makes one finding for each fingerprint, so that two roles
that one call granted can be revoked one by one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from collectors.metrics_analysis.sigma import fields
from collectors.metrics_analysis.sigma.fields import Steps
from collectors.metrics_analysis.sigma.matcher import MOST_ELEMENTS, OBJECT, MatchEvidence
from collectors.metrics_analysis.sigma.template import bound


def split_by_element(matched: MatchEvidence, paths: Iterable[Steps]) -> list[MatchEvidence]:
    """The evidence of each bound element that one of the paths reads; all of the evidence when none reads an array."""
    arrays = dict.fromkeys(array for steps in paths if (array := bound(matched.elements, steps)) is not None)
    parts = [matched]
    for array in sorted(arrays, key=len):  # the outer array first: it decides which inner elements are left
        parts = [narrow for part in parts for narrow in _each(part, array)]
    return parts[:MOST_ELEMENTS]


def merged(parts: Iterable[MatchEvidence]) -> MatchEvidence:
    """The evidence of several elements with the same fingerprint."""
    first, *others = parts
    whole = MatchEvidence(
        {path: list(found) for path, found in first.values.items()}, dict(first.elements), first.paths
    )
    for part in others:
        for path, found in part.values.items():
            whole.values[path] = _union(whole.values.get(path, []), found)
        for array, elements in part.elements.items():
            whole.elements[array] = _union(whole.elements.get(array, []), elements)
    return whole


def _each(part: MatchEvidence, array: Steps) -> Iterator[MatchEvidence]:
    elements = part.elements.get(array, [])
    if len(elements) < 2:
        yield part
    else:
        yield from (_narrow(part, array, element) for element in elements)


def _narrow(matched: MatchEvidence, array: Steps, element: Any) -> MatchEvidence:
    """The evidence as if the array had only this element."""
    elements = {
        other: _inside(element, other[len(array) :], found) if other[: len(array)] == array else found
        for other, found in matched.elements.items()
    }
    path = matched.paths[array]
    values = {name: _values_of(element, path, name, found) for name, found in matched.values.items()}
    kept = {other: found for other, found in elements.items() if found}
    return MatchEvidence({name: found for name, found in values.items() if found}, kept, matched.paths)


def _inside(element: Any, steps: Steps, found: list[Any]) -> list[Any]:
    own = fields.elements(element, steps) if steps else [element]
    return [other for other in found if any(other is one for one in own)]


def _values_of(element: Any, path: str, name: str, found: list[Any]) -> list[Any]:
    if name != path and not name.startswith(f"{path}."):
        return found
    rest = fields.parse(name[len(path) + 1 :] or fields.ITSELF)
    own = fields.members(fields.find(element, rest))
    return [value for value in found if value == OBJECT or value in own]


def _union(known: list[Any], more: list[Any]) -> list[Any]:
    return [*known, *(value for value in more if value not in known)]
