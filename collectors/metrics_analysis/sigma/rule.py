"""A compiled rule: its conditions, and its findings and recoveries."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from functools import cached_property
from itertools import takewhile
from typing import Any

from collectors.metrics_analysis.evidence import bounded_key, entry_time, event_key
from collectors.metrics_analysis.sigma import fields, matcher, template
from collectors.metrics_analysis.sigma.finding import (
    counting,
    in_bulk,
    make_finding,
    make_recovery,
    match_by_fingerprint,
    scope_of,
)
from collectors.metrics_analysis.sigma.matcher import MatchEvidence, Node
from collectors.metrics_analysis.sigma.memory import Memory
from shared.events import CALL, CountedEvent, OperationStart
from shared.identity.fingerprint import fingerprint
from shared.identity.service_agents import IsMonitored, without_numbers
from shared.lazy.dataclass import dataclass
from shared.model import FailedOperation, Finding, Recovery
from shared.redaction import Redactor

STATUS = "protoPayload.status"
_CODE = fields.parse("protoPayload.status.code")
REASON = "{protoPayload.status.message|protoPayload.status.code}"
# Fields that the last entry of a long operation lacks: the caller, the request, the origin.
STARTED = ("authenticationInfo", "requestMetadata", "request", "authorizationInfo", "resourceName")


@dataclass(frozen=True, slots=True)
class Pending:
    """A finding from the last entry of an operation, and a function that adds the fields of the first entry."""

    operation_key: str
    entry: dict[str, Any]
    finding: Finding
    complete: Callable[[dict[str, Any]], Finding]


@dataclass(frozen=True, slots=True)
class OperationPart:
    """The first or the last entry of an operation whose success may end a fault.

    `kept` is the entry as it is stored, `other_key` the key of the other entry. `alone` are the recoveries of a last
    entry whose first entry is unknown; `joined` combines the entry with the other entry.
    """

    kept: OperationStart
    other_key: str
    entry: dict[str, Any]
    alone: list[Recovery]
    joined: Callable[[dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class OperationFailure:
    """The last entry of a failed operation: the change in its first entry did not take place.

    `counted` returns the events of the whole operation that correlations count, from the fields of its first entry.
    """

    rule: str
    event_key: str
    end: FailedOperation
    operation_key: str = ""
    counted: Callable[[dict[str, Any]], list[CountedEvent]] = lambda _: []


class Rule:
    """A rule of the artifact. Conditions are built on first use, so that a cold start is short."""

    def __init__(
        self, spec: dict[str, Any], correlations: dict[str, dict[str, Any]], is_monitored: IsMonitored = without_numbers
    ) -> None:
        self.name: str = spec["name"]
        self.memory = Memory(spec, is_monitored) if spec.get("remember") else None
        self._is_monitored = is_monitored
        self._spec = spec
        self._correlations = [correlations[name] for name in spec["feeds"]]

    def matches(self, entry: dict[str, Any]) -> bool:
        """Whether the rule's condition is true."""
        return self._condition.holds(entry, entry)

    def findings(self, entry: dict[str, Any]) -> list[Finding]:
        """The finding about the faults of a matching entry; none if the rule only counts or waits for a start."""
        if self._spec["silent"] or self._waits(entry):
            return []
        return [self._finding(entry, matched, changes) for matched, changes in self._faults(entry, self._condition)]

    def pending(self, entry: dict[str, Any]) -> list[Pending]:
        """The findings for the last entry of an operation whose start may add fields."""
        if self._spec["silent"] or not self._waits(entry):
            return []
        return [self._pending(entry, matched, changes) for matched, changes in self._faults(entry, self._condition)]

    def count(self, entry: dict[str, Any]) -> list[CountedEvent]:
        """The event for each correlation that counts this rule's matches; none for a failed operation."""
        if self._is_counted_before_it_failed(entry):
            return []
        return self._events(entry)

    def _events(self, entry: dict[str, Any]) -> list[CountedEvent]:
        return [event for spec in self._correlations for event in counted(spec, entry)]

    def is_part(self, entry: dict[str, Any]) -> bool:
        """Whether the entry is the first or the last entry of an operation whose success ends the rule's faults."""
        if self._start is None or self._recovery is None:
            return False
        return (_begins(entry) or _ends(entry)) and self._start.holds(entry, entry)

    def announces(self, entry: dict[str, Any]) -> bool:
        """Whether the entry is the first entry of an operation whose last entry the rule reads like any other entry."""
        return self._start is None and self._recovery is not None and _begins(entry)

    def part(self, entry: dict[str, Any]) -> OperationPart:
        """The entry as a part of its operation; only for entries for which `is_part` is True."""
        key = operation_key(entry)
        end_key = bounded_key(key, "last")
        if _begins(entry):
            kept = OperationStart(key, entry_time(entry), self._kept(entry))
            return OperationPart(kept, end_key, entry, [], lambda last: _whole(last, entry))
        kept = OperationStart(end_key, entry_time(entry), self._redacted(entry))
        return OperationPart(kept, key, entry, self.recoveries(entry), lambda first: _whole(entry, first))

    def recoveries(self, entry: dict[str, Any]) -> list[Recovery]:
        """The recovery of the faults of this rule that the entry ends."""
        if self._recovery is None or not self._recovery.holds(entry, entry):
            return []
        faults = self._match_by_fingerprint(entry, self._recovery)
        if len(faults) == 1:
            return [make_recovery(self._spec, entry, matched) for matched in faults.values()]
        matched, changes = in_bulk(self._spec, entry, faults)
        return [make_recovery(self._spec, entry, matched, **changes)]

    def start(self, entry: dict[str, Any]) -> OperationStart | None:
        """The fields of an operation's first entry to store."""
        counts_operations = bool(self._correlations) and not self._reads_status
        begins = self._condition if self._start is None and counts_operations else self._start
        if begins is None or not _begins(entry) or not begins.holds(entry, entry):
            return None
        return OperationStart(operation_key(entry), entry_time(entry), self._kept(entry))

    def failure(self, entry: dict[str, Any]) -> OperationFailure | None:
        """The failure of an operation whose first entry the rule reads; None if the rule matches this entry too.

        A correlation does not count a failed operation either, if the condition of the rule reads no status.
        """
        is_counted = self._is_counted_before_it_failed(entry) and self.matches(entry)
        if not is_counted and not self._announced_before_it_failed(entry):
            return None
        scope = scope_of(self._spec, entry, MatchEvidence())
        reason = template.render(REASON, scope)
        end = FailedOperation(entry_time(entry), reason)
        return OperationFailure(
            self.name, event_key(entry), end, operation_key(entry), lambda start: self._events(with_start(entry, start))
        )

    def _announced_before_it_failed(self, entry: dict[str, Any]) -> bool:
        if self._start is None or not _fails(entry):
            return False
        return self._start.holds(entry, entry) and not self.matches(entry)

    def _is_counted_before_it_failed(self, entry: dict[str, Any]) -> bool:
        """Whether the entry is the failure of an operation that a correlation counted regardless of its result."""
        return bool(self._correlations) and not self._reads_status and _fails(entry)

    @cached_property
    def _reads_status(self) -> bool:
        return STATUS in json.dumps(self._spec["condition"])

    def _waits(self, entry: dict[str, Any]) -> bool:
        return self._start is not None and _ends(entry)

    def _kept(self, entry: dict[str, Any]) -> dict[str, Any]:
        paths = [tuple(takewhile(_is_key, fields.parse(path))) for path in self._spec["kept"]]
        return self._redacted(fields.pick(entry, paths) or {})

    def _redacted(self, entry: dict[str, Any]) -> dict[str, Any]:
        return Redactor(self._spec.get("redact", ())).redact(entry)

    def _match_by_fingerprint(self, entry: dict[str, Any], condition: Node) -> dict[str, MatchEvidence]:
        return match_by_fingerprint(self._spec, entry, matcher.match_evidence(condition, entry))

    def _faults(self, entry: dict[str, Any], condition: Node) -> list[tuple[MatchEvidence, dict[str, Any]]]:
        """The evidence of each finding, with the fields that replace those of the rule."""
        faults = self._match_by_fingerprint(entry, condition)
        if len(faults) == 1:
            return [(matched, {"fingerprint": name}) for name, matched in faults.items()]
        return [in_bulk(self._spec, entry, faults)]

    def _finding(self, entry: dict[str, Any], matched: MatchEvidence, changes: dict[str, Any]) -> Finding:
        announced = self._start is not None and _begins(entry)
        made = make_finding(self._spec, entry, matched, announced=announced, **changes)
        return counting(made) if made.changes and not made.state else made  # a state is no change by this call

    def _pending(self, entry: dict[str, Any], matched: MatchEvidence, changes: dict[str, Any]) -> Pending:
        def complete(start: dict[str, Any]) -> Finding:
            return self._finding(with_start(entry, start), matched, changes)

        return Pending(operation_key(entry), entry, self._finding(entry, matched, changes), complete)

    @cached_property
    def _condition(self) -> Node:
        return matcher.build(self._spec["condition"], self._is_monitored)

    @cached_property
    def _recovery(self) -> Node | None:
        node = self._spec["recovery"]
        return matcher.build(node, self._is_monitored) if node else None

    @cached_property
    def _start(self) -> Node | None:
        node = self._spec["start"]
        return matcher.build(node, self._is_monitored) if node else None


