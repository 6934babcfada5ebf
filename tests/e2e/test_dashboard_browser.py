"""The dashboard in a real browser: no page violates its content security policy or its width; keys and live updates work."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from werkzeug.serving import make_server

from dashboard import registry
from dashboard.page_request import PageRequest
from dashboard.pages.reports import _made
from db.error_db.store import ErrorStore
from db.schema_db.models import JobRun
from db.schema_db.store import SchemaStore
from insights.reports.model import PeriodReport
from insights.reports.period import ReportPeriod
from tests.support.browser import Browser
from tests.support.dashboard import NOW, Dashboard
from tests.support.findings import finding

pytestmark = [pytest.mark.slow, pytest.mark.server, pytest.mark.sqlite]


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


def test_every_page_without_data_keeps_its_policy_and_its_width(browser: Browser, site: str) -> None:
    paths = [page.routes[0].path for page in registry.discover() if "<" not in page.routes[0].path]
    browser.look(390, dark=True)
    for path in paths:
        browser.open(f"{site}{path}?lang=ja")
        assert browser.run("document.documentElement.scrollWidth <= window.innerWidth"), path
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


def test_a_report_that_is_not_stored_takes_the_place_of_the_note_that_it_is_being_created(
    browser: Browser, site: str, sqlite_schema_store: SchemaStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sqlite_schema_store.transaction() as session:
        session.add(JobRun(service="bigquery", project="p", run_id="r", job_name="j", state="succeeded"))
    asked, made = threading.Event(), threading.Event()

    def held(request: PageRequest, period: ReportPeriod) -> PeriodReport:
        asked.set()
        assert made.wait(60)
        return _made(request, period)

    monkeypatch.setattr("dashboard.pages.reports._made", held)
    browser.look(1440, dark=False)
    browser.open(f"{site}/reports?day=2026-11-11&lang=en")
    assert asked.wait(60)
    assert "This report is being created." in browser.run("document.querySelector('article').innerText")
    assert browser.run("document.querySelector('[data-print]').offsetParent") is None
    made.set()
    browser.wait("!document.querySelector('.pending')")
    assert browser.run("document.querySelectorAll('h1').length") == 1
    assert browser.run("!!document.querySelector('[data-print]').offsetParent") is True


def test_the_page_of_a_job_and_the_timeline_in_it_update_themselves(
    browser: Browser, site: str, sqlite_schema_store: SchemaStore
) -> None:
    def add(number: int) -> None:
        start = NOW - timedelta(hours=3 - number)
        values = {"run_id": str(number), "start_at": start, "end_at": start + timedelta(minutes=5)}
        with sqlite_schema_store.transaction() as session:
            session.add(JobRun(service="bigquery", project="p", job_name="load", state="succeeded", **values))

    add(1)
    browser.look(1440, dark=False)
    browser.open(f"{site}/jobs/job?service=bigquery&project=p&name=load&lang=en")
    bars, rows = "#timeline svg.wide g.done rect, #timeline svg.wide g.row > g", "#runs tbody tr"
    browser.wait(f"document.querySelectorAll('{bars}').length > 0")
    before = browser.run(f"document.querySelectorAll('{bars}').length")
    add(2)
    browser.run("document.body.dispatchEvent(new Event('refresh'))")
    browser.wait(f"document.querySelectorAll('{bars}').length > {before}")
    browser.wait(f"document.querySelectorAll('{rows}').length === 2")
    assert browser.problems == []
