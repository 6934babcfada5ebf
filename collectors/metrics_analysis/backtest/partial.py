"""Evaluates the condition of a rule on an entry with only some known fields."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from collectors.metrics_analysis.sigma import fields, matcher

AUDIT_LOGS = "cloudaudit.googleapis.com"
# Fields with one value: what the evidence of a match has is all that the entry had. Of others it may have some values.
_SINGLE = (
    *("logName", "severity", "textPayload", "insertId", "resource.", "labels.", "protoPayload.status."),
    *("protoPayload.serviceName", "protoPayload.methodName", "protoPayload.resourceName"),
    *("protoPayload.authenticationInfo.principal", "protoPayload.requestMetadata.caller"),
)
CUT, HIDDEN = "…", "<"  # the end of a value that was cut, and the begin of a replacement for a secret


@dataclass(slots=True)
class PartialEntry:
    """An entry with its stored fields. `complete` are the paths with all values stored, including absent ones.

    `seen` are the paths with some of the values stored.
    """

    time: datetime
    entry: dict[str, Any] = field(default_factory=dict)
    complete: set[str] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)

    def add(self, path: str, value: Any) -> None:
        """Adds a field from the evidence of a finding; shortened or hidden values stay unknown."""
        values = value if isinstance(value, list) else [value]
        if any(isinstance(each, str) and (each.endswith(CUT) or each.startswith(HIDDEN)) for each in values):
            return
        try:
            steps = fields.parse(path)
        except ValueError:  # evidence has more than fields, such as "timestamp as written"
            return
        if not steps or any(isinstance(step, int) for step in steps) or not _put(self.entry, steps, value):
            return
        self.seen.add(path)
        if path.startswith(_SINGLE) and not isinstance(value, list):
            self.complete.add(path)

    def add_absent(self, path: str) -> None:
        """Adds a field that the entry lacks: the evidence would contain it otherwise."""
        if path not in self.seen:
            self.complete.add(path)


def _put(entry: dict[str, Any], steps: fields.Steps, value: Any) -> bool:
    """Sets a value at a path; returns False if another field prevents it."""
    *above, last = map(str, steps)
    for step in above:
        entry = entry.setdefault(step, {})
        if not isinstance(entry, dict):
            return False
    return bool(entry.setdefault(last, value) == value)


Judge = Callable[[PartialEntry], bool | None]


class PartialCondition:
    """The condition of a compiled rule, for entries with only some known fields."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self._is_audit = {"audit": True, "platform": False}.get(spec["payload"])
        self._judge = _build(spec["condition"])
        self.paths = tuple(dict.fromkeys(_paths(spec["condition"])))

    def judge(self, partial: PartialEntry) -> bool | None:
        """Whether the rule matches the entry; None if a deciding field is unknown."""
        log = partial.entry.get("logName")
        if self._is_audit is not None and log is not None and (AUDIT_LOGS in log) is not self._is_audit:
            return False
        return self._judge(partial)

    def unknown(self, partial: PartialEntry) -> list[str]:
        """The fields in the condition that are unknown for an entry."""
        return [path for path in self.paths if path not in partial.complete and path not in partial.seen]


def _build(node: list[Any]) -> Judge:
    kind = node[0]
    if kind in ("and", "or"):
        return _all_of([_build(each) for each in node[1]], stops=kind == "or")
    if kind == "not":
        inner = _build(node[1])
        return lambda partial: None if (result := inner(partial)) is None else not result
    if kind == "block":  # which elements matched is known, but not which others there were
        return lambda _: None
    holds, paths = matcher.build(node).holds, [each for each in node[1:3] if isinstance(each, str)]
    is_positive = kind != "missing"

    def judge(partial: PartialEntry) -> bool | None:
        if all(path in partial.complete for path in paths):
            return holds(partial.entry, partial.entry)
        if not all(path in partial.complete or path in partial.seen for path in paths):
            return None
        matches = holds(partial.entry, partial.entry)  # more values could only make it true, or no longer missing
        return matches if matches is is_positive else None if is_positive else False

    return judge


def _all_of(judges: list[Judge], *, stops: bool) -> Judge:
    """Three-valued AND, or OR with `stops`: one decisive result is enough.

    Without a decisive result, one unknown result makes the whole unknown.
    """

    def judge(partial: PartialEntry) -> bool | None:
        is_unknown = False
        for each in judges:
            result = each(partial)
            if result is stops:
                return stops
            is_unknown = is_unknown or result is None
        return None if is_unknown else not stops

    return judge


def _paths(node: list[Any]) -> Iterator[str]:
    kind = node[0]
    if kind in ("and", "or"):
        for each in node[1]:
            yield from _paths(each)
    elif kind == "not":
        yield from _paths(node[1])
    elif kind == "block":
        yield node[2]
    elif kind == "same":
        yield from node[1:3]
    else:
        yield node[1]
