"""The compiler reports errors for any rule file, and never crashes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from collectors.metrics_analysis.compiler import RuleErrors, compile_rules
from collectors.metrics_analysis.sigma import matcher
from shared.errors import InputError
from tests.support.rules import BURST, DENIED, RULE, folder

WORDS = st.sampled_from(
    [
        "job",
        "FAILED",
        "correlation",
        "10m",
        "a|re",
        "a[any]",
        "[any]",
        ".",
        "",
        "*",
        "(",
        "1 of them",
        "not",
        "{",
        "{}",
        "|",
    ]
)
JUNK = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), WORDS, st.text(max_size=5), st.dates()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS | st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
DOCUMENTS = [yaml.safe_load(text) for text in (RULE, DENIED, BURST)]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every path in a document."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, child in children for place in places(child, (*path, key)))]


def put(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """A copy of the document with `new` at a path."""
    if not path:
        return new
    if isinstance(value, list):
        return [put(one, path[1:], new) if at == path[0] else one for at, one in enumerate(value)]
    return {key: put(one, path[1:], new) if key == path[0] else one for key, one in value.items()}


@st.composite
def broken(draw: st.DrawFn) -> str:
    """Generates the three documents with an invalid value at one path of one of them."""
    at = draw(st.integers(0, 2))
    path = draw(st.sampled_from(places(DOCUMENTS[at])))
    document = put(DOCUMENTS[at], path, draw(JUNK))
    return yaml.safe_dump_all([*DOCUMENTS[:at], document, *DOCUMENTS[at + 1 :]], sort_keys=False)


def attempt(root: Path) -> tuple[dict[str, Any], list[InputError]]:
    """Compiles a folder; returns the compiled rules or the errors."""
    try:
        return compile_rules(root), []
    except RuleErrors as wrong:
        return {}, wrong.errors


@pytest.mark.slow
@given(text=broken())
@example(text=yaml.safe_dump({**DOCUMENTS[0], "hinomi": {"\n\n": None}}))
def test_junk_anywhere_is_an_error_or_a_rule(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    root = folder(tmp_path_factory.mktemp("rules"), {"test/rule.yml": text})
    artifact, errors = attempt(root)
    assert all(error.file and error.message and "\n" not in error.message for error in errors)
    assert bool(artifact) is not bool(errors)
    for spec in json.loads(json.dumps(artifact.get("rules", []))):
        matcher.build(spec["condition"])
