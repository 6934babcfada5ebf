"""Splits the evidence of one event by fingerprint.

A rule whose fingerprint reads an array of an element-wise block finds one fault for each fingerprint, so that two
roles granted by one call can be revoked one by one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from collectors.metrics_analysis.sigma import fields
from collectors.metrics_analysis.sigma.fields import Steps
from collectors.metrics_analysis.sigma.matcher import MOST_ELEMENTS, OBJECT, MatchEvidence
from collectors.metrics_analysis.sigma.template import bound


def split_by_element(matched: MatchEvidence, templates: Iterable[Sequence[Steps]]) -> list[MatchEvidence]:
    """The evidence of each bound element that a path of the templates reads; all of the evidence if none reads an array.

    The paths of one template are alternatives: elements of two arrays, such as added and changed keys, are different
    faults.
    """
    paths = [list(template) for template in templates]
    parts = [matched]
    for template in paths:
        parts = [share for part in parts for share in _each_array(part, template)]
    arrays = _bound_arrays(matched, (steps for template in paths for steps in template))
    for array in arrays:  # the outer array first: it determines the inner elements
        parts = [narrow for part in parts for narrow in _each(part, array)]
    return parts[:MOST_ELEMENTS]


def merged(parts: Iterable[MatchEvidence]) -> MatchEvidence:
    """The evidence of several elements with the same fingerprint."""
    first, *others = parts
    result = MatchEvidence(
        {path: list(matched_values) for path, matched_values in first.values.items()}, dict(first.elements), first.paths
    )
    for part in others:
        for path, matched_values in part.values.items():
            result.values[path] = _union(result.values.get(path, []), matched_values)
        for array, elements in part.elements.items():
            result.elements[array] = _union(result.elements.get(array, []), elements)
    return result


def _bound_arrays(matched: MatchEvidence, paths: Iterable[Steps]) -> list[Steps]:
    """The bound arrays that the paths read, outer arrays first."""
    found = (array for steps in paths if (array := bound(matched.elements, steps)) is not None)
    return sorted(dict.fromkeys(found), key=len)


def _each_array(part: MatchEvidence, alternatives: list[Steps]) -> Iterator[MatchEvidence]:
    """The evidence with the elements of one array at a time, if the alternatives read several separate arrays."""
    arrays = _bound_arrays(part, alternatives)
    apart = [one for one in arrays if not any(one != other and one[: len(other)] == other for other in arrays)]
    if len(apart) < 2:
        yield part
        return
    for array in apart:
        others = [other for other in apart if other != array]
        yield MatchEvidence(
            part.values, {at: one for at, one in part.elements.items() if not bound(others, at)}, part.paths
        )


def _each(part: MatchEvidence, array: Steps) -> Iterator[MatchEvidence]:
    elements = part.elements.get(array, [])
    if len(elements) < 2:
        yield part
    else:
        yield from (_narrow(part, array, element) for element in elements)


def _narrow(matched: MatchEvidence, array: Steps, element: Any) -> MatchEvidence:
    """The evidence as if the array had only this element."""
    elements = {
        other: _inside(element, other[len(array) :], items) if other[: len(array)] == array else items
        for other, items in matched.elements.items()
    }
    path = matched.paths[array]
    values = {name: _values_of(element, path, name, items) for name, items in matched.values.items()}
    remaining = {other: items for other, items in elements.items() if items}
    return MatchEvidence({name: items for name, items in values.items() if items}, remaining, matched.paths)


def _inside(element: Any, steps: Steps, items: list[Any]) -> list[Any]:
    own = {id(one) for one in (fields.elements(element, steps) if steps else [element])}
    return [other for other in items if id(other) in own]


def _values_of(element: Any, path: str, name: str, items: list[Any]) -> list[Any]:
    if name != path and not name.startswith(f"{path}."):
        return items
    rest = fields.parse(name[len(path) + 1 :] or fields.ITSELF)
    own = fields.members(fields.find(element, rest))
    return [value for value in items if value == OBJECT or value in own]


def _union(first: list[Any], more: list[Any]) -> list[Any]:
    return [*first, *(value for value in more if value not in first)]
