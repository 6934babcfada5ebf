"""The architecture page knows the modules and the tables that there are."""

from __future__ import annotations

import re

import pytest

from db.migrate import ERROR_DB, SCHEMA_DB, Database
from shared.config import ROOT

PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
MODULE = re.compile(r"`((?:[a-z_]+/)*[a-z_]+\.py)`")


@pytest.mark.parametrize("database", [ERROR_DB, SCHEMA_DB], ids=lambda database: str(database.key))
def test_every_table_is_described(database: Database) -> None:
    named = {name for line in PAGE.splitlines() if line.startswith("| `") for name in re.findall(r"`(\w+)`", line)}
    assert {table.name for table in database.metadata.sorted_tables} <= named


@pytest.mark.parametrize("module", sorted(set(MODULE.findall(PAGE))))
def test_every_module_that_it_names_is_there(module: str) -> None:
    assert any(path.is_file() for path in ROOT.glob(f"**/{module}") if ".venv" not in path.parts), module
