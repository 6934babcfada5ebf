"""The rules of this repository, compiled once in each process of the tests."""

from __future__ import annotations

from functools import cache
from typing import Any

from collectors.metrics_analysis.compiler import compile_rules
from shared.config import ROOT

RULES = ROOT / "rules"


@cache
def compiled() -> dict[str, Any]:
    """The artifact of all shipped rules, which no test changes."""
    return compile_rules(RULES)
