"""Decides handler rules for past incidents, in the order of time, by the stages of the live decision.

The replay knows the opening and the end of each incident, how long nobody acknowledged it, and the silences. Runs that
the replay decides count for cooldowns and budgets. Reminders, circuit breakers and decisions of approvers are unknown:
reminders are left out, breakers are closed, and everything is approved at once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime, timedelta

from db.error_db import silences
from handlers import registry
from handlers.match import mismatch
from handlers.owners.recipients import Recipients
from handlers.spec import HandlerSpec, Match, chained
from handlers.stages import match
from handlers.stages.decision import Decision, decide
from handlers.stages.model import Facts, Question
from shared.lazy.dataclass import dataclass
from shared.model import Status, Trigger
from shared.records import IncidentChange, IncidentView, SilenceView

HOUR = timedelta(hours=1)

Silences = Sequence[tuple[SilenceView, Match]]


@dataclass(frozen=True, slots=True)
class PastEvent:
    """An event of an incident, with the incident as it was then.

    `after` is the time for which nobody had acknowledged it.
    """

    time: datetime
    trigger: Trigger
    incident: IncidentView
    after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class PastDecision:
    """The decision on a rule for an event, and the target of its action."""

    event: PastEvent
    rule: HandlerSpec
    target: str
    decision: Decision


def events_of(incidents: Sequence[IncidentView], rules: Sequence[HandlerSpec], now: datetime) -> list[PastEvent]:
    """The events of the incidents until `now`, in the order of time, including the escalation steps of the rules."""
    steps = {rule.after for rule in rules if rule.after is not None and Trigger.UNACKNOWLEDGED in rule.on}
    found = [event for incident in incidents for event in _events(incident, steps, now)]
    return sorted(found, key=lambda event: (event.time, event.incident.id))


def _events(incident: IncidentView, steps: Collection[timedelta], now: datetime) -> Iterator[PastEvent]:
    opened = replace(incident, status=Status.OPEN, flapping_since=None, acknowledged_at=None, resolved_at=None)
    yield PastEvent(incident.received_at, Trigger.OPENED, opened)
    handled_at = min(filter(None, (incident.acknowledged_at, incident.resolved_at)), default=now)
    for after in steps:
        if (due := incident.received_at + after) < min(handled_at, now):
            yield PastEvent(due, Trigger.UNACKNOWLEDGED, opened, after)
    if incident.status is Status.RESOLVED and incident.resolved_at is not None:
        yield PastEvent(max(incident.resolved_at, incident.received_at), Trigger.RESOLVED, incident)


@dataclass
class RuleReplay:
    """One version of the rules, and their runs so far. Only the rules in `names` are decided."""

    rules: Sequence[HandlerSpec]
    recipients: Recipients
    silences: Silences
    names: Collection[str]
    _runs: dict[str, deque[tuple[datetime, str]]] = field(default_factory=dict)  # of the last hour: time and principal
    _repairs: deque[datetime] = field(default_factory=deque)  # runs of all remediations in the last hour
    _last: dict[tuple[str, str], datetime] = field(default_factory=dict)  # by rule and target
    _announced: dict[tuple[str, int], HandlerSpec] = field(default_factory=dict)
    _notified: set[tuple[str, int]] = field(default_factory=set)

    def play(self, events: Sequence[PastEvent]) -> Iterator[PastDecision]:
        """The decisions on every rule for every event, in the order of events."""
        steps = chained(self.rules)
        for event in events:
            for rule in self._addressed(event):
                if event.after is None or event.after == rule.after:
                    yield self._decided(rule, event, steps)

    def _addressed(self, event: PastEvent) -> Iterator[HandlerSpec]:
        """The rules, each with the channel of the person on call or the owner; for a resolution, the channel of the opening."""
        for rule in self.recipients.on_duty([each for each in self.rules if each.name in self.names], event.time):
            announced = self._announced.get((rule.name, event.incident.id))
            if event.trigger is Trigger.RESOLVED and announced is not None:
                yield replace(rule, params=announced.params)
            else:
                yield self.recipients.addressed(rule, event.incident, event.time)

    def _decided(self, rule: HandlerSpec, event: PastEvent, steps: Mapping[str, str]) -> PastDecision:
        ((_, matched),) = match.without_steps([(rule, match.check(rule, event.incident, event.trigger))], steps)
        if matched.stops:
            return PastDecision(event, rule, "", Decision((matched,)))
        target = registry.target_of(rule, event.incident)
        change = IncidentChange(event.incident, event.trigger, "replay", None)
        decision = decide(matched, Question(rule, change, self._facts(rule, target, event)))
        if decision.run:
            self._note(rule, target, event)
            self._announced[rule.name, event.incident.id] = rule
            self._notified.add((target, event.incident.id))
        return PastDecision(event, rule, target, decision)

    def _facts(self, rule: HandlerSpec, target: str, event: PastEvent) -> Facts:
        notifies, principal = not registry.is_remediation(rule.action), event.incident.principal
        recent = self._runs.get(rule.name, deque())
        while recent and recent[0][0] < event.time - HOUR:
            recent.popleft()
        while self._repairs and self._repairs[0] < event.time - HOUR:
            self._repairs.popleft()
        return Facts(
            now=event.time,
            target=target,
            notifies=notifies,
            silence=self._silence(event),
            notified=(target, event.incident.id) in self._notified,
            last_run_at=None if notifies else self._last.get((rule.name, target)),
            runs_last_hour=len(recent),
            runs_of_principal=sum(each == principal for _, each in recent) if principal else 0,
            runs_of_all=len(self._repairs),
            failures=None,
            opens_at=rule.hours.opens_at(event.time) if rule.hours else None,
        )

    def _note(self, rule: HandlerSpec, target: str, event: PastEvent) -> None:
        self._runs.setdefault(rule.name, deque()).append((event.time, event.incident.principal))
        self._last[rule.name, target] = event.time
        if registry.is_remediation(rule.action):
            self._repairs.append(event.time)

    def _silence(self, event: PastEvent) -> SilenceView | None:
        found = (view for view, scope in self.silences if mismatch(scope, event.incident, every=True) is None)
        return next((view for view in found if _is_active(view, event.time)), None)


def _is_active(view: SilenceView, moment: datetime) -> bool:
    window = silences.window(view, moment)
    return window is not None and window[0] <= moment < window[1]
