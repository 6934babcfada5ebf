"""Measures the waiting time in a browser: the bytes of a first visit, the first paint, and layout shifts."""

from __future__ import annotations

import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from benchmarks.bars import Bars
from tests.support import browser as browsers
from tests.support.browser import Browser

PAINT_MS, MOST_KB, MOST_SHIFT = 300, 200, 0.0
WIDTHS = (1280, 390)  # of a screen, and of a phone
ROUNDS = 5
FAILING = ('class="stale failing"', "Traceback (most recent call last)")  # of a page with a part that could not be read
# Shifts that follow an input of a person do not count. The observer reports earlier entries with the next task.
SCRIPT = """
new Promise(done => {
  let shift = 0;
  const watch = new PerformanceObserver(list => { for (const each of list.getEntries()) if (!each.hadRecentInput) shift += each.value; });
  watch.observe({type: "layout-shift", buffered: true});
  setTimeout(() => {
    const page = performance.getEntriesByType("navigation")[0], paint = performance.getEntriesByName("first-contentful-paint")[0];
    const parts = performance.getEntriesByType("resource");
    done({
      status: page.responseStatus, html: document.documentElement.outerHTML, paint: paint.startTime, answer: page.responseEnd, shift, files: parts.length,
      bytes: [page, ...parts].reduce((sum, each) => sum + each.transferSize, 0),
    });
  }, 300);
})
"""


@dataclass(frozen=True, slots=True)
class Painted:
    """A page on a screen: milliseconds until the end of its response and until the first paint, kB, and its layout shift."""

    path: str
    width: int
    answer: float
    paint: float
    size: float
    shift: float


def measure(app: Flask, paths: Sequence[str], bars: Bars) -> None:
    """Opens pages in a headless Chromium with an empty cache, prints a line for each, and compares them with the limits."""
    chromium = browsers.program()
    if chromium is None:
        print("\nno first paint: Chromium is not installed")
        return
    try:
        with (
            tempfile.TemporaryDirectory() as folder,
            browsers.browser(chromium, Path(folder)) as browser,
            _served(app) as address,
        ):
            found = [_painted(browser, address, path, width) for path in paths for width in WIDTHS]
    except browsers.BrowserStartError as reason:
        print(f"\nno first paint: Chromium does not start: {reason}")
        return
    print(f"\n{'page in a browser':40} {'width':>6} {'response':>9} {'first paint':>12} {'size':>9} {'shift':>7}")
    for each in found:
        print(
            f"{each.path:40} {each.width:>6} {each.answer:>6.0f} ms {each.paint:>9.0f} ms {each.size:>6.1f} kB {each.shift:>7.4f}"
        )
    for limit, name, unit, digits in (
        (PAINT_MS, "paint", " ms", 0), (MOST_KB, "size", " kB", 1), (MOST_SHIFT, "shift", "", 4),
    ):  # fmt: skip
        worst = max(found, key=lambda each: float(getattr(each, name)))
        bars.at_most(limit, f"{name} of {worst.path} in a browser", round(getattr(worst, name), digits), unit)


def _painted(browser: Browser, address: str, path: str, width: int) -> Painted:
    """The medians of some visits; of the shifts the largest."""
    browser.look(width, dark=False)
    browser.call("Network.enable")
    browser.call("Network.setCacheDisabled", cacheDisabled=True)
    visits = []
    for _ in range(ROUNDS):
        browser.open(address + path)
        visits.append(_checked(path, browser.answer(SCRIPT)))
    answer, paint, size = (median(visit[name] for visit in visits) for name in ("answer", "paint", "bytes"))
    return Painted(path, width, answer, paint, size / 1000, max(visit["shift"] for visit in visits))


def _checked(path: str, visit: dict[str, Any]) -> dict[str, Any]:
    """The visit. Ends the program at a page that failed: its figures say nothing."""
    if visit["status"] != 200 or any(sign in visit["html"] for sign in FAILING):
        sys.exit(f"{path} is not measured: status {visit['status']}")
    return visit


class _Quiet(WSGIRequestHandler):
    """A handler that logs nothing."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing."""


@contextmanager
def _served(app: Flask) -> Iterator[str]:
    """The address of the dashboard on loopback."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        serving.join()
        server.server_close()
