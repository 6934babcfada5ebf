"""Addresses equal those that Werkzeug builds, and a start compiles nothing to build them."""

from __future__ import annotations

from types import CodeType
from typing import Any

import pytest
from werkzeug.routing import BuildError, Map, Rule

from dashboard.app import LazyRule

PATHS = ("/", "/rules/<rule>", "/incidents/<int:number>/run", "/static/<digest>/<path:name>", "/own/<own>")
ASKED: tuple[tuple[str, dict[str, Any]], ...] = (
    ("/", {}),
    ("/", {"more": "a b"}),
    ("/rules/<rule>", {"rule": "bigquery/a b?"}),
    ("/rules/<rule>", {"rule": "x", "self": "y", "append_unknown": "z"}),
    ("/incidents/<int:number>/run", {"number": 7}),
    ("/static/<digest>/<path:name>", {"digest": "d", "name": "a/b.css"}),
    ("/own/<own>", {"own": "x", "rule": "y"}),
)


def _addresses(kind: type[Rule]) -> list[str]:
    bound = Map([kind(path, endpoint=path) for path in PATHS]).bind("example.com")
    with pytest.raises(BuildError):
        bound.build("/rules/<rule>", {})
    return [bound.build(endpoint, values) for endpoint, values in (*ASKED, *ASKED)]


def test_addresses_are_those_of_werkzeug() -> None:
    assert _addresses(LazyRule) == _addresses(Rule)


def test_rules_compile_nothing_before_an_address_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[str] = []
    compile_now = Rule._get_func_code  # noqa: SLF001 - counted

    def counted(code: CodeType, name: str) -> Any:
        compiled.append(name)
        return compile_now(code, name)

    monkeypatch.setattr(Rule, "_get_func_code", staticmethod(counted))
    Map([LazyRule(path, endpoint=path) for path in PATHS])
    assert compiled == []
    Map([Rule(path, endpoint=path) for path in PATHS])
    assert len(compiled) == 2 * len(PATHS)
