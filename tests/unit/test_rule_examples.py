"""All examples of all shipped rules, and shipped rules without the required examples."""

from __future__ import annotations

import pytest

from collectors.metrics_analysis.compiler.examples import Case, cases, problem
from collectors.metrics_analysis.sigma.engine import Engine
from tests.support.shipped_rules import RULES, compiled

ARTIFACT = compiled()
ENGINE = Engine(ARTIFACT)


@pytest.mark.parametrize("case", cases(RULES, ARTIFACT), ids=str)
def test_a_rule_does_what_its_example_says(case: Case) -> None:
    assert problem(ENGINE, case).en == ""
