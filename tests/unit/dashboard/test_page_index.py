"""The index of the pages matches their modules, and is written again when one of them changes."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from dashboard import registry
from dashboard.compiled import page_index
from dashboard.compiled.loader import CACHE, DEPLOYED
from dashboard.page import Page

PAGES = registry.imported()


def fields(page: Page) -> dict[str, object]:
    """All properties of a page; functions are replaced by their names."""
    routes = [
        (each.path, each.method, each.template, each.role, each.function.__module__, each.function.__name__)
        for each in page.routes
    ]
    badge = (page.badge.__module__, page.badge.__name__) if page.badge else None
    return {**vars(page), "routes": routes, "badge": badge}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A dashboard's folder with one page, and the other sources of an index."""
    for source in page_index.SOURCES:
        path = tmp_path / source if source.endswith(".py") else tmp_path / source / "now.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path / "dashboard"


def test_it_has_everything_about_each_page(folder: Path) -> None:
    page_index.keep(PAGES, folder)
    found = page_index.read(folder)
    assert found is not None
    assert [fields(page) for page in found] == [fields(page) for page in PAGES]
    assert {page.name for page in found if page.badge} == {"incidents", "handlers"}


def test_its_functions_are_those_of_the_modules(folder: Path) -> None:
    page_index.keep(PAGES, folder)
    for page in page_index.read(folder) or ():
        for function in [*(route.function for route in page.routes), *filter(None, [page.badge])]:
            assert callable(getattr(sys.modules[function.__module__], function.__name__))


def test_a_function_is_called_with_what_the_page_is_asked() -> None:
    assert page_index.LazyFunction("json", "dumps")({"a": 1}, indent=None) == '{"a": 1}'


def test_titles_are_in_files_that_the_index_depends_on() -> None:
    sources = tuple(source.removesuffix(".py").replace("/", ".") for source in page_index.SOURCES)
    modules = [vars(module) for name, module in sys.modules.items() if name.startswith(sources)]
    known = {id(value) for names in modules for value in names.values()}
    assert [page.name for page in PAGES if id(page.title) not in known] == []


@pytest.mark.parametrize("source", ["dashboard/pages/now.py", "shared/texts/dashboard/now.py", "dashboard/page.py"])
def test_it_is_out_of_date_when_a_file_changes(folder: Path, source: str) -> None:
    page_index.keep(PAGES, folder)
    path = folder.parent / source
    os.utime(path, ns=(0, path.stat().st_mtime_ns + 1))
    assert page_index.read(folder) is None
    page_index.keep(PAGES, folder)
    assert page_index.read(folder) is not None


def test_it_is_out_of_date_when_a_page_is_added_or_deleted(folder: Path) -> None:
    page_index.keep(PAGES, folder)
    added = folder / "pages" / "added.py"
    added.touch()
    assert page_index.read(folder) is None
    added.unlink()
    assert page_index.read(folder) is not None
    (folder / "pages" / "now.py").unlink()
    assert page_index.read(folder) is None


def test_a_deployment_has_its_own_whatever_the_times_of_its_files(folder: Path) -> None:
    (folder / "templates").mkdir()
    page_index.write(PAGES, folder / "templates" / DEPLOYED)
    (folder / "pages" / "now.py").touch()
    found = page_index.read(folder)
    assert found is not None
    assert [page.name for page in found] == [page.name for page in PAGES]


@pytest.mark.parametrize("text", ["", "[]", "{", json.dumps({"version": 0, "files": [], "pages": []})])
def test_an_index_that_cannot_be_used_is_made_again(folder: Path, text: str) -> None:
    for place in (folder / "pages" / CACHE, folder / "templates" / DEPLOYED):
        place.mkdir(parents=True)
        (place / page_index.NAME).write_text(text, encoding="utf-8")
    assert page_index.read(folder) is None


def test_without_a_place_to_keep_it_the_pages_are_imported_each_time(folder: Path) -> None:
    (folder / "pages" / CACHE).write_text("not a folder", encoding="utf-8")
    page_index.keep(PAGES, folder)
    assert page_index.read(folder) is None
