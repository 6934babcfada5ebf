"""Plans action runs for the changes of incidents, in the transaction of the changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from db.error_db import handler_rules, notifications, runs, silences
from db.error_db.lock import lock
from db.error_db.runs import NewRun
from db.error_db.transaction import ErrorTransaction
from db.error_db.views import load_view
from handlers import registry
from handlers.channels.incident import CHANNEL_BROKEN
from handlers.match import Decision, Facts, Reason, mismatch, not_applicable, suppression
from handlers.spec import HandlerSpec, Match
from shared.errors import HinomiError
from shared.logs import log
from shared.model import RunState, Status, Trigger
from shared.records import HandlerRuleView, IncidentChange, IncidentView, RunView, SilenceView

SUPPRESSED = (Reason.SILENCED, Reason.NOT_NOTIFIED, Reason.COOLDOWN, Reason.BUDGET_SPENT)


def plan(changes: Sequence[IncidentChange], transaction: ErrorTransaction, now: datetime) -> None:
    """Writes the runs of matching handler rules, in their order, and suppressed runs with the reason."""
    if not changes:
        return
    planner = Planner(transaction.session, now)
    matching = [(rule, change) for change in changes for rule in planner.matching(change)]
    planner.lock(rule for rule, _ in matching)
    for rule, change in matching:
        planner.apply(rule, change)


def plan_failure_notifications(run: RunView, transaction: ErrorTransaction, now: datetime) -> None:
    """Plans cards about a permanently failed repair, with the trigger `escalated`, because no other repair follows.

    A waiting card of the same rule shows the failure itself, and a resolved incident needs no repair.
    """
    incident = load_view(transaction.session, run.incident_id, run.occurrence_id)
    if incident is None or incident.status is Status.RESOLVED:
        return
    change = IncidentChange(incident, Trigger.ESCALATED, f"failed|{run.id}", run.occurrence_id)
    planner = Planner(transaction.session, now)
    waiting = {
        each.handler_rule
        for each in runs.of_incident(transaction.session, incident.id)
        if each.state is RunState.PLANNED
    }
    notifying = [
        rule
        for rule in planner.rules
        if not registry.is_remediation(rule.action)
        and rule.name not in waiting
        and not not_applicable(rule, incident, change.trigger)
    ]
    planner.lock(notifying)
    for rule in notifying:
        planner.apply(rule, change)


def specs(views: Iterable[HandlerRuleView]) -> list[HandlerSpec]:
    """The stored rules in their order. An unreadable rule is logged and left out: the others still run."""
    readable = []
    for view in views:
        try:
            readable.append(HandlerSpec.from_dict(view.name, view.spec, enabled=view.enabled))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            log("ERROR", "handler rule cannot be read: apply it again", handler=view.name, error=repr(error))
    return readable


@dataclass(frozen=True, slots=True)
class _Silence:
    id: int
    match: Match


class Planner:
    """The current rules and silences, read once for all changes of a transaction."""

    def __init__(self, session: Session, now: datetime, rules: Sequence[HandlerSpec] | None = None) -> None:
        """`rules` replaces the stored ones."""
        self._session = session
        self._now = now
        self._silences = _silences(silences.active(session, now))
        self.rules = specs(handler_rules.applied(session)) if rules is None else list(rules)

    def matching(self, change: IncidentChange) -> list[HandlerSpec]:
        """The rules that apply to the change. A broken channel is never reported on that channel itself.

        If no rule reports it on another channel, the first notification rule for another channel does.
        """
        incident = change.incident
        rules = [rule for rule in self.rules if not not_applicable(rule, incident, change.trigger)]
        if incident.rule != CHANNEL_BROKEN:
            return rules
        others = [rule for rule in self.rules if rule.enabled and _notifies_elsewhere(rule, incident)]
        usable = [rule for rule in rules if rule in others or registry.is_remediation(rule.action)]
        return usable if any(rule in others for rule in usable) else usable + others[:1]

    def lock(self, rules: Iterable[HandlerSpec]) -> None:
        """Locks the rules that count their runs: two instances that count at the same time could both exceed the limit."""
        for name in sorted({rule.name for rule in rules if rule.budget is not None or rule.cooldown}):
            lock(self._session, "handler_rule", name)

    def apply(self, rule: HandlerSpec, change: IncidentChange) -> None:
        """Plans the run of one rule that applies to the change, or stores why it is suppressed. Lock it before."""
        decision = self._decide(rule, change)
        if decision.reason is Reason.SILENCED:
            self._count_hidden(change.incident)
        # A suppressed reoccurrence is not stored: a noisy fault would fill the table.
        if decision.run or (decision.reason in SUPPRESSED and change.trigger is not Trigger.REOCCURRED):
            runs.add(self._session, _new_run(rule, change, decision), now=self._now)

    def apply_if_free(self, rule: HandlerSpec, change: IncidentChange) -> bool:
        """Plans the run unless it is suppressed; returns whether it was planned. Writes nothing else."""
        decision = self._decide(rule, change)
        return decision.run and runs.add(self._session, _new_run(rule, change, decision), now=self._now) is not None

    def decide(self, rule: HandlerSpec, change: IncidentChange) -> Decision:
        """The decision on the rule for the change at this time; writes nothing."""
        if rule in self.matching(change):
            return self._decide(rule, change)
        reason = not_applicable(rule, change.incident, change.trigger) or Reason.SAME_CHANNEL
        return Decision(run=False, reason=reason)

    def _decide(self, rule: HandlerSpec, change: IncidentChange) -> Decision:
        """The decision on a rule that applies to the change."""
        if change.joined and self._notified_before(rule, change.incident):
            return Decision(run=False, reason=Reason.SAME_FAULT)
        reason = suppression(rule, change.incident, change.trigger, self._facts(rule, change))
        return Decision(run=reason is None, reason=reason or Reason.MATCHED)

    def _notified_before(self, rule: HandlerSpec, incident: IncidentView) -> bool:
        """Whether the rule has notified of this incident already. A repair concerns only its own job."""
        return not registry.is_remediation(rule.action) and any(
            run.handler_rule == rule.name and run.state not in (RunState.SKIPPED, RunState.FAILED)
            for run in runs.of_incident(self._session, incident.id)
        )

    def _facts(self, rule: HandlerSpec, change: IncidentChange) -> Facts:
        session, incident = self._session, change.incident
        notifies = not registry.is_remediation(rule.action)
        ends = notifies and change.trigger is Trigger.RESOLVED
        planned = runs.exists(
            session, incident_id=incident.id, handler_rule=rule.name, trigger=change.trigger, cause=change.cause
        )
        return Facts(
            now=self._now,
            already_planned=planned,
            silenced=self._silence_of(incident) is not None,
            last_run_at=self._last_run_at(rule, change) if rule.cooldown else None,
            runs_last_hour=runs.count_since(session, rule.name, self._now - timedelta(hours=1)) if rule.budget else 0,
            notifies=notifies,
            notified=ends and self._is_notified(target_of(rule, incident), incident),
        )

    def _is_notified(self, target: str, incident: IncidentView) -> bool:
        """Whether the channel has a notification about the incident; true for an incident that only a test knows."""
        return incident.id == 0 or notifications.has_notification(self._session, target, incident.id)

    def _last_run_at(self, rule: HandlerSpec, change: IncidentChange) -> datetime | None:
        """The last run for the cooldown: per target for a repair, per incident for a notification to a channel.

        For notifications only reoccurrences count: opening, escalation and resolution are always notified.
        """
        repair = registry.is_remediation(rule.action)
        if not repair and change.trigger is not Trigger.REOCCURRED:
            return None
        of_incident = None if repair else change.incident.id
        return runs.last_run_at(self._session, rule.name, target_of(rule, change.incident), incident_id=of_incident)

    def _silence_of(self, incident: IncidentView) -> _Silence | None:
        return next((each for each in self._silences if mismatch(each.match, incident, every=True) is None), None)

    def _count_hidden(self, incident: IncidentView) -> None:
        silence = self._silence_of(incident)
        if silence:
            silences.count_suppressed(self._session, silence.id)


def target_of(rule: HandlerSpec, incident: IncidentView) -> str:
    """The target of the action; the incident's resource if the action raises an error, which its run will report."""
    try:
        action = registry.find(rule.action)
        return action.target(incident, registry.params(action, rule.params))
    except HinomiError:
        return incident.resource


