from __future__ import annotations

from datetime import UTC, datetime

import pytest

from handlers.versions import edits
from handlers.versions.changes import compare, last_change
from shared.errors import InputError
from shared.records import RuleVersion, StoredRule

A, B, C = (StoredRule(name, {"enabled": True, "budget": 1}) for name in "abc")
CHANGED_B = StoredRule("b", {"enabled": True, "budget": 2})


def kinds(before: list[StoredRule], after: list[StoredRule]) -> dict[str, str]:
    return {change.name: str(change.kind) for change in compare(before, after)}


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ([A, B], {}),
        ([A], {"b": "removed"}),
        ([A, B, C], {"c": "added"}),
        ([A, CHANGED_B], {"b": "changed"}),
        ([A, StoredRule("b", B.spec, enabled=False)], {"b": "disabled"}),
    ],
)
def test_each_kind_of_change_is_named(after: list[StoredRule], expected: dict[str, str]) -> None:
    assert kinds([A, B], after) == expected


def test_only_the_rule_that_moved_past_the_others_is_moved() -> None:
    assert kinds([A, B, C], [C, A, B]) == {"c": "moved"}


def test_the_version_that_changed_a_rule_last_is_found() -> None:
    def version(number: int, *rules: StoredRule) -> RuleVersion:
        return RuleVersion(number, datetime(2026, 11, 23, tzinfo=UTC), "alice", "command", "", rules, {}, None)

    versions = [version(4, A, CHANGED_B), version(3, A, CHANGED_B), version(2, A, B, C), version(1, A)]
    found = [last_change(versions, name) for name in "abcd"]
    assert [each and each.id for each in found] == [1, 3, 3, None]


def test_the_edits_of_the_list_of_rules() -> None:
    assert edits.added([A, B], C, before="b") == [A, C, B]
    assert edits.added([A], B) == [A, B]
    assert edits.changed([A, B], B, CHANGED_B) == [A, CHANGED_B]
    assert edits.removed([A, B, C], ["a", "c"]) == [B]
    off = edits.switched([A, B], ["b"], on=False)
    assert off == [A, StoredRule("b", B.spec, enabled=False)]
    assert edits.switched(off, ["b"], on=True) == [A, B]


def test_enabling_overrides_what_the_file_says() -> None:
    of_file = StoredRule("a", {"enabled": False, "budget": 1})
    assert edits.switched([of_file], ["a"], on=True) == [A]


def test_an_edit_that_cannot_be_made_says_why() -> None:
    with pytest.raises(InputError, match="no handler rule is named 'd'"):
        edits.removed([A, B], ["d"])
    with pytest.raises(InputError, match="'a' exists"):
        edits.added([A], A)
    with pytest.raises(InputError, match="in the meantime"):
        edits.changed([A, CHANGED_B], B, C)
