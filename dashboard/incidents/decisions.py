"""The handler rules that made no run for an incident, decided by the current rules."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.model import Trigger
from shared.records import IncidentChange, IncidentView
from shared.texts import Text
from shared.texts.stages import sentence, stage_name

Stage = tuple[Text, Text, bool]


@dataclass(frozen=True, slots=True)
class OtherDecision:
    """A handler rule that did not run: the reason, and for each stage its decision and whether it stopped the rule."""

    rule: str
    action: str
    why: Text
    stages: tuple[Stage, ...]


def without_runs(session: Any, view: IncidentView, ran: Collection[str], now: datetime) -> list[OtherDecision]:
    """The rules that made no run, those that passed the most stages first, as they would decide if the incident opened now."""
    from handlers.plan import Planner  # noqa: PLC0415

    decided = Planner(session, now).decisions(IncidentChange(view, Trigger.OPENED, "", None), without=ran)
    found = []
    for rule, decision in decided:
        results = decision.as_list()
        stages = tuple((stage_name(each), sentence(each), bool(each.get("stops"))) for each in results)
        found.append(OtherDecision(rule.name, rule.action, stages[-1][1], stages))
    return sorted(found, key=lambda each: -len(each.stages))
