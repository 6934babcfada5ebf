from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from handlers.read import read
from handlers.remediations.brakes import OWN, TOTAL_BUDGET, Brakes
from handlers.spec import HandlerSpec
from handlers.stages import brakes
from handlers.stages.model import Facts, Question, Reason
from shared.model import Trigger
from shared.records import IncidentChange
from tests.support.incidents import incident

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
PROD = {"resource": (*OWN["resource"], "prod-*")}


@pytest.mark.parametrize(
    ("name", "is_denied"),
    [
        ("hinomi-source", True),
        ("projects/p/topics/hinomi-evidence", True),
        ("projects/-/serviceAccounts/hinomi-metrics@p.iam.gserviceaccount.com", True),
        ("projects/p/datasets/hinomi", True),
        ("p:hinomi", True),
        ("hinomi", True),
        ("hinomikaze", False),
        ("exports-hinomi-copy", False),
    ],
)
def test_a_remediation_never_touches_the_resources_of_hinomi_itself(name: str, is_denied: bool) -> None:  # noqa: FBT001
    about = incident(resource=name, principal="", project="p")
    assert (Brakes().denied(about, "x") is not None) is is_denied
    assert (Brakes().denied(incident(resource="x"), name) is not None) is is_denied
    assert Brakes(deny={}).denied(about, "x") is None


def test_all_remediations_without_a_declared_total_budget_share_the_default() -> None:
    change = IncidentChange(incident(), Trigger.OPENED, "x", None)
    facts = Facts(NOW, runs_of_all=TOTAL_BUDGET)
    repair = HandlerSpec("repair", "remove_iam_member")
    assert brakes.check(Question(repair, change, facts)).reason is Reason.TOTAL_BUDGET_SPENT
    assert not brakes.check(Question(repair, change, replace(facts, runs_of_all=TOTAL_BUDGET - 1))).stops
    unlimited = replace(repair, brakes=Brakes(total_budget=None))
    assert not brakes.check(Question(unlimited, change, facts)).stops
    assert not brakes.check(Question(HandlerSpec("card", "teams"), change, replace(facts, notifies=True))).stops


@pytest.mark.parametrize(
    ("defaults", "keys", "expected"),
    [
        ("{}", "{}", Brakes()),
        ("{}", "{total_budget: none, deny: none}", Brakes(total_budget=None, deny={})),
        ("{}", "{total_budget: 5/h, deny: {resource: 'prod-*'}}", Brakes(total_budget=5, deny=PROD)),
        ("{total_budget: none, deny: none}", "{}", Brakes(total_budget=None, deny={})),
        ("{total_budget: 5/h, deny: none}", "{deny: {resource: 'prod-*'}}", Brakes(total_budget=5, deny=PROD)),
        ("{deny: {resource: 'prod-*'}}", "{deny: none}", Brakes(deny={})),
        ("{deny: {resource: 'prod-*'}}", "{deny: {project: p}}", Brakes(deny={**PROD, "project": ("p",)})),
    ],
)
def test_the_defaults_can_be_changed_and_removed(tmp_path: Path, defaults: str, keys: str, expected: Brakes) -> None:
    file = tmp_path / "handlers.yaml"
    rule = f"{{name: a, action: remove_iam_member, brakes: {keys}}}"
    file.write_text(f"defaults: {{remediations: {{brakes: {defaults}}}}}\nhandlers: [{rule}]\n", encoding="utf-8")
    found, errors = read(file)
    assert errors == []
    assert found[0].brakes == expected
    assert Brakes.from_dict(expected.as_dict()) == expected
