"""The documentation names no page, section, release or package that does not exist."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = [*ROOT.glob("*.md"), *sorted((ROOT / "docs").rglob("*.md"))]
SOURCES = [
    path
    for name in ("cli", "collectors", "dashboard", "db", "deploy", "handlers", "insights", "shared")
    for path in (ROOT / name).rglob("*.py")
]
# What pip may install from a page: a path or a package that pyproject.toml depends on.
DEPENDENCIES = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def known_packages() -> set[str]:
    extras = [name for names in DEPENDENCIES["optional-dependencies"].values() for name in names]
    return {re.split(r"[\[<>=;]", name)[0] for name in (*DEPENDENCIES["dependencies"], *extras)} - {
        DEPENDENCIES["name"]
    }


@cache
def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {
        re.sub(r"[^\w\- ]", "", re.sub(r"\[(.*?)\]\(.*?\)", r"\1", name).lower()).replace(" ", "-") for name in headings
    }


def broken_links(page: Path) -> list[str]:
    broken = []
    for name, anchor in re.findall(r"\]\(([^)#\s]*)(?:#([^)\s]*))?\)", page.read_text(encoding="utf-8")):
        target = page.parent / name if name else page
        if "://" not in name and (not target.exists() or (anchor and anchor not in anchors(target))):
            broken.append(f"{page.name}: {name}#{anchor}")
    return broken


def test_a_link_leads_to_a_page_and_its_section() -> None:
    assert [link for page in PAGES for link in broken_links(page)] == []


def test_a_page_names_no_tag() -> None:
    """No release is tagged yet, so a tag on a page would lead to an error."""
    tag = re.compile(r"git (?:checkout|switch|clone)[^\n`]*\bv?\d+\.\d+\.\d+|/(?:releases|tree|archive)/v?\d+\.\d+")
    assert [page.name for page in PAGES if tag.search(page.read_text(encoding="utf-8"))] == []


def installed_packages(page: Path) -> set[str]:
    text = page.read_text(encoding="utf-8")
    named = re.findall(r"(?:pip|pipx|uv tool) install ((?:[^\s`#]+ ?)+)", text)
    words = [word for words in named for word in words.split() if not word.startswith(("-", ".", "/", "'.", '".'))]
    return {re.split(r"[\[<>=;]", word)[0] for word in words}


def test_a_page_installs_only_known_packages() -> None:
    known = known_packages()
    assert {page.name: names for page in PAGES if (names := installed_packages(page) - known)} == {}


def test_no_message_installs_hinomi_from_an_index() -> None:
    """Hinomi is not on PyPI: a message may name its source folder only."""
    assert [path.name for path in SOURCES if re.search(r"install hinomi", path.read_text(encoding="utf-8"))] == []


def test_no_module_names_a_page_that_does_not_exist() -> None:
    named = {
        (path.name, name)
        for path in SOURCES
        for name in re.findall(r"\bdocs/[\w./-]+\.(?:md|json)\b", path.read_text(encoding="utf-8"))
    }
    assert sorted(pair for pair in named if not (ROOT / pair[1]).exists()) == []
