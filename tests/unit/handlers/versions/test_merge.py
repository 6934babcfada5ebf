"""Applying a file keeps the changes that commands and the dashboard made since the last file."""

from __future__ import annotations

from typing import Any

import pytest

from handlers.versions.merge import Elsewhere, merge, merge_blocks
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


@pytest.mark.parametrize(
    ("last", "stored", "file", "expected"),
    [
        (None, "a", "b", "b"),
        ("a", "a", "b", "b"),
        ("a", "b", "b", "b"),
        ("a", "other", "a", "other"),
        ("a", "other", "b", "other"),
        ("a", None, "a", None),
        (None, None, "a", "a"),
    ],
)
def test_a_shared_block_that_was_changed_elsewhere_is_kept(last: Any, stored: Any, file: Any, expected: Any) -> None:
    def blocks(value: Any) -> dict[str, Any]:
        return {} if value is None else {"owners": value}

    merged, kept = merge_blocks(None if last is None else blocks(last), blocks(stored), blocks(file))
    assert (merged, kept) == (blocks(expected), ("owners",) if expected != file else ())
    assert merge_blocks(blocks(last), blocks(stored), blocks(file), overwrite=True) == (blocks(file), ())


def test_the_layers_are_always_those_of_the_map_and_follow_owners_that_are_kept() -> None:
    file = {"owners": "a", "layers": "new"}
    assert merge_blocks({"owners": "a"}, {"owners": "b", "layers": "old"}, file)[0] == {"owners": "b", "layers": "new"}
    without = merge_blocks({"owners": "a"}, {"owners": "b", "layers": "old"}, {"owners": "a"})[0]
    assert without == {"owners": "b", "layers": "old"}
