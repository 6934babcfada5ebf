"""The common parts of all pages: navigation, languages, headers, protection of forms, and error pages."""

from __future__ import annotations

import gzip
import re
from typing import Any

import pytest

from dashboard import registry
from dashboard.page import Page
from dashboard.security import headers
from shared.errors import TransientError
from tests.support.dashboard import Dashboard, Visitor

pytestmark = pytest.mark.sqlite

PAGES = [page for page in registry.discover() if "<" not in page.routes[0].path]
PEOPLE: dict[str, Any] = {"dashboard_viewers": ("*@example.com",), "dashboard_operators": ("bob@example.com",)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.name))
def test_a_page_of_empty_databases_opens_in_both_languages_and_asks_nobody_else_for_anything(
    visitor: Visitor, page: Page
) -> None:
    for language in ("en", "ja"):
        response = visitor.open(f"{page.routes[0].path}?lang={language}")
        html = response.text
        assert response.status_code == 200
        assert f'<html lang="{language}">' in html
        assert page.title.in_language(language) in html
        assert re.findall(r'\b(?:src|href|action)="(?:https?:)?//', html) == []
        assert re.findall(r"<script(?! defer src)|\sstyle=|\son\w+=|<style", html) == []
        assert re.findall(r"。 [^<\s]+|[ぁ-んァ-ヶ一-龥][.,](?=[\s<])", html) == []
        assert 'href="#parsed" blocking="render"' in html
        assert html.count('id="parsed"') == 1
        assert "{" not in re.sub(r"<meta name=\"htmx-config\".*?>|hx-\w+='.*?'", "", html)


def test_pages_have_names_keys_and_places_of_their_own() -> None:
    for values in zip(
        *((page.name, page.key or page, page.order or page) for page in registry.discover()), strict=True
    ):
        assert len(set(map(str, values))) == len(values)


def test_a_response_forbids_scripts_and_frames_of_others(visitor: Visitor) -> None:
    for address in ("/incidents", "/static/0/style.css", "/nowhere"):
        response = visitor.open(address)
        assert {name: response.headers[name] for name in headers.HEADERS} == headers.HEADERS
    assert visitor.open("/incidents").headers["Cache-Control"] == "no-store"


def test_a_file_is_kept_under_the_name_of_its_content_only(visitor: Visitor) -> None:
    html = visitor.open("/incidents").text
    address = re.findall(r'href="(/static/\w+/style.css)"', html)[0]
    assert "immutable" in visitor.open(address).headers["Cache-Control"]
    assert visitor.open("/static/0/style.css").headers["Cache-Control"] == "no-cache"
    assert visitor.open("/static/0/../app.py").status_code == 404


def test_a_page_is_compressed_for_a_browser_that_can_read_it(visitor: Visitor) -> None:
    compressed = visitor.open("/incidents", **{"Accept-Encoding": "gzip"})
    assert compressed.headers["Content-Encoding"] == "gzip"
    assert len(compressed.data) < len(visitor.open("/incidents").data) / 2


def test_a_file_is_compressed_once_for_browsers_that_can_read_it(visitor: Visitor) -> None:
    plain, compressed = (visitor.open("/static/0/style.css", **{"Accept-Encoding": each}) for each in ("", "gzip"))
    assert gzip.decompress(compressed.data) == plain.data
    assert "Content-Encoding" not in plain.headers
    assert "Accept-Encoding" in compressed.headers["Vary"]
    assert "Content-Encoding" not in visitor.open("/static/0/nothing.bin", **{"Accept-Encoding": "gzip"}).headers


def test_the_language_is_that_of_the_address_then_of_the_cookie_then_of_the_browser(visitor: Visitor) -> None:
    assert 'lang="ja"' in visitor.open("/incidents", **{"Accept-Language": "ja,en;q=0.5"}).text
    assert '<html lang="en">' in visitor.open("/incidents?lang=en", **{"Accept-Language": "ja"}).text
    assert '<html lang="en">' in visitor.open("/incidents", **{"Accept-Language": "ja"}).text


def test_a_person_without_a_role_gets_nothing(dashboard: Dashboard) -> None:
    for person in ("", "mallory@example.net"):
        visitor = dashboard.deployed(person, **PEOPLE)
        for path in ("/", "/incidents", "/nowhere"):
            page = visitor.open(path)
            assert page.status_code == 403
            assert "Incidents" not in page.text
    assert "alice@example.com viewer" in dashboard.deployed("alice@example.com", **PEOPLE).read("/incidents")


def test_a_local_dashboard_answers_under_names_of_this_machine_only(visitor: Visitor) -> None:
    assert visitor.open("/incidents", Host="127.0.0.1:8787").status_code == 200
    assert visitor.open("/incidents", Host="attacker.example").status_code == 403
    elsewhere = visitor.client.get("/incidents", environ_overrides={"REMOTE_ADDR": "192.0.2.7"})
    assert elsewhere.status_code == 403


def test_a_text_that_no_database_takes_is_rejected_before_it_reaches_one(visitor: Visitor) -> None:
    for address in ("/incidents?q=%00", "/incidents?%00=x", "/search?q=a%00b&part=results"):
        assert visitor.open(address).status_code == 400
    page = visitor.refused("/incidents/acknowledge", "/incidents?state=open", id="1\0")
    assert "an invisible character" in page


def test_an_address_that_names_nothing_says_so(visitor: Visitor) -> None:
    assert "Page not found" in visitor.read("/nowhere", 404)
    assert visitor.open("/incidents?part=nothing").status_code == 404
    assert visitor.open("/healthz").text == "ok"
    for path in ("/incidents/{}/acknowledge", "/handlers/silences/{}/expire", "/runs/{}/approve", "/runs/{}/deny"):
        assert visitor.send(path.format(10**20)).status_code == 404, path


def test_a_database_that_does_not_answer_is_never_a_platform_that_is_well(
    dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unavailable(*_: Any) -> None:
        raise TransientError("connection refused")

    visitor = dashboard.local()
    monkeypatch.setattr(dashboard.error_store, "reading", unavailable)
    page = visitor.read("/incidents", 503)
    assert "Hinomi cannot read its database" in page
    assert "connection refused" in page


def test_a_page_that_needs_what_a_function_does_not_have_says_where_it_works(
    dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> None:
        raise ModuleNotFoundError("No module named 'yaml'", name="yaml")

    visitor = dashboard.local()
    monkeypatch.setattr(dashboard.error_store, "reading", missing)
    assert "Open the page with hinomi dashboard on" in visitor.read("/incidents", 501)


def test_a_mistake_of_the_dashboard_reveals_nothing(dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor = dashboard.local()
    monkeypatch.setattr(dashboard.error_store, "reading", lambda: 1 / 0)
    page = visitor.open("/incidents")
    assert page.status_code == 500
    assert "ZeroDivisionError" not in page.text


def test_the_commands_of_a_sentence_are_code_and_other_backticks_stay(
    dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unavailable(*_: Any) -> None:
        raise TransientError("<b> of `a`.`b`")

    monkeypatch.setattr(dashboard.error_store, "reading", unavailable)
    page = dashboard.local().open("/incidents").text
    assert "Run <code>hinomi doctor</code>." in page
    assert "&lt;b&gt; of <code>a</code>.<code>b</code>" in page
    monkeypatch.undo()
    assert "run <code>hinomi snapshot run</code>" in dashboard.local().open("/jobs").text
