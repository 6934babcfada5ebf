"""Combines the rule results for one entry with the state of earlier entries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from collectors.metrics_analysis.failed_operations import cancellation, discounted, unless_taken_back, with_end
from collectors.metrics_analysis.revision import revised
from collectors.metrics_analysis.rule_state import RuleState
from collectors.metrics_analysis.sigma.correlation import correlate
from collectors.metrics_analysis.sigma.engine import Join, Lesson, Recall, RuleEvaluation
from collectors.metrics_analysis.sigma.finding import crashed
from collectors.metrics_analysis.sigma.rule import Pending
from shared.events import CountedEvent, EarlierPolicy
from shared.model import Finding, Recovery

History = Callable[[bool], EarlierPolicy | None]


def resolve_state(
    evaluation: RuleEvaluation, state: RuleState, history: History | None = None
) -> tuple[list[Finding], list[Recovery]]:
    """The final findings and recoveries: correlations counted, operations joined with their start, resources recalled.

    If the start of an operation arrives after its end, they are not joined, and the finding lacks the fields of the start.
    The fingerprint never depends on these fields. The recovery by an operation, and its failure, are evaluated on both
    entries together, whichever arrives first. `history` returns the policy of the entry's resource before the entry, or
    before its deletion. Errors of the state are raised; a correlation that crashes produces a finding about itself.
    """
    known, ended = _from_history(evaluation, state, history) if history else ([], [])
    findings, recoveries = _resolved(evaluation, state)
    cancelled = [cancellation(failure, state) for failure in evaluation.failures]
    uncounted = [one for failure in evaluation.failures for one in discounted(failure, state)]
    ended += [*recoveries, *filter(None, cancelled), *uncounted]
    return [with_end(finding, state) for finding in [*known, *findings]], ended


def _from_history(
    evaluation: RuleEvaluation, state: RuleState, history: History
) -> tuple[list[Finding], list[Recovery]]:
    """Stores the policy from the history, for rules that compare with it; returns the changed later effects."""
    found = [
        _learned(recall.learn(policy), state)
        for recall in evaluation.recalls
        if recall.learn is not None and (policy := history(recall.restores)) is not None
    ]
    return [one for findings, _ in found for one in findings], [one for _, recoveries in found for one in recoveries]


def _resolved(evaluation: RuleEvaluation, state: RuleState) -> tuple[list[Finding], list[Recovery]]:
    for start in evaluation.starts:
        state.remember(start)
    findings = list(evaluation.findings)
    for pending in evaluation.pending:
        findings += _joined(pending, state.recall(pending.operation_key))
    for event in evaluation.counted:
        findings += [unless_taken_back(finding, state) for finding in _correlated(event, state.count(event))]
    recoveries = list(evaluation.recoveries)
    for recall in evaluation.recalls:
        state.use(recall.use)
        found, recovered = _resolved(_recalled(recall, state.known(recall.resource_key, recall.time)), state)
        findings += found
        recoveries += recovered
    for join in evaluation.joins:
        found, recovered = _operation(join, state)
        findings += found
        recoveries += recovered
    for lesson in evaluation.facts:
        found, recovered = _learned(lesson, state)
        findings += found
        recoveries += recovered
    return findings, recoveries


def _learned(lesson: Lesson, state: RuleState) -> tuple[list[Finding], list[Recovery]]:
    """Stores a fact; returns the changed effects of later entries that arrived before it."""
    key, uses = lesson.fact.resource_key, state.uses_after(lesson.fact.resource_key, lesson.fact.time)
    before = [state.known(key, use.time) for use in uses]
    state.learn(lesson.fact)
    findings: list[Finding] = []
    recoveries: list[Recovery] = []
    for use, known in zip(uses, before, strict=True):
        now_known = state.known(key, use.time)
        if now_known != known:
            found, recovered = _reevaluated(lesson, use.entry, known, now_known, state)
            findings += found
            recoveries += recovered
    return findings, recoveries


def _reevaluated(
    lesson: Lesson, entry: dict[str, Any], known: dict[str, Any], now_known: dict[str, Any], state: RuleState
) -> tuple[list[Finding], list[Recovery]]:
    """The changes in the effects of an earlier entry, now that more is known about its resource."""
    try:
        earlier, current = lesson.evaluate(entry, known), lesson.evaluate(entry, now_known)
    except Exception as error:  # noqa: BLE001 - as in Engine.evaluate: the finding records it
        return [crashed(lesson.rule, entry, error)], []
    _relearn(earlier, current, state)
    return revised(earlier, current)


def _relearn(earlier: RuleEvaluation, current: RuleEvaluation, state: RuleState) -> None:
    """Replaces the facts of an entry by those that it shows with other fields of its resource."""
    was, now = ([one.fact for one in evaluation.facts] for evaluation in (earlier, current))
    for fact in was:
        if fact not in now:
            state.forget_fact(fact)
    for fact in now:
        if fact not in was:
            state.learn(fact)


def _operation(join: Join, state: RuleState) -> tuple[list[Finding], list[Recovery]]:
    """The effects of a whole operation, besides the faults and counted events that its entries show."""
    other = state.join(join.part.kept, join.part.other_key)
    if other is None:
        return [], join.part.alone
    try:
        whole = join.evaluate(other)
    except Exception as error:  # noqa: BLE001 - as in Engine.evaluate: the finding records it
        return [crashed(join.rule, join.part.entry, error)], []
    return _resolved(replace(whole, findings=[], counted=[]), state)


def _recalled(recall: Recall, known: dict[str, Any]) -> RuleEvaluation:
    try:
        return recall.evaluate(known)
    except Exception as error:  # noqa: BLE001 - as in Engine.evaluate: the finding records it
        return RuleEvaluation(findings=[crashed(recall.rule, recall.entry, error)])


def _joined(pending: Pending, start: dict[str, Any] | None) -> list[Finding]:
    if start is None:
        return [pending.finding]
    rule = pending.finding.rule
    return _isolated(rule, pending.entry, lambda: [pending.complete(start)], instead=[pending.finding])


def _correlated(event: CountedEvent, neighbours: list[Any] | None) -> list[Finding]:
    if neighbours is None:
        return []
    return _isolated(event.rule, event.entry, lambda: correlate(event, neighbours), instead=[])


def _isolated(
    rule: str, entry: dict[str, Any], make: Callable[[], list[Finding]], instead: list[Finding]
) -> list[Finding]:
    try:
        return make()
    except Exception as error:  # noqa: BLE001 - as in Engine.evaluate: the finding records it
        return [*instead, crashed(rule, entry, error)]
