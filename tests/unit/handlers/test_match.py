from __future__ import annotations

from datetime import timedelta

import pytest

from handlers.match import Mismatch, mismatch
from handlers.spec import HandlerSpec, Match, chained
from shared.model import Severity, Trigger
from tests.support.incidents import incident


def test_a_rule_is_the_same_after_it_was_stored() -> None:
    rule = HandlerSpec(
        name="repair",
        action="remove_iam_member",
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
    expected = Mismatch("member", "user:a@example.com, user:b…", ("user:*",))
    assert mismatch(Match(labels={"member": ("user:*",)}), cut, every=True) == expected
    assert mismatch(Match(labels={"member": ("*",)}), cut, every=True) is None


def test_a_step_names_every_rule_that_it_follows() -> None:
    rules = [
        HandlerSpec("a", "teams", then="c", after_success="b"),
        HandlerSpec("b", "teams", then="c"),
        HandlerSpec("c", "teams"),
    ]
    assert chained(rules) == {"c": "a, b", "b": "a"}
