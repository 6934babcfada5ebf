from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from handlers.match import Facts, Reason, mismatch, not_applicable, suppression
from handlers.spec import HandlerSpec, Match
from shared.model import IncidentKind, Severity, Trigger
from shared.records import IncidentView
from tests.support.incidents import NOW, incident


def spec(**changes: Any) -> HandlerSpec:
    return HandlerSpec(**{"name": "repair", "action": "remove_iam_member", **changes})


def reason(rule: HandlerSpec, view: IncidentView, trigger: Trigger = Trigger.OPENED, **facts: Any) -> Reason:
    return (
        not_applicable(rule, view, trigger) or suppression(rule, view, trigger, Facts(NOW, **facts)) or Reason.MATCHED
    )


def test_an_empty_match_takes_every_opened_incident() -> None:
    assert reason(spec(), incident()) is Reason.MATCHED


def test_a_disabled_rule_does_not_run() -> None:
    assert reason(spec(enabled=False), incident()) is Reason.DISABLED


def test_a_rule_for_opened_does_not_run_on_resolved() -> None:
    assert reason(spec(), incident(), Trigger.RESOLVED) is Reason.TRIGGER_DIFFERS


@pytest.mark.parametrize(
    ("match", "expected"),
    [
        (Match(kind=(IncidentKind.JOB_FAILURE,)), Reason.KIND_DIFFERS),
        (Match(service=("bigquery", "iam")), Reason.SERVICE_DIFFERS),
        (Match(rule=("iam/*",)), Reason.RULE_DIFFERS),
        (Match(severity=Severity.CRITICAL), Reason.SEVERITY_BELOW),
        (Match(resource=("prod-*",)), Reason.RESOURCE_DIFFERS),
        (Match(principal=("*@example.org",)), Reason.PRINCIPAL_DIFFERS),
        (Match(project=("other-*",)), Reason.PROJECT_DIFFERS),
        (Match(labels={"team": ("data",)}), Reason.LABEL_DIFFERS),
    ],
)
def test_each_property_that_differs_has_its_reason(match: Match, expected: Reason) -> None:
    assert reason(spec(match=match), incident()) is expected


@pytest.mark.parametrize(
    "match",
    [
        Match(kind=(IncidentKind.IRREGULAR_ACCESS,)),
        Match(service=("bigquery", "storage")),
        Match(rule=("storage/*",)),
        Match(severity=Severity.HIGH),
        Match(severity=Severity.LOW),
        Match(resource=("example-*",)),
        Match(principal=("*@example.com",)),
        Match(project=("example-project",)),
        Match(labels={"team": ("d*",)}),
    ],
)
def test_each_property_can_match(match: Match) -> None:
    assert reason(spec(match=match), incident(labels={"team": "data"})) is Reason.MATCHED


def test_patterns_mind_the_case() -> None:
    assert reason(spec(match=Match(resource=("EXAMPLE-*",))), incident()) is Reason.RESOURCE_DIFFERS


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"already_planned": True, "silenced": True}, Reason.ALREADY_PLANNED),
        ({"silenced": True, "last_run_at": NOW}, Reason.SILENCED),
        ({"last_run_at": NOW - timedelta(minutes=59), "runs_last_hour": 9}, Reason.COOLDOWN),
        ({"last_run_at": NOW - timedelta(minutes=60), "runs_last_hour": 5}, Reason.BUDGET_SPENT),
        ({"last_run_at": NOW - timedelta(minutes=60), "runs_last_hour": 4}, Reason.MATCHED),
    ],
)
def test_the_reasons_that_suppress_a_rule_have_this_order(facts: dict[str, Any], expected: Reason) -> None:
    assert reason(spec(cooldown=timedelta(hours=1), budget=5), incident(), **facts) is expected


@pytest.mark.parametrize(
    ("age", "expected"), [(timedelta(minutes=1), Reason.COOLDOWN), (timedelta(hours=4), Reason.MATCHED)]
)
def test_a_reoccurrence_waits_from_the_opening_too(age: timedelta, expected: Reason) -> None:
    rule = spec(on=(Trigger.REOCCURRED,), cooldown=timedelta(hours=4))
    assert reason(rule, incident(received_at=NOW - age), Trigger.REOCCURRED) is expected


def test_an_opening_does_not_wait_for_itself() -> None:
    assert reason(spec(cooldown=timedelta(hours=4)), incident(received_at=NOW)) is Reason.MATCHED


def test_a_rule_is_the_same_after_it_was_stored() -> None:
    rule = spec(
        match=Match(kind=("irregular_access",), severity=Severity.HIGH, labels={"team": ("data", "ml")}),
        on=(Trigger.OPENED, Trigger.ESCALATED),
        params={"allowed_domains": ["example.com"]},
        cooldown=timedelta(hours=1),
        budget=5,
    )
    assert HandlerSpec.from_dict("repair", rule.as_dict()) == rule


@pytest.mark.parametrize(
    ("pattern", "one", "every"),
    [("user:a*", True, False), ("user:*", True, True), ("user:c*", False, False), ("user:b@example.com", True, False)],
)
def test_a_silence_must_accept_every_value_of_a_label_and_a_rule_only_one(
    pattern: str, *, one: bool, every: bool
) -> None:
    several = incident(labels={"member": "user:a@example.com, user:b@example.com"})
    match = Match(labels={"member": (pattern,)})
    assert (mismatch(match, several) is None) is one
    assert (mismatch(match, several, every=True) is None) is every


def test_a_silence_does_not_accept_values_that_were_cut_off() -> None:
    cut = incident(labels={"member": "user:a@example.com, user:b…"})
    assert mismatch(Match(labels={"member": ("user:*",)}), cut, every=True) is Reason.LABEL_DIFFERS
    assert mismatch(Match(labels={"member": ("*",)}), cut, every=True) is None
