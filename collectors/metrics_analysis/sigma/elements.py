"""Splits the evidence of one event by fingerprint.

A rule whose fingerprint reads an array of an element-wise block finds one fault for each fingerprint, so that two
roles granted by one call can be revoked one by one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

import orjson

from collectors.metrics_analysis.sigma import fields
from collectors.metrics_analysis.sigma.fields import Steps
from collectors.metrics_analysis.sigma.matcher import MOST_ELEMENTS, OBJECT, MatchEvidence
from collectors.metrics_analysis.sigma.template import bound

Name = TypeVar("Name", str, Steps)
FEW = 20  # values that are compared one by one


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
    listed = list(parts)
    return MatchEvidence(
        _united([part.values for part in listed]), _united([part.elements for part in listed]), listed[0].paths
    )


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
        known = {name: {_key(value) for value in items} for name, items in part.values.items() if len(items) > FEW}
        yield from (_narrow(part, array, element, known) for element in elements)


def _narrow(matched: MatchEvidence, array: Steps, element: Any, known: dict[str, set[Any]]) -> MatchEvidence:
    """The evidence as if the array had only this element; `known` are the keys of long lists of values."""
    elements = {
        other: _inside(element, other[len(array) :], items) if other[: len(array)] == array else items
        for other, items in matched.elements.items()
    }
    path = matched.paths[array]
    values = {name: _values_of(element, path, name, items, known) for name, items in matched.values.items()}
    remaining = {other: items for other, items in elements.items() if items}
    return MatchEvidence({name: items for name, items in values.items() if items}, remaining, matched.paths)


def _inside(element: Any, steps: Steps, items: list[Any]) -> list[Any]:
    if not steps:
        return [element]
    own = {id(one) for one in fields.elements(element, steps)}
    return [other for other in items if id(other) in own]


def _values_of(element: Any, path: str, name: str, items: list[Any], known: dict[str, set[Any]]) -> list[Any]:
    if name != path and not name.startswith(f"{path}."):
        return items
    rest = fields.parse(name[len(path) + 1 :] or fields.ITSELF)
    own = fields.members(fields.find(element, rest))
    if name in known:  # one of thousands of elements: only its own values are looked up
        return [value for value in [OBJECT, *own] if _key(value) in known[name]]
    return [value for value in items if value == OBJECT or value in own]


def _united(parts: list[dict[Name, list[Any]]]) -> dict[Name, list[Any]]:
    """The lists of every part joined by their names, each value once."""
    lists: dict[Name, dict[Any, Any]] = {}
    for part in parts:
        for name, items in part.items():
            known = lists.setdefault(name, {})
            for value in items:
                known.setdefault(_key(value), value)
    return {name: list(known.values()) for name, known in lists.items()}


def _key(value: Any) -> Any:
    """A key for a JSON value; equal values have equal keys."""
    is_plain = value is None or isinstance(value, str | int | float)
    return value if is_plain else orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
