"""The reaction of handler rules to the incident of a test: the rules that match, and the next steps of their chains."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from handlers import registry
from handlers.match import mismatch
from handlers.owners.recipients import Recipients
from handlers.remediations.chain import MOST_STEPS, steps_after, trigger_of
from handlers.rule_tests.schema import GivenKeys
from handlers.spec import HandlerSpec, chained
from handlers.stages import match
from handlers.stages.decision import Decision, decide
from handlers.stages.model import Facts, Question, Reason, StageName, StageResult
from shared.model import Mode, Trigger
from shared.records import BreakerView, IncidentChange, SilenceView
from shared.texts import Text


@dataclass
class Scenario:
    """The rules of a file and the situation of a test; `ran` and `decisions` are filled by `play`.

    `ran` are the rules that run, in order of time, addressed to their owner or person on call. `not_due` are rules of an
    escalation that are not due yet.
    """

    rules: Sequence[HandlerSpec]
    recipients: Recipients
    given: GivenKeys
    change: IncidentChange
    now: datetime
    ran: list[HandlerSpec] = field(default_factory=list)
    decisions: dict[str, Decision] = field(default_factory=dict)
    not_due: list[HandlerSpec] = field(default_factory=list)

    def play(self) -> None:
        """Decides every rule, and the steps that follow from the results that the test gives for each run."""
        self.ran += (at_once := list(self._at_once()))
        for rule in at_once:
            self._follow(rule, 1)

    def is_followed(self, rule: HandlerSpec) -> bool:
        """Whether the result of a run of the rule leads to a next step; that of a dry run never does."""
        return registry.is_remediation(rule.action) and rule.mode is not Mode.DRY_RUN

    def _at_once(self) -> Iterator[HandlerSpec]:
        incident, trigger = self.change.incident, self.change.trigger
        checked = [(rule, match.check(rule, incident, trigger)) for rule in self._addressed()]
        matched = match.without_steps(checked, chained(self.rules))
        for rule, result in sorted(matched, key=lambda each: self._after(each[0])):
            self.decisions[rule.name] = decision = self._decision(rule, result, self.change)
            if decision.run and not self._is_due(rule):
                self.not_due.append(rule)
            elif decision.run:
                yield rule

    def _addressed(self) -> list[HandlerSpec]:
        on_duty = self.recipients.on_duty(self.rules, self.now)
        return [self.recipients.addressed(rule, self.change.incident, self.now) for rule in on_duty]

    def _after(self, rule: HandlerSpec) -> timedelta:
        """How long after the opening a step of an escalation is due; rules of other events run at once."""
        is_step = self.change.trigger is Trigger.UNACKNOWLEDGED and self.given.unacknowledged_for is not None
        return rule.after or timedelta() if is_step else timedelta()

    def _is_due(self, rule: HandlerSpec) -> bool:
        return self._after(rule) <= (self.given.unacknowledged_for or timedelta.max)

    def _follow(self, rule: HandlerSpec, depth: int) -> None:
        """Plays the consequences of a run: the next step of its chain, or the messages about its failure."""
        has_failed, has_succeeded = rule.name in self.given.failed, rule.name in self.given.succeeded
        if not (has_failed or has_succeeded) or not self.is_followed(rule) or depth > MOST_STEPS:
            return
        reason = Reason.STEP_AFTER if has_failed else Reason.STEP_AFTER_SUCCESS
        step = self._step(rule, StageResult(StageName.MATCH, reason, values={"id": "1", "rule": rule.name}))
        if step is not None:
            self.ran.append(step)
            self._follow(step, depth + 1)
        elif has_failed:
            self.ran += self._notified_of_failure()

    def _step(self, rule: HandlerSpec, matched: StageResult) -> HandlerSpec | None:
        """The first step after a rule that runs: one that is disabled, does not match or is stopped is skipped."""
        for step in steps_after(self._addressed(), rule.name, after_success=matched.reason is not Reason.STEP_AFTER):
            if not step.enabled or mismatch(step.match, self.change.incident) is not None:
                continue
            change = IncidentChange(self.change.incident, trigger_of(matched.reason), "then", None)
            self.decisions[step.name] = decision = self._decision(step, matched, change)
            if decision.run:
                return step
        return None

    def _notified_of_failure(self) -> list[HandlerSpec]:
        """The notification rules on `escalated` that report the permanent failure of a remediation."""
        change = IncidentChange(self.change.incident, Trigger.REMEDIATION_FAILED, "failed", None)
        free = [rule for rule in self._addressed() if not registry.is_remediation(rule.action)]
        checked = [(rule, match.check(rule, change.incident, change.trigger)) for rule in free]
        matched = match.without_steps(checked, chained(self.rules))
        return [rule for rule, result in matched if self._decision(rule, result, change).run]

    def _decision(self, rule: HandlerSpec, matched: StageResult, change: IncidentChange) -> Decision:
        if matched.stops:
            return Decision((matched,))
        return decide(matched, Question(rule, change, self._facts(rule)))

    def _facts(self, rule: HandlerSpec) -> Facts:
        given, now = self.given, self.now
        opens_at = rule.hours.opens_at(now) if rule.hours and given.at is not None else None
        return Facts(
            now=now,
            target=registry.target_of(rule, self.change.incident),
            notifies=not registry.is_remediation(rule.action),
            silence=SilenceView(1, {}, "test", "", now, now + timedelta(hours=1), 0, now) if given.silenced else None,
            announced=given.effect,
            notified=given.notified,
            opens_at=now + timedelta(hours=8) if given.outside_hours else opens_at,
            runs_last_hour=given.runs_last_hour,
            runs_of_principal=given.runs_last_hour,
            runs_of_all=given.runs_last_hour,
            breaker=_open_breaker(rule, now) if given.breaker_open and rule.brakes.breaker else None,
        )


def channel_of(rule: HandlerSpec) -> str:
    """The name of the channel that a rule notifies; empty for a rule without channels."""
    parameters = registry.params(registry.find(rule.action), rule.params)
    return str(getattr(parameters, "channel", ""))


def _open_breaker(rule: HandlerSpec, now: datetime) -> BreakerView | None:
    """An open circuit breaker for a remediation; None for a notification."""
    if not registry.is_remediation(rule.action):
        return None
    return BreakerView(rule.name, 3, Text.verbatim("test"), now, now + timedelta(hours=1), None)
