"""The rules about the cost of a day: far above its past, or above the declared budget."""

from __future__ import annotations

UNUSUAL_COST, OVER_BUDGET = COST_RULES = ("cost/unusual_day", "cost/over_budget")
