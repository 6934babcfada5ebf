"""Every service on a page is shown by the name of its product."""

from __future__ import annotations

from collectors.history_analysis import registry
from shared.identity.service_names import NAMES
from tests.support import shipped_rules


def test_every_service_of_a_rule_or_a_collector_has_a_name() -> None:
    compiled = shipped_rules.compiled()
    ruled = {rule["service"] for rule in compiled["rules"]}
    collected = {each.name.partition(".")[0] for each in registry.discover(compiled["history"])}

    assert ruled | collected <= set(NAMES)
