"""The rule engine: evaluates all candidate rules on one log entry.

It is pure and stateless; state leaves the engine as counted events and starts of operations, from which
stateful.resolve_state makes findings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import field
from datetime import datetime
from functools import partial
from typing import Any

from collectors.metrics_analysis.evidence import entry_time
from collectors.metrics_analysis.sigma.finding import crashed
from collectors.metrics_analysis.sigma.memory import Memory
from collectors.metrics_analysis.sigma.prefilter import Prefilter
from collectors.metrics_analysis.sigma.rule import OperationFailure, OperationPart, Pending, Rule, distinguishing
from collectors.metrics_analysis.sigma.update_mask import with_update_mask
from shared.events import CountedEvent, EarlierPolicy, OperationStart, ResourceFact, ResourceUse
from shared.identity.service_agents import IsMonitored, without_numbers
from shared.lazy.dataclass import dataclass
from shared.model import Finding, Recovery


@dataclass(frozen=True, slots=True)
class Recall:
    """A rule that evaluates an entry with the fields of its resource from earlier entries.

    `learn` is set if the fields are a policy, which the history may know too: the policy before the entry or, if the
    entry `restores` the resource, the policy before its deletion.
    """

    rule: str
    resource_key: str
    entry: dict[str, Any]
    evaluate: Callable[[dict[str, Any]], RuleEvaluation]
    use: ResourceUse
    learn: Callable[[EarlierPolicy], Lesson] | None = None
    restores: bool = False

    @property
    def time(self) -> datetime:
        """The event time of the entry; later entries do not count."""
        return entry_time(self.entry)


@dataclass(frozen=True, slots=True)
class Lesson:
    """Fields of a resource that an entry teaches a rule, and how a later entry is evaluated with them."""

    rule: str
    fact: ResourceFact
    evaluate: Callable[[dict[str, Any], dict[str, Any]], RuleEvaluation]


@dataclass(frozen=True, slots=True)
class Join:
    """A rule that evaluates the first and the last entry of an operation as one entry."""

    rule: str
    part: OperationPart
    evaluate: Callable[[dict[str, Any]], RuleEvaluation]


@dataclass(frozen=True, slots=True)
class RuleEvaluation:
    """The results of all rules for one entry; False in a condition if there are none.

    `pending` are findings that the start of their operation may complete; they are not in `findings`. `recalls` are
    rules evaluated with the remembered fields of the resource, `joins` rules that determine the end of a fault from
    both entries of an operation. `failures` are failed operations, by rules that read their first entries.
    """

    findings: list[Finding] = field(default_factory=list)
    recoveries: list[Recovery] = field(default_factory=list)
    counted: list[CountedEvent] = field(default_factory=list)
    starts: list[OperationStart] = field(default_factory=list)
    pending: list[Pending] = field(default_factory=list)
    facts: list[Lesson] = field(default_factory=list)
    recalls: list[Recall] = field(default_factory=list)
    joins: list[Join] = field(default_factory=list)
    failures: list[OperationFailure] = field(default_factory=list)

    def __bool__(self) -> bool:
        effects = self.findings or self.recoveries or self.counted or self.starts or self.pending
        return bool(effects or self.facts or self.recalls or self.joins or self.failures)


class Engine:
    """All rules of an artifact. Thread-safe."""

    def __init__(
        self, artifact: dict[str, Any], redact: Sequence[str] = (), is_monitored: IsMonitored = without_numbers
    ) -> None:
        """`redact` are patterns of paths whose values no text of a finding may show (HINOMI_REDACT).

        `is_monitored` says whether the project with a number is monitored.
        """
        # One start of an operation serves every rule, so it keeps the fields that any of them can use.
        correlations = {spec["name"]: {**spec, "redact": redact} for spec in artifact["correlations"]}
        started = [spec for spec in artifact["rules"] if spec["start"] or spec["feeds"]]
        fed = (correlations[name] for spec in started for name in spec["feeds"])
        kept = [
            *(path for spec in started for path in spec["kept"]),
            *(path for spec in fed for path in distinguishing(spec)),
        ]
        paths = list(dict.fromkeys(kept))
        rules = ({**spec, "redact": redact, "kept": paths} for spec in artifact["rules"])
        self._rules = [Rule(spec, correlations, is_monitored) for spec in rules]
        self._prefilter = Prefilter(artifact["rules"])

    def evaluate(self, entry: dict[str, Any]) -> RuleEvaluation:
        """Evaluates the rules on a LogEntry from evidence.understand.

        A rule that fails produces a finding about itself; the other rules still run.
        """
        evaluation = RuleEvaluation()
        entry = with_update_mask(entry)
        for position in self.candidates(entry):
            rule = self._rules[position]
            try:
                _try(rule, entry, evaluation)
            except Exception as error:  # noqa: BLE001 - one broken rule must not blind the others; the finding records it
                evaluation.findings.append(crashed(rule.name, entry, error))
        return evaluation

    def candidates(self, entry: dict[str, Any]) -> Iterable[int]:
        """The indexes of the rules that may match."""
        return self._prefilter.candidates(entry)


def _try(rule: Rule, entry: dict[str, Any], evaluation: RuleEvaluation) -> None:
    if rule.memory is not None and rule.memory.is_used(entry):
        evaluation.recalls.append(_recall(rule, rule.memory, entry))
    else:
        _evaluate(rule, entry, evaluation)
    if rule.is_part(entry):
        evaluation.joins.append(_join(rule, entry))
    if (failure := rule.failure(entry)) is not None:
        evaluation.failures.append(failure)


def _join(rule: Rule, entry: dict[str, Any]) -> Join:
    part = rule.part(entry)

    def evaluate(other: dict[str, Any]) -> RuleEvaluation:
        evaluation = RuleEvaluation()
        _try(rule, part.joined(other), evaluation)
        return evaluation

    return Join(rule.name, part, evaluate)


def _recall(rule: Rule, memory: Memory, entry: dict[str, Any]) -> Recall:
    def evaluate(known: dict[str, Any]) -> RuleEvaluation:
        return _with_known(rule, memory, entry, known)

    def learn(policy: EarlierPolicy) -> Lesson:
        return Lesson(rule.name, memory.earlier(entry, policy), partial(_with_known, rule, memory))

    use = memory.use(entry)
    learns = learn if memory.compares or memory.restores else None
    return Recall(rule.name, memory.key(entry), entry, evaluate, use, learns, restores=memory.restores)


def _with_known(rule: Rule, memory: Memory, entry: dict[str, Any], known: dict[str, Any]) -> RuleEvaluation:
    evaluation = RuleEvaluation()
    _evaluate(rule, memory.completed(entry, known), evaluation, written=entry)
    return evaluation


def _evaluate(
    rule: Rule, entry: dict[str, Any], evaluation: RuleEvaluation, *, written: dict[str, Any] | None = None
) -> None:
    """Adds the effects of an entry. `written` is the entry without the remembered fields, if it is completed with them."""
    open_faults: set[str] = set()
    if rule.matches(entry):
        counted, pending, findings = rule.count(entry), rule.pending(entry), rule.findings(entry)
        evaluation.counted.extend(counted)
        evaluation.pending.extend(pending)
        evaluation.findings.extend(findings)
        open_faults = {finding.fingerprint for finding in (*findings, *(one.finding for one in pending))}
    if (start := rule.start(entry)) is not None:
        evaluation.starts.append(start)
    if rule.is_part(entry):
        return  # a request may fail: the whole operation shows what it ended and what the resource is
    # One entry may grant one role and revoke another: only the fingerprint of the revoked one recovers.
    if not rule.announces(entry):  # a deletion may fail: its last entry shows whether it did
        evaluation.recoveries.extend(over for over in rule.recoveries(entry) if over.fingerprint not in open_faults)
    if rule.memory is not None and (fact := rule.memory.fact(entry, written or entry)) is not None:
        evaluation.facts.append(Lesson(rule.name, fact, partial(_with_known, rule, rule.memory)))
