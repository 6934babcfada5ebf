"""Opens and resolves incidents about the daily cost of users, jobs, datasets and projects, after each history run.

A day opens an incident as soon as its cost so far exceeds the usual cost of whole days, or the declared budget. The
incident resolves after a whole later day with a usual cost. Several excesses by the same runs are one incident.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any

from collectors.history_analysis.costs import findings
from collectors.history_analysis.incident_changes import IncidentCheck, write
from db.error_db import queries
from insights.cost.budget import DailyBudget, cost_excesses, has_costs
from insights.cost.spending import By, Prices
from shared.identity.cost_rules import COST_RULES
from shared.records import IncidentView


@dataclass(frozen=True, slots=True)
class CostCheck(IncidentCheck):
    """Opens and closes incidents about daily cost.

    `expectations` is the compiled rules/expectations.yaml, for its budgets.
    """

    expectations: Mapping[str, Any] = field(default_factory=dict)

    def check(self, now: datetime) -> int:
        """Compares today and yesterday (UTC) with the days before; returns the number of changed incidents.

        Raises TransientError if a database is unavailable.
        """
        prices = Prices(self.settings.price_per_tib, self.settings.price_per_slot_hour)
        budgets = [_budget(each) for each in self.expectations.get("budgets", ())]
        with self.schema.reading() as session:
            if not has_costs(session, now):
                return 0  # the Error DB of an installation without BigQuery is not opened
            unresolved = self._unresolved()
            is_open = {(each.labels.get(findings.BY, ""), each.labels.get(findings.NAME, "")) for each in unresolved}
            excesses = cost_excesses(session, now, prices, (budgets, is_open))
        by_day = sorted(excesses, key=lambda each: each.day)
        made = self.without_feedback([findings.expensive(each, self.settings.currency, now) for each in by_day])
        keys = {each.fingerprint for each in made}
        ended = [findings.over(each.rule, each.fingerprint, now) for each in unresolved if each.fingerprint not in keys]
        return write(self.errors(), self.plan, (made, ended), self.settings.redact, now) if made or ended else 0

    def _unresolved(self) -> list[IncidentView]:
        with self.errors().reading() as session:
            return [each for rule in COST_RULES for each in queries.unresolved_of_rule(session, rule)]


def _budget(entry: Mapping[str, Any]) -> DailyBudget:
    names = entry["name"]
    return DailyBudget(By(entry["by"]), lambda name: any(fnmatchcase(name, each) for each in names), entry["per_day"])
