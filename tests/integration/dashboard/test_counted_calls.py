"""The page of a burst lists each counted call with its resource and address, whatever the history contains."""

from __future__ import annotations

from datetime import timedelta

import pytest

from db.error_db.store import ErrorStore
from db.schema_db.store import SchemaStore
from demo import entries
from tests.support.dashboard import Dashboard, as_text
from tests.support.findings import NOON
from tests.support.world import World, application_on

METHOD = "google.cloud.bigquery.v2.TableDataService.List"
TABLE = "projects/example-project/datasets/finance/tables/{}"
MALLORY = "mallory@example.com"


def denied(seconds: float, table: str, who: str = MALLORY) -> entries.Entry:
    time = NOON + timedelta(seconds=seconds)
    return entries.denied_call(time, "bigquery", METHOD, TABLE.format(table), "bigquery.tables.getData", who)


def test_each_call_of_a_burst_is_listed_whatever_the_order(
    world: World, store: ErrorStore, sqlite_schema_store: SchemaStore
) -> None:
    of_burst = [*(denied(20 * number, "salaries") for number in range(8)), denied(170, "orders"), denied(180, "orders")]
    others = [denied(60, "salaries", "bob@example.com"), denied(-900, "long_ago")]
    world.send(*others, *of_burst[::-1], of_burst[0])
    visitor = Dashboard(store, sqlite_schema_store, lambda: NOON + timedelta(minutes=5)).local()
    page = visitor.read("/incidents/1")
    assert "denied 10 times" in page
    assert "Counted calls 10 calls" in page
    listed = page[page.index("Counted calls") :]
    assert listed.index("tables/orders 2 Calls 203.0.113.66") < listed.index("tables/salaries 8 Calls 203.0.113.66")
    assert "long_ago" not in listed
    calls = visitor.open("/api/v1/incidents/1").json["calls"]  # type: ignore[index]
    assert [(each["resource"], each["count"], each["networks"]) for each in calls] == [
        (TABLE.format("orders"), 2, ["203.0.113.66"]),
        (TABLE.format("salaries"), 8, ["203.0.113.66"]),
    ]


@pytest.mark.sqlite
def test_what_is_redacted_is_not_kept_with_a_counted_call(
    store: ErrorStore, sqlite_schema_store: SchemaStore, error_db_url: str
) -> None:
    application = application_on(store, HINOMI_ERROR_DB_URL=error_db_url, HINOMI_REDACT="*.callerIp,*secret*")
    bad = "projects/example-project/datasets/<i>x\u202e/tables/t"
    World(application, store.engine).send(*(denied(number, "x") | {"insertId": f"{number}"} for number in range(9)))
    last = denied(9, "x")
    last["protoPayload"]["resourceName"] = bad
    World(application, store.engine).send(last)
    html = Dashboard(store, sqlite_schema_store, lambda: NOON + timedelta(minutes=5)).local().open("/incidents/1").text
    listed = as_text(html[html.index("Counted calls") :])
    assert "203.0.113.66" not in listed
    assert "<redacted>" in listed
    assert "<i>x" not in html
    assert "\u202e" not in html