def distinguishing(spec: dict[str, Any]) -> list[str]:
    """The fields by which a correlation distinguishes groups, values and faults, if only first entries have them."""
    named = [alternative.path for part in spec["fingerprint"] for alternative in template.alternatives(part)]
    paths = [*spec["group_by"], *filter(None, [spec["field"]]), *named]
    return [path for path in paths if fields.parse(path)[:2] in {("protoPayload", name) for name in STARTED}]


def counted(spec: dict[str, Any], entry: dict[str, Any]) -> list[CountedEvent]:
    """The event that a correlation counts; none if a value_count has no value."""
    value = _joined(entry, spec["field"]) if spec["field"] else ""
    if spec["field"] and not value:
        return []
    group = fingerprint(spec["name"], *(_joined(entry, path) for path in spec["group_by"]))
    span = timedelta(seconds=spec["timespan"])
    call = Redactor(spec.get("redact", ())).redact(_call(entry))
    return [CountedEvent(spec["name"], group, event_key(entry), value, entry_time(entry), span, entry, spec, call)]


def _call(entry: dict[str, Any]) -> dict[str, Any]:
    """The fields by which the incident of a burst shows each event: the call, its resource and the caller's address."""
    found = {path: fields.members(fields.find(entry, fields.parse(path))) for path in CALL}
    return {path: values[0] for path, values in found.items() if values and isinstance(values[0], str)}


