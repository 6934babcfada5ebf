"""A Japanese page has the sections, lists, tables, commands and links of its English page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

import pytest

from shared.config import ROOT

JAPANESE = [ROOT / "README.ja.md", *sorted((ROOT / "docs").rglob("*.ja.md"))]
FENCED = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def outline(page: Path) -> list[tuple[str, int]]:
    """The level of each heading, with the number of list items and table rows below it; paragraphs may differ."""
    found = [("#", 0)]
    text = FENCED.sub("", page.read_text(encoding="utf-8"))
    for line in text.splitlines():
        if heading := re.match("#+ ", line):
            found.append((heading[0].strip(), 0))
        elif re.match(r"[-|]|\d+\. ", line):
            found[-1] = (found[-1][0], found[-1][1] + 1)
    return found


def commands(page: Path) -> Iterator[str]:
    """The code blocks without their comments, which are translated."""
    for language, block in FENCED.findall(page.read_text(encoding="utf-8")):
        if language in {"sh", "console", "yaml"}:
            yield re.sub(r" +#.*", "", block)


def links(page: Path) -> set[str]:
    """The pages to which a page links, by their English names, except its own translation."""
    found = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    own = page.name.replace(".ja.md", ".md")
    return {name.replace(".ja.md", ".md").replace("-ja.png", ".png") for name in found} - {own, f"docs/{own}"}


@pytest.mark.parametrize("page", JAPANESE, ids=lambda path: str(path.name))
def test_both_languages_have_the_same_outline(page: Path) -> None:
    english = page.with_name(page.name.replace(".ja.md", ".md"))
    assert [pair for pair in zip_longest(outline(english), outline(page)) if pair[0] != pair[1]] == []


@pytest.mark.parametrize("page", JAPANESE, ids=lambda path: str(path.name))
def test_both_languages_have_the_same_commands_and_links(page: Path) -> None:
    english = page.with_name(page.name.replace(".ja.md", ".md"))
    assert list(commands(page)) == list(commands(english))
    assert links(page) == links(english)


@pytest.mark.parametrize("page", JAPANESE, ids=lambda path: str(path.name))
def test_brackets_and_digits_in_japanese_are_half_width(page: Path) -> None:
    assert re.findall("[（）０-９]", page.read_text(encoding="utf-8")) == []
