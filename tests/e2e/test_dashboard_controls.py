"""Pages with data in a real browser: axe finds nothing serious, each page fits the screen, and each control works."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.support import browser_world, databases
from tests.support.browser import Browser
from tests.support.browser_world import BrowserWorld

pytestmark = [pytest.mark.slow, pytest.mark.server]

AXE = "axe-core@4.12.1"
NO_AXE = f"npm is not installed, or has no {AXE} here"
SOME = 8  # pages that axe examines, each in one look; EXHAUSTIVE=1 looks at every page in eight
PHONE, DESKTOP = (390, True), (1440, False)
EVERY_LOOK = [(width, dark) for width in (390, 1440) for dark in (False, True)]
SERIOUS = """
(async () => {
  const found = await axe.run(document, {resultTypes: ["violations"]});
  return found.violations.filter((each) => ["serious", "critical"].includes(each.impact))
    .map((each) => `${each.id}: ${each.nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`);
})()
"""
# A control is named by what it says. One that occurs on several rows is tried once.
CONTROLS = """
(() => {
  for (const details of document.querySelectorAll("details")) details.open = true;
  window.controls = {};
  for (const each of document.querySelectorAll("button, summary")) {
    if (!each.checkVisibility() || each.matches(":disabled")) continue;
    const name = (each.getAttribute("aria-label") || each.textContent).replace(/\\d+/g, "0").replace(/\\s+/g, " ").trim();
    window.controls[`${each.tagName.toLowerCase()} ${name}`] ??= each;
  }
  return Object.keys(window.controls);
})()
"""
# Fills in what a form requires, and then uses the control.
USE = """
((control) => {
  for (const field of control.form?.querySelectorAll("input:not([type]), input[type=text], textarea") ?? [])
    if (!field.value && field.name !== "every") field.value = "planned";
  window.changes = 0;
  const note = () => { window.changes += 1; };
  new MutationObserver(note).observe(document, {attributes: true, childList: true, characterData: true, subtree: true});
  window.print = navigator.clipboard.writeText = async () => note();
  control.click();
})(window.controls[NAME])
"""
WIDTHS = (360, 768, 1280)  # the last one is that of the controls
# A field asks for as much room as its number of characters takes in the font of the machine. Each one shrinks with its
# place whatever the font is, so that a page which fits here fits everywhere.
LONG_FIELDS = """
(() => {
  for (const each of document.querySelectorAll("input")) each.size = 60;
  for (const each of document.querySelectorAll("select")) each.add(new Option("a long choice ".repeat(5)));
})()
"""
# A second heading of the page, what runs over the edge of the screen, and text that is cut without a title that has all of
# it. Source code, tables in a frame that scrolls, and text for screen readers may be wider than their place.
LAYOUT = """
(() => {
  const wide = document.documentElement.clientWidth, found = [];
  if (document.querySelectorAll("h1").length !== 1) found.push("headings");
  if (document.documentElement.scrollWidth > wide) found.push(`page: ${document.documentElement.scrollWidth}`);
  for (const each of document.querySelectorAll("body *")) {
    const low = each.scrollHeight > each.clientHeight + 2;
    if (each.clientWidth <= 2 || (each.scrollWidth <= each.clientWidth + 1 && !low) || each.closest("svg, .sr, .lbl, [title]")) continue;
    const own = [...each.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim());
    const style = getComputedStyle(each), hides = ["hidden", "clip"];
    const cut = low ? hides.includes(style.overflowY) : own && hides.includes(style.overflowX);
    if (cut && each.checkVisibility({visibilityProperty: true})) found.push(`cut: ${each.textContent.trim().slice(0, 80)}`);
  }
  return found;
})()
"""
DONE = "window.changes === undefined ? document.readyState === 'complete' : window.changes > 0"


@pytest.fixture(scope="module")
def world(
    sqlite_template: Path, schema_sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BrowserWorld]:
    """A dashboard with something on every page."""
    folder = tmp_path_factory.mktemp("world")
    errors = databases.sqlite_copy(sqlite_template, folder / "error.db")
    history = databases.sqlite_copy(schema_sqlite_template, folder / "schema.db")
    with browser_world.served(errors, history) as made:
        yield made


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The script of axe-core from the npm registry; empty if it cannot be installed here."""
    if shutil.which("npm") is None:
        return ""
    folder = tmp_path_factory.mktemp("axe")
    packed = subprocess.run(["npm", "pack", "--silent", AXE], cwd=folder, capture_output=True, text=True, check=False)
    if packed.returncode:
        return ""
    subprocess.run(["tar", "xzf", packed.stdout.split()[-1], "package/axe.min.js"], cwd=folder, check=True)
    return (folder / "package/axe.min.js").read_text()


