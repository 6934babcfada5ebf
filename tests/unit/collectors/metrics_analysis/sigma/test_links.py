from __future__ import annotations

from urllib.parse import parse_qs, unquote, urlsplit

from collectors.metrics_analysis.sigma.links import log_url, project
from tests.support.rules import platform


def query_of(url: str) -> str:
    parameters = dict(part.split("=", 1) for part in urlsplit(url).path.split(";")[1:])
    return unquote(parameters["query"])


def test_the_link_finds_exactly_this_entry() -> None:
    entry = platform()
    assert query_of(log_url(entry)).splitlines() == [
        'insertId="entry-0"',
        'timestamp="2026-01-02T03:00:00.5Z"',
        'logName="projects/example-project/logs/platform"',
    ]
    assert parse_qs(urlsplit(log_url(entry)).query) == {"project": ["example-project"]}


def test_an_encoded_log_name_survives_the_console() -> None:
    entry = {**platform(), "logName": "projects/p/logs/cloudaudit.googleapis.com%2Factivity"}
    assert 'logName="projects/p/logs/cloudaudit.googleapis.com%2Factivity"' in query_of(log_url(entry))


def test_text_from_a_log_stays_inside_its_quotes() -> None:
    entry = {**platform(), "insertId": '" OR severity="ERROR\\;query=x?project=other#'}
    url = log_url(entry)
    assert query_of(url).splitlines()[0] == r'insertId="\" OR severity=\"ERROR\\;query=x?project=other#"'
    assert parse_qs(urlsplit(url).query) == {"project": ["example-project"]}


def test_an_organization_has_its_own_parameter() -> None:
    entry = {**platform(), "logName": "organizations/123/logs/a", "resource": {}}
    assert log_url(entry).endswith("?organizationId=123")
    assert project(entry) == ""


def test_an_entry_that_cannot_be_found_again_has_no_link() -> None:
    assert log_url({"resource": {"labels": {"project_id": "p"}}, "timestamp": "2026-01-01T00:00:00Z"}) == ""
    assert log_url({"insertId": "x", "logName": 5, "resource": [], "timestamp": 3}) == ""


def test_the_project_comes_from_the_resource_or_else_from_the_log_name() -> None:
    assert project(platform()) == "example-project"
    assert project({"resource": {}, "logName": "projects/other/logs/x"}) == "other"
