"""The next steps for a person, from a rule or a threshold, with the commands whose values are all known."""

from __future__ import annotations

from typing import Any

from collectors.metrics_analysis.advice.command_line import first_complete
from collectors.metrics_analysis.sigma.template import Scope
from shared.model import NextStep


def next_steps(spec: dict[str, Any], scope: Scope) -> tuple[NextStep, ...]:
    """The steps of a compiled rule or threshold; empty if it was compiled by an older release."""
    return tuple(
        NextStep(step["en"], step["ja"], first_complete(step["commands"], scope)) for step in spec.get("next", ())
    )