@dataclass
class Found:
    """What was found on the pages: violations that axe calls serious, layout faults, and controls without effect."""

    serious: dict[str, Any] = field(default_factory=dict)
    layout: dict[str, list[str]] = field(default_factory=dict)
    idle: list[tuple[str, str]] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def found(chromium: Browser, world: BrowserWorld, axe: str) -> Found:
    """What one visit of each page finds; all checks share the visit, because opening a page takes as long as most checks."""
    chromium.leave()
    found = Found()
    for place, path in enumerate(world.pages()):
        address = f"{world.address}{path}{'&' if '?' in path else '?'}lang={('ja', 'en')[place % 3 == 2]}"
        chromium.open(address)
        if axe and place < SOME:
            found.serious.update(_serious(chromium, path, axe, *(PHONE, DESKTOP)[place % 2]))
        found.layout.update(_faults_of_layout(chromium, path))
        _use_new_controls(chromium, world, path, address, found)
    found.problems = list(chromium.problems)
    return found


def _use_new_controls(browser: Browser, world: BrowserWorld, path: str, address: str, found: Found) -> None:
    """Uses each control of the open page that no page before had, on a new page if the one before has changed it."""
    is_unchanged = True
    for control in [each for each in browser.run(CONTROLS) if each not in found.used]:
        found.used.add(control)
        if not is_unchanged:
            browser.open(address)
        browser.run(CONTROLS)
        browser.run(USE.replace("NAME", json.dumps(control)))
        if not browser.reaches(DONE, seconds=60):
            found.idle.append((path, control))
        is_unchanged = control.startswith("summary ")  # that opens and closes what CONTROLS opens again
        if not is_unchanged:
            world.reset()


def test_axe_finds_nothing_serious(found: Found, axe: str) -> None:
    if not axe:
        pytest.skip(NO_AXE)
    assert found.serious == {}


@pytest.mark.skipif("EXHAUSTIVE" not in os.environ, reason="takes minutes: set EXHAUSTIVE=1")
def test_axe_finds_nothing_serious_in_any_look(browser: Browser, world: BrowserWorld, axe: str) -> None:
    if not axe:
        pytest.skip(NO_AXE)
    serious: dict[str, Any] = {}
    for path in world.pages():
        for language in ("en", "ja"):
            browser.open(f"{world.address}{path}{'&' if '?' in path else '?'}lang={language}")
            for look in EVERY_LOOK:
                serious.update(_serious(browser, f"{path} {language}", axe, *look))
    assert serious == {}


def test_every_page_fits_its_screen(found: Found) -> None:
    assert found.layout == {}


def test_every_control_does_something_and_the_browser_complains_about_nothing(found: Found) -> None:
    assert (found.idle, found.problems) == ([], [])
    assert len(found.used) > 20


def _serious(browser: Browser, path: str, axe: str, width: int, dark: bool) -> Iterator[tuple[str, Any]]:  # noqa: FBT001
    """The violations on the open page that axe calls serious, at this width and colour scheme."""
    browser.look(width, dark=dark)
    browser.run(axe)
    if serious := browser.answer(SERIOUS):
        yield f"{path} {width} {dark}", serious


def _faults_of_layout(browser: Browser, path: str) -> Iterator[tuple[str, list[str]]]:
    """For each width, the elements of the open page that are wider than the screen, or cut without a title."""
    browser.run(LONG_FIELDS)
    for width in WIDTHS:
        browser.look(width, dark=False)
        if faults := browser.run(LAYOUT):
            yield f"{path} {width}", faults
