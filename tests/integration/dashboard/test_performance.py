"""The pages of performance."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from collectors.history_analysis.baselines.check import UnusualMetricCheck
from db.error_db.incidents import false_alarms
from db.schema_db import watched
from db.schema_db.models import HourlyPoint
from db.schema_db.watched import WatchRequest
from insights.performance.series import series_of
from shared.config import Settings
from shared.history import MetricPoint
from shared.model import IncidentKind
from tests.support import history
from tests.support.dashboard import NOW, Dashboard, Visitor
from tests.support.findings import BASE
from tests.support.learned_bands import keep_band
from tests.support.runs import keep

pytestmark = pytest.mark.sqlite

MARKUP = "<script>alert(1)</script>"
CPU = {
    "service": "cloud_sql",
    "metric": "cloudsql.googleapis.com/database/cpu/utilization",
    "unit": "10^2.%",
    "resource": MARKUP,
    "labels": {"database_id": MARKUP},
}


@pytest.fixture
def measures(dashboard: Dashboard) -> Visitor:
    """A CPU above its limit with an incident, and one series of slots."""
    slots = history.series(0, metric="bigquery.googleapis.com/slots/allocated_for_project", resource="example-project")
    times = [NOW - timedelta(minutes=5 * step) for step in range(1, 40)]
    keep(dashboard.schema_store, [MetricPoint(history.series(1, **CPU), time, 0.95) for time in times])
    keep(dashboard.schema_store, [MetricPoint(slots, time, 250) for time in times])
    incident = replace(
        BASE,
        rule="load/cloud_sql_cpu",
        kind=IncidentKind.LOAD_ISSUE,
        service="cloud_sql",
        time=NOW - timedelta(hours=1),
        labels={"database_id": MARKUP},
        summary=f"CPU of {MARKUP}",
    )
    with dashboard.error_store.transaction(NOW) as transaction:
        transaction.record(incident, redact=())
    return dashboard.local()


def numbers(dashboard: Dashboard) -> dict[str, int]:
    with dashboard.schema_store.reading() as session:
        return {each.service: each.id for each in series_of(session)}


def test_the_fleet_puts_measures_beyond_their_limit_first(measures: Visitor) -> None:
    page = measures.read("/performance")
    assert "1 of 2 metrics is beyond its limit." in page
    assert page.index("CPU utilization 95 % over 90 %") < page.index("Slots in use 250 limit 1,900")
    assert "Slots" not in measures.read("/performance?q=cpu+util")
    assert "No matching metrics." in measures.read("/performance?q=nothing&page=9&range=x")
    japanese = measures.read("/performance?q=スロット&lang=ja")
    assert "使用中のスロット 250" in japanese
    assert "CPU" not in japanese


def test_a_measure_shows_its_limit_its_incident_and_other_ranges(measures: Visitor, dashboard: Dashboard) -> None:
    number = numbers(dashboard)
    page = measures.read(f"/performance/measure?series={number['cloud_sql']}")
    assert "95 % now, beyond the limit of 90 %." in page
    assert "an incident opens after 15 min beyond 90 %" in page
    assert "#1" in page
    assert "250 now." in measures.read(f"/performance/measure?series={number['bigquery']}&compare=0")
    assert "No values in this range." in measures.read(f"/performance/measure?series={number['bigquery']}&range=2y")
    for query in ("from=x&to=y", "from=2026-11-25T10:00&to=2026-11-25T18:00%2B00:00", "from=0001-01-01&to=9999-12-31"):
        assert measures.open(f"/performance/measure?series={number['bigquery']}&{query}").status_code == 200
    assert "No such metric." in measures.read("/performance/measure?series=99999999999999999999")


def test_a_limit_is_tried_on_the_history_before_it_is_set(measures: Visitor, dashboard: Dashboard) -> None:
    address = f"/performance/measure?series={numbers(dashboard)['cloud_sql']}&range=24h"
    assert 'name="limit" inputmode="decimal" value="90"' in measures.open(address).text
    assert "would have opened" not in measures.read(address)
    page = measures.read(f"{address}&side=above&limit=94&minutes=60")
    assert "It would have opened 1 incident in this range. 95 % for 3 h 15 min" in page
    assert "opened 0 incidents" in measures.read(f"{address}&side=above&limit=94&minutes=240")
    assert "opened 1 incident" in measures.read(f"{address}&side=below&limit=96&minutes=0")
    for limit, minutes, wrong in (
        ("", "5", "limit"),
        ("nan", "5", "limit"),
        ("1", "-1", "minutes"),
        ("1", "x", "minutes"),
    ):
        assert f'id="wrong-{wrong}"' in measures.open(f"{address}&limit={limit}&minutes={minutes}").text


def test_the_incident_of_a_limit_shows_the_measure_around_the_breach_and_its_usual_range(
    measures: Visitor, dashboard: Dashboard
) -> None:
    page = measures.read("/incidents/1")
    assert "Open the metric" in page
    assert "limit 90 %" in page
    assert "Usually" not in page
    assert "False alarms of this rule in 90 days: none judged yet" in page
    keep_band(dashboard.schema_store, numbers(dashboard)["cloud_sql"], (0.2, 0.6), NOW)
    assert "Usually 20 % to 60 % at that time." in measures.read("/incidents/1")
    assert "この時刻の通常の範囲は 20 % ～ 60 % です。" in measures.read("/incidents/1?lang=ja")
    with dashboard.error_store.transaction(NOW) as transaction:
        false_alarms.mark(transaction, 1, by="bob", reason="", time=NOW)
    japanese = measures.read("/incidents/1?lang=ja")
    assert "このルールの誤検知: 過去 90 日間に判定された 1 件中 1 件" in japanese


def test_the_page_of_a_learned_alarm_states_only_the_range_of_its_summary(
    measures: Visitor, dashboard: Dashboard
) -> None:
    number = numbers(dashboard)["cloud_sql"]
    keep_band(dashboard.schema_store, number, (0.2, 0.6), NOW)
    alarm = replace(
        BASE, rule="metrics/unusual", kind=IncidentKind.LOAD_ISSUE, service="cloud_sql", fingerprint="u", event_key="u",
        time=NOW - timedelta(hours=1), labels={"series": str(number)}, summary="95 %, usually 10 % to 50 %",
        fields={"expected_low": 0.1, "expected_high": 0.5},
    )  # fmt: skip
    with dashboard.error_store.transaction(NOW) as transaction:
        transaction.record(alarm, redact=())
    page = measures.read("/incidents/2")
    assert "Open the metric" in page
    assert "usually 10 % to 50 %" in page
    assert "Usually" not in page


def test_a_measure_shows_its_usual_range_and_what_is_outside_in_chart_and_table(
    measures: Visitor, dashboard: Dashboard
) -> None:
    number = numbers(dashboard)["bigquery"]
    odd = NOW - timedelta(minutes=5)
    keep_band(dashboard.schema_store, number, (100.0, 200.0), odd, [(odd, 250.0, 3.0)])
    page = measures.open(f"/performance/measure?series={number}").text
    assert page.count('<polygon class="band"') == 3  # in each size
    assert page.count('<circle class="odd"') == 3
    text = measures.read(f"/performance/measure?series={number}")
    assert "Outside the usual range" in text
    assert "usual at this time: 100 to 200" in text
    assert "100 to 200 outside, 1 in 32,000" in text
    fleet = measures.read("/performance")
    assert "1 is outside its usual range." in fleet
    assert fleet.index("95 % over 90 %") < fleet.index("250 outside its usual range")
    assert "通常の範囲は 100 ～ 200" in measures.read(f"/performance/measure?series={number}&lang=ja")


def test_what_learned_ranges_would_have_raised_is_listed_and_stands_beside_the_limit(
    measures: Visitor, dashboard: Dashboard
) -> None:
    assert "No series is learned yet." in measures.read("/performance/unusual")
    number, hour = numbers(dashboard), timedelta(hours=1)
    keep_band(dashboard.schema_store, number["cloud_sql"], (0.1, 0.4), NOW, [(NOW - hour, 0.95, 3.0)])
    keep_band(
        dashboard.schema_store, number["bigquery"], (100, 200), NOW, [(NOW - at * hour, 250, 3.0) for at in (1, 9)]
    )
    page = measures.read("/performance/unusual")
    assert "3 alarms in 90 days by learned ranges." in page
    assert "None: all are recorded only." in page
    assert page.index("Slots in use") < page.index("CPU utilization")
    beside = measures.read(f"/performance/measure?series={number['cloud_sql']}")
    assert "By the learned range 1 alarm, about 0.2 may be false; recorded only" in beside
    assert "By the limit 1 incident; both raised 1 of them" in beside
    with dashboard.schema_store.transaction() as session:
        watched.watch(session, WatchRequest("cloudsql.*", {}, 0.5, "high", "quota"), by="alice", now=NOW)
    page = measures.read("/performance/unusual")
    assert "cloudsql.* 0.5 false alarms a week per series · High · quota" in page
    assert "10 % to 40 % opens incidents" in page
    japanese = measures.read("/performance/unusual?lang=ja")
    assert "学習した範囲によるアラームは 90 日間で 3 件です。" in japanese
    assert "誤検知 · 高 · quota" in japanese


def test_the_incident_of_a_learned_range_shows_the_measure_with_its_band(
    measures: Visitor, dashboard: Dashboard
) -> None:
    number = numbers(dashboard)["bigquery"]
    keep_band(dashboard.schema_store, number, (100, 200), NOW, [(NOW - timedelta(hours=1), 250, 3.0)])
    with dashboard.schema_store.transaction() as session:
        watched.watch(session, WatchRequest("*slots*", {}, 0.5, "high"), by="alice", now=NOW - timedelta(days=1))
    check = UnusualMetricCheck(dashboard.schema_store, lambda: dashboard.error_store, Settings(), lambda *_: None)
    assert check.check(NOW) > 0
    page = measures.open("/incidents/2").text
    assert '<polygon class="band"' in page
    assert '<circle class="odd"' in page


def test_a_measure_that_grows_says_when_it_reaches_its_limit(measures: Visitor, dashboard: Dashboard) -> None:
    number, hour = numbers(dashboard)["bigquery"], timedelta(hours=1)
    grows = [
        HourlyPoint(series_id=number, time=NOW - at * hour, count=12, mean=1850 - at, min=0, max=2000, p95=0)
        for at in range(300)
    ]
    with dashboard.schema_store.transaction() as session:
        session.add_all(grows)
    page = measures.read(f"/performance/measure?series={number}")
    assert (
        "will reach the limit in 2 d 5 h if the trend continues (nine times out of ten in 2 d 5 h to 2 d 5 h)" in page
    )
    assert "しきい値に達します" in measures.read(f"/performance/measure?series={number}&lang=ja")


def test_a_young_measure_says_that_it_is_learned(measures: Visitor, dashboard: Dashboard) -> None:
    number = numbers(dashboard)["bigquery"]
    keep_band(dashboard.schema_store, number, (0.0, 0.0), NOW, hours=0, points=40)
    page = measures.read(f"/performance/measure?series={number}")
    assert "the usual range is being learned (two days)" in page


def test_names_of_resources_are_shown_as_text(measures: Visitor, dashboard: Dashboard) -> None:
    number = numbers(dashboard)["cloud_sql"]
    for address in ("/performance", f"/performance/measure?series={number}&lang=ja"):
        assert MARKUP not in measures.open(address).text
    exported = measures.open(f"/performance/measure.csv?series={number}").text
    assert len(exported.splitlines()) == 40


def test_without_a_present_value_the_page_does_not_call_anything_well(dashboard: Dashboard) -> None:
    keep(dashboard.schema_store, [MetricPoint(history.series(0), NOW - timedelta(hours=20), 1)])
    page = dashboard.local().read("/performance")
    assert "The current state is unknown." in page
    assert "within" not in page
