"""The match stage: stops rules that do not apply to the change of the incident.

It is the first stage, because it needs no facts.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from handlers.match import SEVERITY, Mismatch, mismatch
from handlers.spec import PATTERN_FIELDS, HandlerSpec
from handlers.stages.model import Reason, StageName, StageResult
from shared.model import Trigger
from shared.records import IncidentView

REASONS = {
    **{name: Reason(f"{name}_differs") for name in PATTERN_FIELDS},
    SEVERITY: Reason.SEVERITY_BELOW,
}

# A rule on openings takes these changes too.
LIKE_OPENED = (Trigger.FLAPPING, Trigger.REOPENED, Trigger.CAUSE_FOUND)

Matched = tuple[HandlerSpec, StageResult]


def check(rule: HandlerSpec, incident: IncidentView, trigger: Trigger) -> StageResult:
    """Whether the rule is enabled, names the trigger, and matches the incident; otherwise the first property that differs."""
    if not rule.enabled:
        return _stop(Reason.DISABLED)
    if not _also(trigger) & set(rule.on):
        return _stop(Reason.TRIGGER_DIFFERS, on=", ".join(rule.on), trigger=str(trigger))
    found = mismatch(rule.match, incident)
    return StageResult(StageName.MATCH, Reason.MATCHED) if found is None else _differs(found)


def without_steps(checked: Sequence[Matched], chained: Mapping[str, str]) -> list[Matched]:
    """The results; a rule in `chained`, which runs only as a next step, does not match."""
    return [
        (rule, _stop(Reason.ONLY_A_STEP, rule=chained[rule.name]) if rule.name in chained else result)
        for rule, result in checked
    ]


def off_channel(checked: Sequence[Matched], on_it: Collection[str], on_others: Sequence[str]) -> list[Matched]:
    """The results for an incident about a broken channel, which is never reported on that channel.

    `on_it` are the rules that notify on it, `on_others` those that notify on another channel, in their order. If none
    of these matches, the first one is used.
    """
    same = _stop(Reason.SAME_CHANNEL)
    found = [(rule, same if not result.stops and rule.name in on_it else result) for rule, result in checked]
    if any(not result.stops and rule.name in on_others for rule, result in found):
        return found
    substitute = StageResult(StageName.MATCH, Reason.SUBSTITUTE)
    return [(rule, substitute if rule.name in on_others[:1] else result) for rule, result in found]


def _also(trigger: Trigger) -> set[Trigger]:
    """The triggers that a rule may name to accept this one, such as `opened` for a reopened incident.

    A resolution also goes where the escalation went.
    """
    if trigger in LIKE_OPENED:
        return {trigger, Trigger.OPENED}
    if trigger is Trigger.REMEDIATION_FAILED:
        return {trigger, Trigger.ESCALATED}
    return {trigger, Trigger.UNACKNOWLEDGED} if trigger is Trigger.RESOLVED else {trigger}


def _differs(found: Mismatch) -> StageResult:
    reason = REASONS.get(found.name, Reason.LABEL_DIFFERS)
    return _stop(reason, name=found.name, pattern=", ".join(found.patterns), value=found.value)


def _stop(reason: Reason, **values: str) -> StageResult:
    return StageResult(StageName.MATCH, reason, stops=True, values=values)
