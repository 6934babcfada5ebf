"""Plans action runs for the changes of incidents, in the transaction of the changes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from db.error_db import handler_rules, notifications, queries, runs, silences
from db.error_db.lock import lock
from db.error_db.runs import NewRun, breakers
from db.error_db.views import load_view
from handlers import registry
from handlers.escalation.on_call import CHANNEL
from handlers.match import mismatch
from handlers.owners.recipients import Recipients
from handlers.remediations import brake_facts, causes
from handlers.spec import HandlerSpec, chained, readable_silences, specs
from handlers.stages import match
from handlers.stages.decision import Decision, decide
from handlers.stages.match import Matched
from handlers.stages.model import Facts, Question, StageResult
from shared.model import Mode, RunState, Status, Trigger
from shared.own_incidents import CHANNEL_BROKEN, SILENCE_EXPIRES
from shared.records import IncidentChange, IncidentView, RunView, SilenceView

if TYPE_CHECKING:
    from db.error_db.transaction import ErrorTransaction


def plan(changes: Sequence[IncidentChange], transaction: ErrorTransaction, now: datetime) -> None:
    """Writes the runs of matching handler rules, in their order, and suppressed runs with their reason."""
    if not changes:
        return
    planner = Planner(transaction.session, now)
    matching = [(rule, matched, change) for change in changes for rule, matched in planner.matching(change)]
    planner.lock(rule for rule, _, _ in matching)
    for rule, matched, change in matching:
        planner.apply(rule, matched, change)


def plan_failure_notifications(run: RunView, transaction: ErrorTransaction, now: datetime) -> None:
    """Plans messages about a remediation that failed permanently or was not approved in time, if no other remediation follows.

    A waiting card of the same rule shows the failure itself, and a resolved incident needs no message.
    """
    incident = load_view(transaction.session, run.incident_id, run.occurrence_id)
    if incident is None or incident.status is Status.RESOLVED:
        return
    change = IncidentChange(incident, Trigger.REMEDIATION_FAILED, causes.of_failure(run.id), run.occurrence_id)
    planner = Planner(transaction.session, now)
    waiting = {
        each.handler_rule
        for each in runs.of_incident(transaction.session, incident.id)
        if each.state is RunState.PLANNED
    }
    others = waiting | set(chained(planner.rules))
    free = [rule for rule in planner.rules if not registry.is_remediation(rule.action) and rule.name not in others]
    addressed = [planner.addressed(rule, incident) for rule in free]
    checked = [(rule, match.check(rule, incident, change.trigger)) for rule in addressed]
    matching = [(rule, matched) for rule, matched in checked if not matched.stops]
    planner.lock(rule for rule, _ in matching)
    for rule, matched in matching:
        planner.apply(rule, matched, change)


class Planner:
    """The current rules and silences, read once for all changes of a transaction."""

    def __init__(self, session: Session, now: datetime, rules: Sequence[HandlerSpec] | None = None) -> None:
        """`rules` replaces the stored ones."""
        self._session = session
        self._now = now
        self._silences = readable_silences(silences.active(session, now))
        stored = specs(handler_rules.applied(session)) if rules is None else list(rules)
        self._recipients = Recipients.of_rules(session, stored)
        self.rules = self._recipients.on_duty(stored, now)

    def addressed(self, rule: HandlerSpec, incident: IncidentView) -> HandlerSpec:
        """The rule; a rule for owners with the channel of the incident's owner."""
        return self._recipients.addressed(rule, incident, self._now)

    def matching(self, change: IncidentChange) -> list[Matched]:
        """The rules that match the change, in their order."""
        return [(rule, result) for rule, result in self._matched(change) if not result.stops]

    def decisions(self, change: IncidentChange, without: Collection[str] = ()) -> list[tuple[HandlerSpec, Decision]]:
        """The decisions on every rule for the change, except those in `without`, in their order; writes nothing."""
        return [
            (rule, Decision((result,)) if result.stops else self._decide(rule, result, change))
            for rule, result in self._matched(change)
            if rule.name not in without
        ]

    def lock(self, rules: Iterable[HandlerSpec]) -> None:
        """Locks the rules that count their runs, because two instances that count at the same time could both exceed the limit."""
        counting = {rule.name: rule for rule in rules if _counts(rule)}
        for name in sorted(counting):
            lock(self._session, "handler_rule", name)
        if any(rule.brakes.total_budget and registry.is_remediation(rule.action) for rule in counting.values()):
            lock(self._session, "handler_rule", brake_facts.ALL)

    def apply(self, rule: HandlerSpec, matched: StageResult, change: IncidentChange) -> bool:
        """Plans the run of one rule that matches the change, or stores why it is suppressed; returns whether it stored a run.

        Lock the rule before.
        """
        change = _of_channel(rule, change)
        decision = self._decide(rule, matched, change)
        if decision.is_silenced:
            self._count_suppressed(change.incident)
        return decision.is_stored and self._add(rule, change, decision)

    def apply_step(self, rule: HandlerSpec, matched: StageResult, change: IncidentChange) -> bool:
        """Plans the run of a rule that is the next step of a chain, or stores why it is suppressed; returns whether it runs."""
        decision = self._decide(rule, matched, change)
        if decision.is_stored:
            self._add(rule, change, decision)
        return decision.run

    def apply_if_free(self, rule: HandlerSpec, matched: StageResult, change: IncidentChange) -> bool:
        """Plans a run that was suppressed before, unless it still is; returns whether it was planned.

        Writes nothing else. A notification shares a digest with others that were suppressed.
        """
        decision = self._decide(rule, matched, change)
        shares_digest = not registry.is_remediation(rule.action)
        return decision.run and self._add(rule, change, decision, shares_digest=shares_digest)

    def _add(
        self, rule: HandlerSpec, change: IncidentChange, decision: Decision, *, shares_digest: bool = False
    ) -> bool:
        """Adds the run of a decision, later if it has a delay; the trial run of a stopped rule is the only run."""
        run = self._new_run(rule, change, decision)
        if shares_digest:
            run = replace(run, held_until=run.held_until or self._now)
        starts_at = self._now + rule.brakes.delay if rule.brakes.delay and decision.run else None
        number = runs.add(self._session, run, now=self._now, not_before=starts_at)
        if number is not None and decision.is_trial and rule.brakes.breaker:
            retry_at = (starts_at or self._now) + rule.brakes.breaker.retry_after
            breakers.start_trial(self._session, rule.name, number, retry_at=retry_at)
        return number is not None

    def _new_run(self, rule: HandlerSpec, change: IncidentChange, decision: Decision) -> NewRun:
        held_until = rule.hours.opens_at(self._now) if rule.hours and decision.is_held else None
        return replace(_new_run(rule, change, decision), held_until=held_until)

    def _matched(self, change: IncidentChange) -> list[Matched]:
        """The results of the first stage. A broken channel is never reported on that channel itself."""
        incident = change.incident
        current = [self.addressed(rule, incident) for rule in self.rules]
        rules = self._as_announced(current, change) if change.trigger is Trigger.RESOLVED else current
        checked = match.without_steps(
            [(rule, match.check(rule, incident, change.trigger)) for rule in rules], chained(rules)
        )
        if incident.rule != CHANNEL_BROKEN:
            return checked
        notifying = [rule for rule in current if rule.enabled and not registry.is_remediation(rule.action)]
        on_it = {rule.name for rule in notifying if registry.target_of(rule, incident) == incident.resource}
        return match.off_channel(checked, on_it, [rule.name for rule in notifying if rule.name not in on_it])

    def _as_announced(self, rules: Sequence[HandlerSpec], change: IncidentChange) -> list[HandlerSpec]:
        """The rules, each with the channel on which it notified of the incident, even if it names another one now.

        A resolution thus goes to the channel of the opening, and to every person on call and owner who was notified.
        """
        announced: dict[str, list[RunView]] = {}
        for run in runs.of_incident(self._session, change.incident.id):
            is_sent = run.trigger is not Trigger.RESOLVED and run.state is not RunState.SKIPPED
            if is_sent and run.mode is Mode.AUTO and not registry.is_remediation(run.action):
                announced.setdefault(run.handler_rule, []).append(run)
        return [each for rule in rules for each in _on_channels(rule, announced.get(rule.name, []))]

    def _decide(self, rule: HandlerSpec, matched: StageResult, change: IncidentChange) -> Decision:
        """The decision on a rule that matches the change."""
        return decide(matched, Question(rule, change, self._facts(rule, change)))

    def _facts(self, rule: HandlerSpec, change: IncidentChange) -> Facts:
        session, incident, target = self._session, change.incident, registry.target_of(rule, change.incident)
        notifies = not registry.is_remediation(rule.action)
        ends = notifies and change.trigger is Trigger.RESOLVED
        planned = runs.exists(
            session, incident_id=incident.id, handler_rule=rule.name, trigger=change.trigger, cause=change.cause
        )
        return Facts(
            now=self._now,
            target=target,
            notifies=notifies,
            silence=self._silence_of(incident),
            already_planned=planned,
            announced=notifies and self._announced(rule, change),
            notified=ends and self._is_notified(target, incident),
            last_run_at=self._last_run_at(rule, target, change) if rule.cooldown else None,
            **brake_facts.counted(session, rule, incident, self._now),
            opens_at=rule.hours.opens_at(self._now) if rule.hours else None,
            approval_waits=rule.mode is Mode.APPROVE
            and bool(queries.waiting_for_approval(session, handler_rule=rule.name, target=target)),
        )

    def _announced(self, rule: HandlerSpec, change: IncidentChange) -> bool:
        """Whether the rule has notified of this incident, or a waiting card will: that card then shows the cause too."""
        if change.trigger is Trigger.CAUSE_FOUND:
            states: tuple[RunState, ...] = (RunState.DONE, RunState.RUNNING)
        elif change.joined:
            states = (RunState.DONE, RunState.RUNNING, RunState.PLANNED)
        else:
            return False
        return any(
            run.handler_rule == rule.name and run.state in states
            for run in runs.of_incident(self._session, change.incident.id)
        )

    def _is_notified(self, target: str, incident: IncidentView) -> bool:
        """Whether the channel has a notification about the incident; true for an incident that exists only in a test."""
        return incident.id == 0 or notifications.has_notification(self._session, target, incident.id)

    def _last_run_at(self, rule: HandlerSpec, target: str, change: IncidentChange) -> datetime | None:
        """The last run for the cooldown: per target for a remediation, per incident for a notification.

        Only reoccurrences count for notifications: opening, escalation and resolution are always notified.
        """
        repair = registry.is_remediation(rule.action)
        if not repair and change.trigger is not Trigger.REOCCURRED:
            return None
        of_incident = None if repair else change.incident.id
        return runs.last_run_at(self._session, rule.name, target, incident_id=of_incident)

    def _silence_of(self, incident: IncidentView) -> SilenceView | None:
        """The first silence that matches; for an incident about an ending silence, only silences that name rules."""
        is_about_one = incident.rule == SILENCE_EXPIRES
        found = (view for view, scope in self._silences if mismatch(scope, incident, every=True) is None)
        return next((view for view in found if not is_about_one or "rule" in view.matcher), None)

    def _count_suppressed(self, incident: IncidentView) -> None:
        silence = self._silence_of(incident)
        if silence:
            silences.count_suppressed(self._session, silence.id)


