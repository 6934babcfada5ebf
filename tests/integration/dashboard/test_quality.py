"""The pages of data quality checks, the section of their incidents, and the API."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.quality import findings
from tests.support.api_client import ApiClient, new_token
from tests.support.dashboard import NOW, Dashboard, Visitor
from tests.support.quality import TABLE, results
from tests.support.runs import keep

pytestmark = pytest.mark.sqlite
MARKUP = "<script>alert(1)</script>"
FAILING = results("not_null_id", ["passed"] * 20 + ["failed"], NOW - timedelta(hours=1), message=MARKUP)
KEY = FAILING[0].check_key


@pytest.fixture
def visitor(dashboard: Dashboard) -> Visitor:
    """A visitor of pages with a check that fails and has an incident, one that warns, one that passes, and an old one."""
    passing = results("unique_id", ["failed", "passed"], NOW - timedelta(hours=2))
    warned = results("fresh", ["warned"], NOW - timedelta(hours=3), table="shop.mart.customers")
    old = results("removed", ["failed"], NOW - timedelta(days=60))
    keep(dashboard.schema_store, [*FAILING, *passing, *warned, *old])
    with dashboard.error_store.transaction(NOW) as transaction:
        transaction.record(findings.failed(FAILING[-1], "event-1", service="dbt"), redact=())
    return dashboard.local()


def test_the_list_puts_failing_checks_first_with_their_incident(visitor: Visitor) -> None:
    page = visitor.read("/quality")
    assert "1 check fails. 1 check warns." in page
    assert page.index("not_null_id") < page.index("fresh") < page.index("unique_id")
    assert "#1" in page
    assert "removed" not in page
    assert "unique_id" not in visitor.read("/quality?state=failed")
    assert "No matching checks." in visitor.read("/quality?q=nothing")
    assert "1 件のチェックが不合格です。" in visitor.read("/quality?lang=ja")
    assert visitor.open("/quality?page=99999999999&state=nonsense").status_code == 200


def test_a_check_has_its_results_and_nothing_of_them_is_markup(visitor: Visitor) -> None:
    page = visitor.read(f"/quality/{KEY}")
    assert "not_null_id fails." in page
    assert "run-20" in page
    assert "run-0" in page
    assert MARKUP.encode() not in visitor.open(f"/quality/{KEY}").data
    assert visitor.open("/quality/unknown").status_code == 404


def test_the_incident_shows_the_last_results_of_its_check(visitor: Visitor) -> None:
    page = visitor.read("/incidents/1")
    assert "Last 14 results" in page
    assert "All results of this check" in page
    assert f'href="/quality/{KEY}"'.encode() in visitor.open("/incidents/1").data


def test_an_empty_list_says_how_results_come(dashboard: Dashboard) -> None:
    assert "hinomi report send" in dashboard.local().read("/quality")


def test_the_api_lists_checks_and_results(visitor: Visitor, dashboard: Dashboard) -> None:
    api = ApiClient(visitor, new_token(dashboard.error_store))
    first = api.get("/quality", limit=1)
    (check,) = first["items"]
    assert (check["name"], check["latest"]["state"], len(check["results"])) == ("not_null_id", "failed", 14)
    assert first["total"] == 3
    second = api.get("/quality", limit=2, cursor=first["next_cursor"])
    assert [each["name"] for each in second["items"]] == ["fresh", "unique_id"]
    assert [each["name"] for each in api.get("/quality", q=TABLE, state=["passed"])["items"]] == ["unique_id"]
    listed = api.get("/quality/results", key=KEY, limit=2)["items"]
    assert [each["run"] for each in listed] == ["run-20", "run-19"]
    before = api.get("/quality/results", key=KEY, limit=1, before=listed[-1]["time"])["items"]
    assert [each["run"] for each in before] == ["run-18"]
    assert api.get("/quality/results", 404, key="x")["detail"] == "No result of the check x is known."
