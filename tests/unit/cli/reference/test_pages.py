"""`make docs` writes every generated file of docs/, and each of them is current."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.reference import openapi, pages, schemas
from shared.config import ROOT

PAGES = pages.pages()
DOCS = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.name))
def test_a_generated_file_is_current(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == PAGES[path](), "run: make docs"


def test_every_page_that_calls_itself_generated_is_written_by_make_docs() -> None:
    marked = {path for path in DOCS if pages.GENERATED in path.read_text(encoding="utf-8")}
    assert marked == {path for path in PAGES if path.suffix == ".md"}


def test_every_schema_is_written_by_make_docs() -> None:
    assert set(schemas.FOLDER.iterdir()) == {
        path for path in PAGES if path.suffix == ".json" and path not in (openapi.PAGE, pages.REPORT)
    }


def test_only_files_that_changed_are_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stale, current, missing = (tmp_path / "docs" / f"{name}.md" for name in ("stale", "current", "missing"))
    stale.parent.mkdir()
    stale.write_text("old")
    current.write_text("same")
    monkeypatch.setattr(pages, "pages", lambda: {stale: lambda: "new", current: lambda: "same", missing: lambda: "new"})
    assert pages.write() == [stale, missing]
    assert (stale.read_text(), missing.read_text()) == ("new", "new")