def _on_channels(rule: HandlerSpec, announced: Sequence[RunView]) -> list[HandlerSpec]:
    """The rule with the channel of its latest run; one of a rotation or for owners once for each channel of its runs."""
    if not announced or registry.is_remediation(rule.action):
        return [rule]
    latest = {str(run.params.get(CHANNEL)) if _varies(rule) else "": run for run in announced}
    return [replace(rule, action=run.action, params=run.params) for run in latest.values()]


def _of_channel(rule: HandlerSpec, change: IncidentChange) -> IncidentChange:
    """The change with a cause of its own for each channel, if its resolution goes to several channels."""
    if not _varies(rule) or change.trigger is not Trigger.RESOLVED:
        return change
    return replace(change, cause=f"{change.cause}|{registry.target_of(rule, change.incident)}")


def _varies(rule: HandlerSpec) -> bool:
    """Whether the channel of the rule depends on the time or on the incident."""
    return bool(rule.on_call) or rule.to_owner


def uses_channel(rule: HandlerSpec, channel: str, incident: IncidentView, recipients: Recipients) -> bool:
    """Whether the rule is enabled and may notify on this channel, its own or that of a person on call or an owner."""
    if not rule.enabled or registry.is_remediation(rule.action):
        return False
    others = (replace(rule, params={**rule.params, CHANNEL: name}) for name in recipients.channels(rule))
    return any(registry.target_of(each, incident) == channel for each in (rule, *others))


def _counts(rule: HandlerSpec) -> bool:
    """Whether a decision on the rule depends on its earlier runs."""
    return bool(rule.budget or rule.cooldown) or rule.mode is Mode.APPROVE or registry.is_remediation(rule.action)


def _new_run(rule: HandlerSpec, change: IncidentChange, decision: Decision) -> NewRun:
    needs_approval, within = rule.mode is Mode.APPROVE and decision.run, int(rule.approve_within.total_seconds())
    return NewRun(
        incident_id=change.incident.id,
        occurrence_id=change.occurrence_id,
        handler_rule=rule.name,
        trigger=change.trigger,
        cause=change.cause,
        action=rule.action,
        target=registry.target_of(rule, change.incident),
        params=dict(rule.params),
        mode=Mode.DRY_RUN if needs_approval else rule.mode,
        reason=None if decision.run else str(decision.reason),
        decision=decision.as_list(),
        approval={"approvers": list(rule.approvers), "seconds": within} if needs_approval else None,
    )
