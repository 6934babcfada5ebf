"""A change of the rules must not break a chain."""

from __future__ import annotations

import pytest

from handlers.versions.chains import check_change, of_rules
from shared.errors import InputError
from shared.records import StoredRule


def rules(**following: str) -> list[StoredRule]:
    return [StoredRule(name, {"then": step} if step else {}) for name, step in following.items()]


@pytest.mark.parametrize(
    ("after", "message"),
    [
        (rules(clear="rerun", rerun="pager", page=""), "rerun, then: the next step 'pager' is not a handler rule"),
        (rules(clear="rerun", rerun="page"), "rerun, then: the next step 'page' is not a handler rule"),
        (
            rules(clear="rerun", rerun="clear", page=""),
            "clear, then: the next steps form a circle: clear → rerun → clear",
        ),
        (
            [*rules(clear="rerun", page=""), StoredRule("rerun", {"after_success": "rerun"})],
            "rerun, after_success: the next steps form a circle: rerun → rerun",
        ),
    ],
)
def test_a_step_that_does_not_exist_or_leads_back_is_rejected(after: list[StoredRule], message: str) -> None:
    with pytest.raises(InputError) as caught:
        check_change(rules(clear="rerun", rerun="page", page=""), after)
    assert str(caught.value) == message


def test_a_chain_that_was_broken_before_prevents_no_other_change() -> None:
    broken = rules(clear="gone")
    check_change(broken, [*broken, *rules(page="")])
    assert [(step.rule, step.key) for step in of_rules(broken)] == [("clear", "then")]
