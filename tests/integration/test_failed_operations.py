"""Operations whose first entry opens an incident and whose last entry shows a failure; failed deletions. Shipped rules."""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from itertools import permutations
from typing import Any

import pytest

from collectors.metrics_analysis.sigma.engine import Engine
from db.error_db.store import ErrorStore
from demo.entries import Entry
from shared.config import ROOT
from tests.support.audited import audit, play
from tests.support.shipped_rules import compiled

RULES = (
    "compute/firewall_opened",
    "network/peering_added",
    "iam/identity_provider_trusted",
    "vertex_ai/model_exported",
)
TITLE = "the operation fails after its start"


@pytest.fixture(scope="module")
def rules() -> Engine:
    return Engine(compiled())


def example(rule: str, title: str) -> list[Entry]:
    sections = json.loads((ROOT / "rules" / f"{rule}.examples.json").read_text(encoding="utf-8"))
    (found,) = [each for section in sections.values() for each in section if each["title"] == title]
    return copy.deepcopy(found["entries"])


@pytest.mark.parametrize("order", [*permutations(range(2)), (0, 0, 1, 1), (1, 1, 0, 0), (0, 1, 0)], ids=str)
@pytest.mark.parametrize("rule", RULES)
def test_a_change_that_did_not_take_place_is_no_open_fault(
    rules: Engine, sqlite_store: ErrorStore, rule: str, order: Sequence[int]
) -> None:
    first, last = example(rule, TITLE)
    incidents = play(rules, sqlite_store, [(first, last)[at] for at in order])
    assert [(one.rule, str(one.status), one.resolved_by, one.occurrence_count) for one in incidents] == [
        (rule, "resolved", "failed", 1)
    ]
    assert last["protoPayload"]["status"]["message"] in str(incidents[0].resolution)


@pytest.mark.parametrize("rule", RULES)
def test_the_same_change_that_succeeds_later_is_an_open_fault(
    rules: Engine, sqlite_store: ErrorStore, rule: str
) -> None:
    first, last = example(rule, TITLE)
    again = {**copy.deepcopy(first), "timestamp": "2026-11-20T09:00:00Z"}
    again["operation"]["id"] += "-again"
    incidents = play(rules, sqlite_store, [again, last, first])
    assert [(str(one.status), one.resolved_by) for one in incidents] == [("resolved", "failed"), ("open", None)]


@pytest.mark.parametrize(("code", "status"), [(0, "resolved"), (9, "open")])
def test_a_deletion_resolves_when_its_last_entry_shows_success(
    rules: Engine, sqlite_store: ErrorStore, code: int, status: str
) -> None:
    """The rule does not need to name the operation."""
    name = "projects/example-project/locations/eu/functions/hook"
    public = {"role": "roles/cloudfunctions.invoker", "member": "allUsers", "action": "ADD"}

    def call(minute: float, method: str, **payload: Any) -> Entry:
        called = f"google.cloud.functions.v2.FunctionService.{method}"
        return audit(minute, "cloudfunctions.googleapis.com", called, name, "cloud_function", **payload)

    opened = call(0, "SetIamPolicy", serviceData={"policyDelta": {"bindingDeltas": [public]}})
    first, last = call(5, "DeleteFunction"), call(6, "DeleteFunction", status={"code": code} if code else {})
    first["operation"] = {"id": "op-1", "producer": "cloudfunctions.googleapis.com", "first": True}
    last["operation"] = {"id": "op-1", "producer": "cloudfunctions.googleapis.com", "last": True}
    del last["protoPayload"]["authenticationInfo"]
    assert {str(one.status) for one in play(rules, sqlite_store, [opened, first])} == {"open"}
    of_function = [one for one in play(rules, sqlite_store, [last]) if one.rule == "functions/invoker_made_public"]
    assert [str(one.status) for one in of_function] == [status]
