"""The numbers in the plan are consistent."""

from __future__ import annotations

import re

import pytest

from db.engine import POSTGRESQL_CONNECTIONS
from deploy.cost import LOAD_CHECK_MINUTES, estimate
from deploy.parts import alerts
from deploy.site import PLAN as PLAN_FILE
from deploy.site import read_plan
from shared.config import Settings
from shared.logs import CANNOT_NOTIFY, REJECTED

PLAN = read_plan()


def test_the_deadline_is_longer_than_the_function_may_take() -> None:
    for spec in PLAN["subscriptions"].values():
        if "function" in spec:
            assert spec["ack_seconds"] > PLAN["functions"][spec["function"]]["timeout_seconds"]


def test_all_instances_together_leave_connections_free() -> None:
    """Each instance has an engine per database. Others need connections too: the superuser needs three."""
    engines = sum(spec["max_instances"] * len(spec["databases"]) for spec in PLAN["functions"].values())
    assert engines * POSTGRESQL_CONNECTIONS + 5 <= PLAN["database"]["connections"]


def test_the_attempts_last_for_at_least_an_hour() -> None:
    spec = PLAN["subscriptions"]["hinomi-evidence"]
    shortest, longest = spec["backoff_seconds"]
    assert sum(min(shortest * 2**number, longest) for number in range(spec["attempts"] - 1)) >= 3600
    assert 5 <= spec["attempts"] <= 100


def test_the_loop_guard_recognizes_the_functions_by_name() -> None:
    assert {spec["name"] for spec in PLAN["functions"].values()} == set(Settings().function_names)


def test_alerts_watch_things_of_the_plan() -> None:
    text = " ".join(spec.get("filter") or spec.get("log") or spec["promql"] for spec in PLAN["alerts"]["policies"])
    assert set(re.findall(r'subscription_id="([^"]+)"', text)) <= set(PLAN["subscriptions"])
    names = {name for found in re.findall(r'service_name=(?:\S*\()?"([^"]+)"', text) for name in found.split("|")}
    assert names == {spec["name"] for spec in PLAN["functions"].values()}


def test_an_installation_that_never_had_a_snapshot_is_reported() -> None:
    """In PromQL, a comparison with an absent metric has no result, unless the query gives it a value."""
    (spec,) = (spec for spec in PLAN["alerts"]["policies"] if "no snapshot" in spec["name"])
    assert 'service_name="history-analysis",response_code_class="2xx"' in spec["promql"]
    assert re.search(r"\[(\d+)h\]\)\) or vector\(0\)\) < 0\.5$", spec["promql"])
    hours = int(re.findall(r"\[(\d+)h\]", spec["promql"])[0])
    assert hours * 3600 + spec["for_seconds"] == 86400


def test_no_alert_waits_for_a_first_point() -> None:
    conditions = [alerts.condition(spec) for spec in PLAN["alerts"]["policies"]]
    assert {kind for found in conditions for kind in found} == {
        "conditionThreshold",
        "conditionPrometheusQueryLanguage",
        "conditionMatchedLog",
    }


def test_alerts_on_log_lines_name_what_the_functions_log() -> None:
    filters = [spec["log"] for spec in PLAN["alerts"]["policies"] if "log" in spec]
    logged = [re.findall(r'jsonPayload\.alert="([^"]+)"', text) for text in filters]
    assert logged == [[CANNOT_NOTIFY], [REJECTED]]


@pytest.mark.parametrize("kind", ["functions", "subscriptions", "schedules"])
def test_every_account_is_in_the_list(kind: str) -> None:
    used = {spec["account"] for spec in PLAN[kind].values() if "account" in spec}
    assert used <= set(PLAN["accounts"])


def test_more_logs_cost_more_and_an_own_database_saves() -> None:
    def total(gib: float, *, own: bool) -> float:
        return sum(line.usd for line in estimate(PLAN, log_gib_per_day=gib, own_instance=own))

    assert total(0, own=True) < total(10, own=True) < total(100, own=True)
    assert total(10, own=True) - total(10, own=False) == pytest.approx(28.05)


def test_each_secret_costs_the_same() -> None:
    def secrets(count: int) -> float:
        lines = estimate(PLAN, log_gib_per_day=1, own_instance=True, secrets=count)
        return next(line.usd for line in lines if line.what.en == "Secret Manager")

    assert secrets(3) == pytest.approx(3 * secrets(1))


def test_reads_of_metrics_are_paid_beyond_the_free_tier() -> None:
    lines = {line.what.en: line.usd for line in estimate(PLAN, log_gib_per_day=1, own_instance=True)}
    series = PLAN["prices"]["read_series"] * 30.4 * (12 * 24 + 24)
    assert lines["Cloud Monitoring"] == pytest.approx((series / 1e6 - 1) * 0.5)


def test_the_load_check_of_the_estimate_is_that_of_the_schedule() -> None:
    assert PLAN["schedules"]["hinomi-load-check"]["every"] == f"*/{LOAD_CHECK_MINUTES} * * * *"


def test_every_price_says_where_it_was_read() -> None:
    text = PLAN_FILE.read_text(encoding="utf-8").partition("\nprices:\n")[2]
    own = ("date", "entry_kib", "entry_seconds", "let_through", "read_series")
    lines = [line for line in text.splitlines() if re.match(r"  \w+:", line)]
    bare = [line for line in lines if not re.search(r"# (page|quoted|NOT VERIFIED)\b", line)]
    assert [line.split(":")[0].strip() for line in bare if line.split(":")[0].strip() not in own] == []


def test_pub_sub_is_paid_twice_beyond_the_free_tier() -> None:
    lines = {line.what.en: line.usd for line in estimate(PLAN, log_gib_per_day=100, own_instance=True)}
    gib = 100 * 30.4 * 0.2
    assert lines["Pub/Sub"] == pytest.approx((2 * gib - 10) / 1024 * 40)