def _notifies_elsewhere(rule: HandlerSpec, incident: IncidentView) -> bool:
    """Whether the rule notifies on another channel than the one that the incident is about."""
    return not registry.is_remediation(rule.action) and target_of(rule, incident) != incident.resource


def notifies_on(rule: HandlerSpec, channel: str, incident: IncidentView) -> bool:
    """Whether the rule is enabled and notifies of the incident on this channel."""
    return rule.enabled and not registry.is_remediation(rule.action) and target_of(rule, incident) == channel


def _new_run(rule: HandlerSpec, change: IncidentChange, decision: Decision) -> NewRun:
    return NewRun(
        incident_id=change.incident.id,
        occurrence_id=change.occurrence_id,
        handler_rule=rule.name,
        trigger=change.trigger,
        cause=change.cause,
        action=rule.action,
        target=target_of(rule, change.incident),
        params=dict(rule.params),
        mode=rule.mode,
        reason=None if decision.run else str(decision.reason),
    )


def _silences(views: Iterable[SilenceView]) -> list[_Silence]:
    """The current silences. An unactive one is logged and left out: better a superfluous card than none."""
    active = []
    for view in views:
        try:
            active.append(_Silence(view.id, Match.from_dict(view.matcher)))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            log("ERROR", "silence cannot be read", silence=view.id, error=repr(error))
    return active
