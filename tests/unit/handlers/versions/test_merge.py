"""Applying a file keeps what commands and the dashboard changed since the last file."""

from __future__ import annotations

from typing import Any

import pytest

from handlers.versions.merge import Elsewhere, merge
from shared.records import StoredRule

OLD, NEW, OTHER = {"budget": 1}, {"budget": 2}, {"budget": 3}


@pytest.mark.parametrize(
    ("last", "stored", "file", "expected", "kept"),
    [
        (None, None, NEW, NEW, None),
        (OLD, OLD, OLD, OLD, None),
        (OLD, OLD, NEW, NEW, None),
        (OLD, OLD, None, None, None),
        (OLD, NEW, NEW, NEW, None),
        (OLD, OTHER, OLD, OTHER, Elsewhere.CHANGED),
        (OLD, OTHER, NEW, OTHER, Elsewhere.CHANGED),
        (OLD, OTHER, None, OTHER, Elsewhere.CHANGED),
        (None, OTHER, None, OTHER, Elsewhere.ADDED),
        (None, OTHER, NEW, OTHER, Elsewhere.CHANGED),
        (OLD, None, OLD, None, Elsewhere.REMOVED),
        (OLD, None, NEW, None, Elsewhere.REMOVED),
        (OLD, None, None, None, None),
    ],
)
def test_every_combination_of_the_last_file_the_stored_rule_and_the_file(
    last: Any, stored: Any, file: Any, expected: Any, kept: Elsewhere | None
) -> None:
    def specs(spec: Any) -> dict[str, Any]:
        return {} if spec is None else {"a": spec}

    rules = [StoredRule("a", stored)] if stored else []
    found = merge(specs(last), rules, specs(file))
    assert (found.rules, found.kept) == ((StoredRule("a", expected),) if expected else (), {"a": kept} if kept else {})
    overwritten = merge(specs(last), rules, specs(file), overwrite=True)
    assert (overwritten.rules, overwritten.kept) == ((StoredRule("a", file),) if file else (), {})


def test_without_a_known_file_the_stored_rules_came_from_one() -> None:
    found = merge(None, [StoredRule("a", OLD), StoredRule("b", OLD)], {"a": NEW})
    assert (found.rules, found.kept) == ((StoredRule("a", NEW),), {})


def test_a_rule_that_was_disabled_by_hand_stays_disabled() -> None:
    found = merge({"a": OLD}, [StoredRule("a", OLD, enabled=False)], {"a": NEW})
    assert found.rules == (StoredRule("a", NEW, enabled=False),)


def test_a_kept_rule_stays_behind_the_rule_before_it() -> None:
    stored = [StoredRule(name, OLD) for name in ("first", "a", "x", "y", "b")]
    found = merge({"a": OLD, "b": OLD}, stored, {"b": OLD, "a": OLD})
    assert [rule.name for rule in found.rules] == ["first", "b", "a", "x", "y"]
