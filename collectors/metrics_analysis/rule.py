"""One compiled rule: its conditions, and the findings and recoveries that it makes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

from collectors.metrics_analysis import fields, matcher, template
from collectors.metrics_analysis.evidence import entry_time, event_key
from collectors.metrics_analysis.finding import digest, fingerprint, make_finding, scope_of
from collectors.metrics_analysis.matcher import Node
from shared.events import CorrelationEvent, OperationStart
from shared.model import Finding, Recovery

# What the last entry of a long operation lacks: who asked for what, from where.
STARTED = ("authenticationInfo", "requestMetadata", "request", "authorizationInfo", "resourceName")


@dataclass(frozen=True, slots=True)
class Pending:
    """A finding from the last entry of an operation, and how to make it with what the first entry said."""

    operation_key: str
    entry: dict[str, Any]
    finding: Finding
    complete: Callable[[dict[str, Any]], Finding]


class Rule:
    """A rule of the artifact. Conditions are built when they are first tried, so that a cold start is short."""

    def __init__(self, spec: dict[str, Any], correlations: dict[str, dict[str, Any]]) -> None:
        self.name: str = spec["name"]
        self._spec = spec
        self._correlations = [correlations[name] for name in spec["feeds"]]

    def matches(self, entry: dict[str, Any]) -> bool:
        """Whether the rule's condition holds."""
        return self._condition.holds(entry, entry)

    def findings(self, entry: dict[str, Any]) -> list[Finding]:
        """The finding for an entry that matches, unless the rule only counts or waits for its operation's start."""
        return [] if self._spec["silent"] or self._waits(entry) else [self._finding(entry)]

    def pending(self, entry: dict[str, Any]) -> list[Pending]:
        """The finding for the last entry of an operation whose start may say more."""
        if self._spec["silent"] or not self._waits(entry):
            return []
        finding = self._finding(entry)

        def complete(start: dict[str, Any]) -> Finding:
            return self._finding(with_start(entry, start), fingerprint=finding.fingerprint)

        return [Pending(operation_key(entry), entry, finding, complete)]

    def count(self, entry: dict[str, Any]) -> list[CorrelationEvent]:
        """The event for each correlation that counts this rule's matches."""
        return [event for spec in self._correlations for event in counted(spec, entry)]

    def recovery(self, entry: dict[str, Any]) -> Recovery | None:
        """The recovery, if the entry says that the rule's fault is over."""
        if self._recovery is None or not self._recovery.holds(entry, entry):
            return None
        scope = scope_of(self._spec, entry, matcher.explain(self._recovery, entry))
        return Recovery(
            rule=self.name,
            fingerprint=fingerprint(self._spec, scope),
            time=entry_time(entry),
            event_key=event_key(entry),
            summary=f"Recovered: {self._spec['title']}",
        )

    def start(self, entry: dict[str, Any]) -> OperationStart | None:
        """What to remember of the first entry of an operation."""
        operation = entry.get("operation") or {}
        first = operation.get("first") and not operation.get("last") and operation.get("id")
        if self._start is None or not first or not self._start.holds(entry, entry):
            return None
        payload = entry.get("protoPayload") or {}
        kept = {name: payload[name] for name in STARTED if name in payload}
        return OperationStart(operation_key(entry), entry_time(entry), {"protoPayload": kept})

    def _waits(self, entry: dict[str, Any]) -> bool:
        operation = entry.get("operation") or {}
        return bool(self._start and operation.get("last") and not operation.get("first") and operation.get("id"))

    def _finding(self, entry: dict[str, Any], **changes: Any) -> Finding:
        return make_finding(self._spec, entry, matcher.explain(self._condition, entry), **changes)

    @cached_property
    def _condition(self) -> Node:
        return matcher.build(self._spec["condition"])

    @cached_property
    def _recovery(self) -> Node | None:
        node = self._spec["recovery"]
        return matcher.build(node) if node else None

    @cached_property
    def _start(self) -> Node | None:
        node = self._spec["start"]
        return matcher.build(node) if node else None


def counted(spec: dict[str, Any], entry: dict[str, Any]) -> list[CorrelationEvent]:
    """The event that a correlation counts; none when a value_count has no value to count."""
    value = _joined(entry, spec["field"]) if spec["field"] else ""
    if spec["field"] and not value:
        return []
    group = digest([spec["name"], *(_joined(entry, path) for path in spec["group_by"])])
    span = timedelta(seconds=spec["timespan"])
    return [CorrelationEvent(spec["name"], group, event_key(entry), value, entry_time(entry), span, entry, spec)]


def _joined(entry: dict[str, Any], path: str) -> str:
    return ", ".join(template.show(value) for value in fields.members(fields.find(entry, fields.parse(path))))


def operation_key(entry: dict[str, Any]) -> str:
    """Names a long operation: its producer and id."""
    operation = entry["operation"]
    return f"{operation.get('producer', '')}/{operation['id']}"[:300]


def with_start(entry: dict[str, Any], start: dict[str, Any]) -> dict[str, Any]:
    """The last entry of an operation with what only the first one said."""
    last = entry.get("protoPayload") or {}
    first = start.get("protoPayload") or {}
    return {**entry, "protoPayload": {**last, **{name: _filled(last.get(name), first[name]) for name in first}}}


def _filled(last: Any, first: Any) -> Any:
    if isinstance(last, dict) and isinstance(first, dict):
        return {**first, **last}
    return last or first
