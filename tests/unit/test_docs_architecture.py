"""The pages for contributors name only modules, tests and tables that exist, and all tables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from db.migrate import ERROR_DB, SCHEMA_DB, Database
from shared.config import ROOT

PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
MODULE = re.compile(r"`((?:[a-z_]+/)*[a-z_]+\.py|tests/[a-z_/]+)`")
PAGES = [
    *(ROOT / name for name in ("CONTRIBUTING.md", "docs/architecture.md", "docs/testing.md")),
    *sorted((ROOT / "docs" / "decisions").glob("*.md")),
]
MODULES = sorted({name for page in PAGES for name in MODULE.findall(page.read_text(encoding="utf-8"))})


@pytest.mark.parametrize("database", [ERROR_DB, SCHEMA_DB], ids=lambda database: str(database.key))
def test_every_table_is_described(database: Database) -> None:
    named = {name for line in PAGE.splitlines() if line.startswith("| `") for name in re.findall(r"`(\w+)`", line)}
    assert {table.name for table in database.metadata.sorted_tables} <= named


def test_every_module_that_they_name_exists() -> None:
    folders = [path for path in ROOT.iterdir() if path.is_dir() and path.name != ".venv"]
    assert len(MODULES) > 100
    assert [name for name in MODULES if not (ROOT / name).exists() and not any(inside(folders, name))] == []


def inside(folders: Iterable[Path], name: str) -> Iterator[Path]:
    """The modules with this name in the folders, at any depth."""
    return (path for folder in folders for path in folder.glob(f"**/{name}"))
