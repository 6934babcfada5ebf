"""The start of a function until its first response: unneeded work delays it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import starts
from tests.support.reporters import rules_with

# Which other packages a function may import before its first response.
OF_MESSAGE, OF_PAGE = {"orjson"}, {"orjson", "sqlalchemy", "typing_extensions"}
# Compiling the methods of a dataclass takes half a millisecond: the others are those of shared/lazy, which do it when used.
COMPILED_AT_ONCE = ["shared.front_door.RefusedError"]
COMPILED_FOR_A_PAGE = [*COMPILED_AT_ONCE, "dashboard.page_request.PageRequest"]


def check(found: starts.Start) -> None:
    """Asserts that garbage collection is on after the start, and that the objects created by the start are frozen."""
    assert found.collects_garbage
    assert found.has_frozen_its_start


@pytest.mark.server
def test_a_message_that_matches_no_rule_imports_no_database_no_client_and_no_compiler(tmp_path: Path) -> None:
    found = starts.start(starts.MESSAGE, {"HINOMI_RULES_DIR": str(rules_with(tmp_path))})
    check(found)
    assert found.answer == "no rule matches"
    assert found.other_packages == OF_MESSAGE
    assert {name.partition(".")[0] for name in found.own} == {"collectors", "main", "shared"}
    assert [name for name in found.own if name.startswith("collectors.metrics_analysis.compiler")] == []
    assert found.compiled == COMPILED_AT_ONCE


@pytest.mark.server
def test_the_first_page_imports_no_other_page_and_no_client(sqlite_url: str, schema_sqlite_url: str) -> None:
    found = starts.start(starts.PAGE, {"HINOMI_ERROR_DB_URL": sqlite_url, "HINOMI_SCHEMA_DB_URL": schema_sqlite_url})
    check(found)
    assert found.answer == "200 OK"
    assert found.other_packages == OF_PAGE
    assert [name for name in found.own if name.startswith("dashboard.pages.")] == ["dashboard.pages.now"]
    assert [name for name in found.compiled if not name.startswith("sqlalchemy.")] == COMPILED_FOR_A_PAGE
