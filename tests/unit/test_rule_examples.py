"""All examples of all shipped rules, and shipped rules without the required examples."""

from __future__ import annotations

import pytest

from collectors.metrics_analysis.compiler import compile_rules
from collectors.metrics_analysis.compiler.examples import Case, cases, problem
from collectors.metrics_analysis.sigma.engine import Engine
from shared.config import ROOT

ARTIFACT = compile_rules(ROOT / "rules")
ENGINE = Engine(ARTIFACT)


@pytest.mark.parametrize("case", cases(ROOT / "rules", ARTIFACT), ids=str)
def test_a_rule_does_what_its_example_says(case: Case) -> None:
    assert problem(ENGINE, case).en == ""
