"""Withdraws the findings from the first entry of a long operation when its last entry says that the operation failed.

The entries may arrive in either order.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from itertools import count

from collectors.metrics_analysis.evidence import bounded_key
from collectors.metrics_analysis.rule_state import RuleState
from collectors.metrics_analysis.sigma.correlation import correlate
from collectors.metrics_analysis.sigma.rule import OperationFailure
from shared.events import OperationStart
from shared.model import FailedOperation, Finding, JobLinks, Recovery
from shared.texts import findings as texts


def with_end(finding: Finding, state: RuleState) -> Finding:
    """The finding, with the failure of its operation if it is already known."""
    if not finding.announced:
        return finding
    kept = {"fingerprint": finding.fingerprint, "group": finding.links.group}
    begun, failed = _keys(finding.rule, finding.event_key)
    end = state.join(OperationStart(begun, finding.time, kept), failed)
    if end is None:
        return finding
    time = max(finding.time, datetime.fromisoformat(end["time"]))
    return replace(finding, failed=FailedOperation(time, end["reason"]))


def cancellation(failure: OperationFailure, state: RuleState) -> Recovery | None:
    """The cancellation of an earlier finding whose change did not take place; None if its first entry has not arrived."""
    begun, failed = _keys(failure.rule, failure.event_key)
    time, reason = failure.end.time, failure.end.reason
    first = state.join(OperationStart(failed, time, {"time": time.isoformat(), "reason": reason}), begun)
    if first is None:
        return None
    return _taken_back(failure.rule, first["fingerprint"], failure.event_key, first["group"], failure.end)


def discounted(failure: OperationFailure, state: RuleState) -> Iterator[Recovery]:
    """Withdraws the event from the correlations that counted it, and the findings that then lack events."""
    for event in failure.counted(state.recall(failure.operation_key) or {}):
        counted = state.discount(event)
        if counted is None:
            continue
        counted_as = replace(event, group_key=counted.group_key, time=event.slot_start(event.slot(counted.time)))
        before = correlate(counted_as, sorted([*counted.others, (counted.time, counted.value)]))
        still = {finding.event_key for finding in correlate(counted_as, counted.others)}
        for finding in before:
            if finding.event_key not in still:
                current = unless_taken_back(finding, state)
                state.remember(OperationStart(_key_of_withdrawal(current.event_key), finding.time, {}))
                yield _taken_back(
                    current.rule, current.fingerprint, current.event_key, current.links.group, failure.end
                )


def unless_taken_back(finding: Finding, state: RuleState) -> Finding:
    """The finding of a correlation; under another event key if a finding with this key was withdrawn."""
    keys = _keys_of_finding(finding.event_key)
    free = next(key for key in keys if state.recall(_key_of_withdrawal(key)) is None)
    return finding if free == finding.event_key else replace(finding, event_key=free)


def _keys_of_finding(event_key: str) -> Iterator[str]:
    yield event_key
    yield from (f"{event_key}:{number}" for number in count(1))


def _taken_back(rule: str, fingerprint: str, event_key: str, group: str, end: FailedOperation) -> Recovery:
    text = texts.OPERATION_FAILED(reason=end.reason)
    translations = {language: {"summary": each} for language, each in text.translations.items()}
    made = Recovery(rule, fingerprint, end.time, event_key, text.en, translations, links=JobLinks(group))
    return replace(made, failed=end)


def _keys(rule: str, key: str) -> tuple[str, str]:
    """The keys under which the finding of the first entry and the failure in the last entry wait for each other."""
    return bounded_key(key, rule, "begun"), bounded_key(key, rule, "failed")


def _key_of_withdrawal(event_key: str) -> str:
    return bounded_key(event_key, "taken back")
