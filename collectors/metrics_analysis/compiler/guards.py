"""Derives from a condition the values, and the endings of values, required in the fields of the prefilter."""

from __future__ import annotations

from typing import Any

from collectors.metrics_analysis.sigma import fields
from collectors.metrics_analysis.sigma.prefilter import ENDED, FAILURE, GUARDED, METHOD, PARTS
from collectors.metrics_analysis.sigma.values import fold

Guards = dict[str, set[str]]


def guards(*nodes: list[Any] | None) -> dict[str, list[str]]:
    """The casefolded texts for each field. An entry with none of them satisfies no condition."""
    texts = _any([_required(node) for node in nodes if node])
    return {path: sorted(texts[path]) for path in sorted(texts)}  # sorted: a hash identifies the content


def endings(*nodes: list[Any] | None) -> dict[str, list[str]]:
    """The casefolded endings for each field. A value with none of them satisfies no condition."""
    texts = _any([_ends(node) for node in nodes if node])
    return {path: sorted(texts[path]) for path in sorted(texts)}


def ways(*nodes: list[Any] | None) -> list[dict[str, Any]]:
    """The guards, endings and failure of each condition, for a rule whose conditions have nothing in common.

    Such a rule reads different logs and would otherwise be evaluated for every entry. The same holds, for every entry
    of its service, for a rule with one condition on a part of the entry and another on a method. Empty for other rules.
    """
    conditions = [node for node in nodes if node]
    common = {**guards(*conditions), **endings(*conditions)}
    if len(conditions) < 2 or (common and (METHOD in common or not _read_parts_or_methods(conditions))):
        return []
    each = [requirements(one) for one in conditions]
    return [one for at, one in enumerate(each) if one not in each[:at]]


def _read_parts_or_methods(conditions: list[list[Any]]) -> bool:
    """Whether some conditions need a part of the entry, and all others name methods."""
    others = [node for node in conditions if not _parts(node)]
    names_methods = [METHOD in _required(node) or METHOD in _ends(node) for node in others]
    return 0 < len(others) < len(conditions) and all(names_methods)


def requirements(*nodes: list[Any] | None) -> dict[str, Any]:
    """The requirements of the conditions for the prefilter: an entry that violates one of them satisfies no condition."""
    return {
        "guards": guards(*nodes),
        "endings": endings(*nodes),
        "parts": parts(*nodes),
        "failure": needs_failure(*nodes),
    }


def paths_read(node: list[Any]) -> set[str]:
    """The fields that a condition reads; for a block, the array."""
    if node[0] in ("and", "or"):
        return {path for inner in node[1] for path in paths_read(inner)}
    if node[0] == "not":
        return paths_read(node[1])
    if node[0] == "same":
        return {node[1], node[2]}
    return {node[2] if node[0] == "block" else node[1]}


def needs_failure(*nodes: list[Any] | None) -> bool:
    """Whether an entry must have the code of a failed call so that any of the conditions can be true."""
    return all(_needs_failure(node) for node in nodes if node)


def parts(*nodes: list[Any] | None) -> list[str]:
    """The parts of an audit log, such as its request. An entry with none of them satisfies no condition.

    Empty if an entry without any of PARTS can satisfy a condition.
    """
    needed = [_parts(node) for node in nodes if node]
    return sorted(set().union(*needed)) if all(needed) else []


def _parts(node: list[Any]) -> set[str]:
    if node[0] == "and":
        return min(filter(None, map(_parts, node[1])), key=len, default=set())  # one of several is enough
    if node[0] == "or":
        each = [_parts(inner) for inner in node[1]]
        return set().union(*each) if all(each) else set()
    if node[0] in ("field", "exists", "same") or (node[0] == "block" and node[1] in ("any", "all")):
        steps = fields.parse(node[2] if node[0] == "block" else node[1])
        return {str(steps[1])} if steps[0] == "protoPayload" and steps[1:2] and steps[1] in PARTS else set()
    return set()


def _needs_failure(node: list[Any]) -> bool:
    if node[0] == "and":
        return any(_needs_failure(inner) for inner in node[1])
    if node[0] == "or":
        return all(_needs_failure(inner) for inner in node[1])
    return node[0] in ("field", "exists") and node[1] == FAILURE


def _ends(node: list[Any]) -> Guards:
    if node[0] == "and":
        parts = [_ends(inner) for inner in node[1]]
        return {path: texts for part in reversed(parts) for path, texts in part.items()}  # one of several is enough
    if node[0] == "or":
        return _any([_ends(inner) for inner in node[1]])
    if (
        node[0] == "field"
        and node[1] in ENDED
        and all(test[0] == "text" and test[1] in ("is", "ends") for test in node[2])
    ):
        return {node[1]: {fold(text) for test in node[2] for text in test[2]}}
    return {}


def _required(node: list[Any]) -> Guards:
    if node[0] == "and":
        return _every([_required(inner) for inner in node[1]])
    if node[0] == "or":
        return _any([_required(inner) for inner in node[1]])
    if node[0] == "field" and node[1] in GUARDED:
        texts = [_texts(test) for test in node[2]]
        return {node[1]: {text for some in texts if some for text in some}} if all(texts) else {}
    return {}


def _texts(test: list[Any]) -> set[str] | None:
    """The only texts that satisfy a test; None if other texts can satisfy it too."""
    return {fold(text) for text in test[2]} if test[:2] == ["text", "is"] else None


def _every(parts: list[Guards]) -> Guards:
    joined: Guards = {}
    for part in parts:
        for path, texts in part.items():
            joined[path] = joined[path] & texts if path in joined else texts
    return joined


def _any(parts: list[Guards]) -> Guards:
    common = set.intersection(*(set(part) for part in parts)) if parts else set()
    return {path: set().union(*(part[path] for part in parts)) for path in common}
