"""All examples of the shipped rules behave as declared, and no shipped rule lacks required examples."""

from __future__ import annotations

from collectors.metrics_analysis.compiler.examples import cases, is_monitored, problem
from collectors.metrics_analysis.sigma.engine import Engine
from tests.support.shipped_rules import RULES, compiled


def test_every_rule_does_what_its_examples_say() -> None:
    engine = Engine(compiled(), is_monitored=is_monitored)
    examples = cases(RULES, compiled())
    assert len(examples) > 500
    assert {str(case): text for case in examples if (text := problem(engine, case).en)} == {}
