"""The search finds pages, incidents, resources and people; the palette shows the same results while a person types."""

from __future__ import annotations

import pytest

from tests.support.dashboard import NOW, Dashboard
from tests.support.findings import finding

pytestmark = pytest.mark.sqlite


def test_the_search_finds_what_has_a_name(dashboard: Dashboard) -> None:
    with dashboard.error_store.transaction(NOW) as transaction:
        transaction.record(finding(summary="orders-cdc cannot log in"), redact=())
    visitor = dashboard.local()
    for text, found in {
        "": ["Now Page", "Incidents Page"],
        "incid": ["Incidents Page", "Incidents with “incid”"],
        "ORDERS": ["#1 orders-cdc cannot log in open", "Jobs named “ORDERS”", "Access of or to “ORDERS”"],
        "#1": ["#1 orders-cdc cannot log in open"],
        "999999999999": ["Incidents with “999999999999”"],
        "<script>": ["Incidents with “<script>”"],
    }.items():
        page = visitor.read(f"/search?part=results&q={text.replace('#', '%23')}")
        assert [each for each in found if each not in page] == [], text
    assert "ORDERS" in visitor.open("/search?q=ORDERS").text
    assert 'href="/incidents?q=a%26b%3Dc"' in visitor.open("/search?part=results&q=a%26b%3Dc").text


def test_every_page_has_the_palette_and_the_list_of_keys(dashboard: Dashboard) -> None:
    page = dashboard.local().open("/incidents").text
    assert 'hx-get="/search?part=results"' in page
    assert "<kbd>g</kbd> <kbd>i</kbd>" in page
