"""What a person looks at next, as a rule or a threshold says, with the commands of which all values are there."""

from __future__ import annotations

from typing import Any

from collectors.metrics_analysis.advice.command_line import first_complete
from collectors.metrics_analysis.sigma.template import Scope
from shared.model import NextStep


def next_steps(spec: dict[str, Any], scope: Scope) -> tuple[NextStep, ...]:
    """The steps of a compiled rule or threshold; none if it is of an older release."""
    return tuple(
        NextStep(step["en"], step["ja"], first_complete(step["commands"], scope)) for step in spec.get("next", ())
    )
