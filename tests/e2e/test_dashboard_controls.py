"""Pages with data on them in a real browser: axe finds nothing serious, each fits its screen, and each control does something."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support import browser_world, databases
from tests.support.browser import Browser
from tests.support.browser_world import BrowserWorld

pytestmark = [pytest.mark.slow, pytest.mark.server]

AXE = "axe-core@4.12.1"
SOME = 8  # pages, each in one look; EXHAUSTIVE=1 looks at every page in eight
PHONE, DESKTOP = ("ja", 390, True), ("en", 1440, False)
EVERY_LOOK = [(language, width, dark) for language in ("en", "ja") for width in (390, 1440) for dark in (False, True)]
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
# What runs over the edge of the screen, and text that is cut without a title that has all of it. Source code, tables in a
# frame that scrolls, and text for screen readers may be wider than their place.
LAYOUT = """
(() => {
  const wide = document.documentElement.clientWidth, found = [];
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
    """The script of axe-core, from the npm registry."""
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed")
    folder = tmp_path_factory.mktemp("axe")
    packed = subprocess.run(["npm", "pack", "--silent", AXE], cwd=folder, capture_output=True, text=True, check=False)
    if packed.returncode:
        pytest.skip(f"npm has no {AXE} here")
    subprocess.run(["tar", "xzf", packed.stdout.split()[-1], "package/axe.min.js"], cwd=folder, check=True)
    return (folder / "package/axe.min.js").read_text()


def test_axe_finds_nothing_serious(browser: Browser, world: BrowserWorld, axe: str) -> None:
    exhaustive = "EXHAUSTIVE" in os.environ
    found: dict[str, Any] = {}
    for place, path in enumerate(world.pages() if exhaustive else world.pages()[:SOME]):
        for language, width, dark in EVERY_LOOK if exhaustive else [(PHONE, DESKTOP)[place % 2]]:
            browser.look(width, dark=dark)
            browser.open(f"{world.address}{path}{'&' if '?' in path else '?'}lang={language}")
            browser.run(axe)
            if serious := browser.answer(SERIOUS):
                found[f"{path} {language} {width}"] = serious
    assert found == {}


def test_every_page_fits_its_screen_and_every_control_does_something(browser: Browser, world: BrowserWorld) -> None:
    used: set[str] = set()
    idle: list[tuple[str, str]] = []
    layout: dict[str, list[str]] = {}
    for place, path in enumerate(world.pages()):
        address = f"{world.address}{path}{'&' if '?' in path else '?'}lang={('ja', 'en')[place % 3 == 2]}"
        browser.open(address)
        layout.update(_faults_of_layout(browser, path))
        for control in [each for each in browser.run(CONTROLS) if each not in used]:
            used.add(control)
            browser.open(address)
            browser.run(CONTROLS)
            browser.run(USE.replace("NAME", json.dumps(control)))
            if not browser.reaches(DONE, seconds=5):
                idle.append((path, control))
            world.reset()
    assert layout == {}
    assert (idle, browser.problems) == ([], [])
    assert len(used) > 20


def _faults_of_layout(browser: Browser, path: str) -> Iterator[tuple[str, list[str]]]:
    """Elements of the open page that are wider than the screen, or cut without a title, for each width."""
    for width in WIDTHS:
        browser.look(width, dark=False)
        if faults := browser.run(LAYOUT):
            yield f"{path} {width}", faults
