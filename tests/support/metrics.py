"""The metric catalogue that Hinomi ships, compiled."""

from __future__ import annotations

from functools import cache
from typing import Any

from collectors.metrics_analysis.compiler.metrics import Catalogue, compile_metrics
from shared.config import ROOT


@cache
def shipped() -> Catalogue:
    """The catalogue in rules/metrics/."""
    made = compile_metrics(ROOT / "rules")
    assert made.errors == []
    return made


def kept_metrics() -> list[dict[str, Any]]:
    """The services with the series that history keeps, as the compiled rules have them."""
    return shipped().history
