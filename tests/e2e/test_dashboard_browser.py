"""The dashboard in a real browser: no page breaks its own policy or its width, and keys and live updates work."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from werkzeug.serving import make_server

from dashboard import registry
from db.error_db.store import ErrorStore
from db.schema_db.store import SchemaStore
from tests.support.browser import Browser
from tests.support.dashboard import NOW, Dashboard
from tests.support.findings import finding

pytestmark = [pytest.mark.slow, pytest.mark.server, pytest.mark.sqlite]

MAIN = ("/", "/incidents", "/incidents/1")


@pytest.fixture
def site(sqlite_store: ErrorStore, sqlite_schema_store: SchemaStore) -> Iterator[str]:
    """The address of a dashboard with two open incidents."""
    record(sqlite_store, "one", "two")
    app = Dashboard(sqlite_store, sqlite_schema_store).local().app
    server = make_server("127.0.0.1", 0, app, threaded=True)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    serving.join()
    server.server_close()


def record(store: ErrorStore, *names: str) -> None:
    with store.transaction(NOW) as transaction:
        for name in names:
            made = replace(finding(), time=NOW - timedelta(minutes=5), fingerprint=name, event_key=name, resource=name)
            transaction.record(replace(made, summary=f"{name} failed"), redact=())


def test_every_page_keeps_its_policy_and_its_width(browser: Browser, site: str) -> None:
    paths = [page.routes[0].path for page in registry.discover() if "<" not in page.routes[0].path]
    paths += ["/incidents/1", "/incidents/1/silence"]
    for language, width, dark, opened in (("ja", 390, True, paths), ("en", 1440, False, MAIN)):
        browser.look(width, dark=dark)
        for path in opened:
            browser.open(f"{site}{path}?lang={language}")
            assert browser.run("document.documentElement.scrollWidth <= window.innerWidth"), (path, width)
            assert browser.run("document.querySelectorAll('h1').length") == 1, path
    assert browser.problems == []


def test_a_row_is_acknowledged_by_keyboard_and_an_update_keeps_its_place(
    browser: Browser, site: str, sqlite_store: ErrorStore
) -> None:
    browser.look(1440, dark=False)
    browser.open(f"{site}/incidents?lang=en")
    first = browser.run("document.querySelector('tr[id]').id")
    with sqlite_store.transaction(NOW) as transaction:
        transaction.acknowledge(int(first.removeprefix("incident-")), by="bob@example.com", time=NOW)
    record(sqlite_store, "three")
    browser.run("document.body.dispatchEvent(new Event('refresh'))")
    browser.wait("document.querySelector('#news').innerText.includes('1 new incident')")
    assert browser.run("document.querySelector('tr[id]').id") == first
    assert "bob@example.com" in browser.run("document.querySelector('tr[id]').innerText")
    assert browser.run("document.querySelectorAll('tr[id]').length") == 2
    browser.press("j", "j", "x")
    browser.wait("document.querySelector('.bulk').classList.contains('some')")
    browser.run("window.isOld = true")
    browser.press("a")
    browser.wait("!window.isOld && !!document.querySelector('.toast')")
    assert "1 incident acknowledged." in browser.run("document.querySelector('.toast').innerText")


def test_the_palette_finds_an_incident_by_keyboard(browser: Browser, site: str) -> None:
    browser.look(1440, dark=True)
    browser.open(f"{site}/?lang=en")
    browser.press("ctrl+k", "t", "w", "o")
    browser.wait("document.querySelector('#found').innerText.includes('two failed')")
    browser.press("ArrowDown", "Enter")
    browser.wait("location.pathname.startsWith('/incidents/')")