def _joined(entry: dict[str, Any], path: str) -> str:
    return "\0".join(template.exact(value) for value in fields.members(fields.find(entry, fields.parse(path))))


def operation_key(entry: dict[str, Any]) -> str:
    """The key of a long operation: its log, its producer and its id."""
    operation = entry["operation"]
    return bounded_key(entry.get("logName", ""), operation.get("producer", ""), operation["id"])


def _is_key(step: fields.Step) -> bool:
    return isinstance(step, str)


def _fails(entry: dict[str, Any]) -> bool:
    """Whether the entry is the last of an operation that failed."""
    return _ends(entry) and any(fields.find(entry, _CODE))


def _begins(entry: dict[str, Any]) -> bool:
    operation = entry.get("operation") or {}
    return bool(operation.get("first") and not operation.get("last") and operation.get("id"))


def _ends(entry: dict[str, Any]) -> bool:
    operation = entry.get("operation") or {}
    return bool(operation.get("last") and not operation.get("first") and operation.get("id"))


def _whole(last: dict[str, Any], first: dict[str, Any]) -> dict[str, Any]:
    """One entry made of both, as if the operation was logged in a single entry."""
    return {**with_start(last, first), "operation": {**last["operation"], "first": True, "last": True}}


def with_start(entry: dict[str, Any], start: dict[str, Any]) -> dict[str, Any]:
    """The last entry of an operation with the fields of the first entry."""
    last = entry.get("protoPayload") or {}
    first = start.get("protoPayload") or {}
    return {**entry, "protoPayload": {**last, **{name: _filled(last.get(name), first[name]) for name in first}}}


def _filled(last: Any, first: Any) -> Any:
    if isinstance(last, dict) and isinstance(first, dict):
        return {**first, **last}
    return last or first
