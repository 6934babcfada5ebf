"""Compares the decisions of another version of the handler rules with the current one, for the incidents of the last days."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from db.error_db import queries, silences
from handlers import registry
from handlers.editing.replay import PastDecision, RuleReplay, Silences, events_of
from handlers.owners.recipients import Recipients
from handlers.spec import HandlerSpec, readable_silences, specs
from handlers.stages.decision import Decision
from handlers.stages.model import Reason, StageName
from shared.lazy.dataclass import dataclass
from shared.model import Mode, Trigger
from shared.records import HandlerRuleView, IncidentView, StoredRule
from shared.texts import Text, joined
from shared.texts.actions import reason as reason_text
from shared.texts.handler_rules import NO_SUCH_RULE
from shared.texts.handler_rules import simulation as texts
from shared.texts.stages import sentence

DAYS, MOST_DAYS = 30, 365  # of the past that a change is simulated on, unless a person chose others
MOST = 1_000  # incidents of the period, the latest, that a change is simulated on
_NEVER = datetime.min.replace(tzinfo=UTC)
_SHOWN = (Reason.HELD, Reason.DELAYED, Reason.NEEDS_APPROVAL)  # of a run: when it starts, and who has to agree

Key = tuple[datetime, int, Trigger, str]


@dataclass(frozen=True, slots=True)
class RuleVersionSet:
    """One version of all rules, with the owners and rotations that they notify."""

    rules: Sequence[HandlerSpec]
    recipients: Recipients


def version_set(rules: Sequence[StoredRule], defaults: Mapping[str, Any]) -> RuleVersionSet:
    """The version of stored rules and shared blocks."""
    views = [HandlerRuleView(rule.name, place, rule.enabled, rule.spec, _NEVER) for place, rule in enumerate(rules)]
    return RuleVersionSet(specs(views), Recipients.of_defaults(defaults))


@dataclass(frozen=True, slots=True)
class RuleCounts:
    """A changed rule: the number of events that it matches and of its runs, now and with the change.

    `stopped` has the reasons for which stages stop it with the change, with their number, most frequent first.
    """

    name: str
    matched: tuple[int, int]
    runs: tuple[int, int]
    stopped: tuple[tuple[Text, int], ...]


@dataclass(frozen=True, slots=True)
class SimulationTotals:
    """The sums of one version of the rules: the number of incidents, and of runs of each kind."""

    incidents: int
    remediations: int
    dry_runs: int
    messages: int

    @property
    def text(self) -> Text:
        """The sums as text."""
        return texts.TOTALS(
            incidents=texts.INCIDENTS(count=self.incidents),
            remediations=texts.REMEDIATIONS(count=self.remediations),
            dry_runs=texts.DRY_RUNS(count=self.dry_runs),
            messages=texts.MESSAGES(count=self.messages),
        )


@dataclass(frozen=True, slots=True)
class OutcomeDifference:
    """An event for which the outcome of a rule differs, with both outcomes as text."""

    incident: IncidentView
    trigger: Trigger
    rule: str
    before: Text
    after: Text


@dataclass(frozen=True, slots=True)
class RuleSimulation:
    """The result for `total` incidents since a time. `differences` has the latest ones first.

    `totals` are the sums of the rules in `counts`, now and with the change.
    """

    since: datetime
    total: int
    counts: tuple[RuleCounts, ...]
    totals: tuple[SimulationTotals, SimulationTotals]
    differences: tuple[OutcomeDifference, ...]


def simulate(
    session: Session,
    before: RuleVersionSet,
    after: RuleVersionSet,
    now: datetime,
    *,
    days: int = DAYS,
    everything: bool = False,
) -> RuleSimulation:
    """Decides both versions for the incidents of the last days, and compares the rules that differ, or all rules."""
    since = now - timedelta(days=days)
    found = queries.incidents(session, queries.IncidentFilter(since=since), limit=MOST)
    muted = readable_silences(silences.listed(session, now, with_expired=True))
    result = compared(found, muted, before, after, now, everything=everything)
    return replace(result, since=min(each.opened_at for each in found) if len(found) == MOST else since)


def compared(
    incidents: Sequence[IncidentView],
    muted: Silences,
    before: RuleVersionSet,
    after: RuleVersionSet,
    now: datetime,
    *,
    everything: bool = False,
) -> RuleSimulation:
    """Compares both versions for these incidents and silences, without a database."""
    every = dict.fromkeys(rule.name for version in (after, before) for rule in version.rules)
    changed = list(every if everything else _changed(before, after))
    events = events_of(incidents, (*before.rules, *after.rules), now)
    names = _with_shared_budget(changed, before, after)
    played = [
        {_key(each): each for each in RuleReplay(version.rules, version.recipients, muted, names).play(events)}
        for version in (before, after)
    ]
    counts = tuple(_counts(name, played[0].values(), played[1].values()) for name in changed)
    old, new = (_totals([each for each in found.values() if each.rule.name in changed]) for found in played)
    since = min((each.opened_at for each in incidents), default=now)
    return RuleSimulation(since, len(incidents), counts, (old, new), tuple(_differences(*played)))


def outcome(decision: Decision) -> Text:
    """The outcome of a decision: the stage that stops the rule, or the action that starts, when, and who must approve."""
    results = [result for result in decision.results if result.stops][:1]
    if not results:
        shown = [result for result in decision.results if result.reason in _SHOWN]
        results = [*(result for result in decision.results if result.stage is StageName.RUN), *shown]
    return joined([sentence(result.as_dict()) for result in results])


def _changed(before: RuleVersionSet, after: RuleVersionSet) -> Iterator[str]:
    """The names of rules that differ themselves, in their role as a step, or in the people whom they notify."""
    old, new = ({rule.name: replace(rule, inherits=()) for rule in version.rules} for version in (before, after))
    is_other_table = before.recipients != after.recipients
    for name in dict.fromkeys([*new, *old]):
        rules = [found[name] for found in (old, new) if name in found]
        is_addressed = any(rule.to_owner or rule.on_call for rule in rules)
        is_other_step = _steps(old).get(name) != _steps(new).get(name)
        if old.get(name) != new.get(name) or is_other_step or (is_other_table and is_addressed):
            yield name


def _steps(rules: Mapping[str, HandlerSpec]) -> dict[str, str]:
    return {step: rule.name for rule in rules.values() for step in (rule.then, rule.after_success) if step}


def _with_shared_budget(names: Sequence[str], *versions: RuleVersionSet) -> frozenset[str]:
    """The rules with those that share a budget with them: all remediations, if one of them is a remediation."""
    repairs = {rule.name for version in versions for rule in version.rules if registry.is_remediation(rule.action)}
    return frozenset(names) | (repairs if repairs & set(names) else set())


def _key(each: PastDecision) -> Key:
    return each.event.time, each.event.incident.id, each.event.trigger, each.rule.name


def _counts(name: str, before: Iterable[PastDecision], after: Iterable[PastDecision]) -> RuleCounts:
    old, new = ([each for each in found if each.rule.name == name] for found in (before, after))
    stopped = Counter(each.decision.reason for each in new if _is_matched(each) and not each.decision.run)
    return RuleCounts(
        name,
        matched=(sum(map(_is_matched, old)), sum(map(_is_matched, new))),
        runs=(sum(each.decision.run for each in old), sum(each.decision.run for each in new)),
        stopped=tuple((reason_text(str(reason)), count) for reason, count in stopped.most_common()),
    )


def _totals(decisions: Sequence[PastDecision]) -> SimulationTotals:
    matched = {each.event.incident.id for each in decisions if _is_matched(each)}
    runs = [each.rule for each in decisions if each.decision.run]
    repairs = [rule for rule in runs if registry.is_remediation(rule.action)]
    dry = sum(rule.mode is Mode.DRY_RUN for rule in repairs)
    return SimulationTotals(len(matched), len(repairs) - dry, dry, len(runs) - len(repairs))


def _is_matched(each: PastDecision) -> bool:
    return not each.decision.results[0].stops


def _differences(before: Mapping[Key, PastDecision], after: Mapping[Key, PastDecision]) -> Iterator[OutcomeDifference]:
    keys = dict.fromkeys([*after, *before])
    for key in sorted(keys, key=lambda each: (-each[0].timestamp(), -each[1])):
        old, new = before.get(key), after.get(key)
        if _effect(old) != _effect(new) and (present := new or old) is not None:
            event = present.event
            texts = (outcome(each.decision) if each else NO_SUCH_RULE for each in (old, new))
            yield OutcomeDifference(event.incident, event.trigger, present.rule.name, *texts)


def _effect(each: PastDecision | None) -> object:
    """The effect of a decision that a person would notice; None if the rule does not run."""
    if each is None or not each.decision.run:
        return None
    rule = each.rule
    return rule.action, each.target, dict(rule.params), rule.mode, each.decision.is_held, rule.brakes.delay
