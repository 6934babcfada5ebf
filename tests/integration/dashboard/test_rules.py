"""The pages about detection rules: how noisy they are, their incidents and their examples."""

from __future__ import annotations

import pytest

from db.error_db.models import Occurrence
from tests.support import report_world as world
from tests.support.dashboard import NOW, Dashboard, Visitor
from tests.support.findings import finding

pytestmark = pytest.mark.sqlite


@pytest.fixture
def visitor(dashboard: Dashboard) -> Visitor:
    """A visitor; most incidents of one rule ended by themselves, and a person resolved that of another rule."""
    with dashboard.error_store.transaction(NOW) as transaction:
        session = transaction.session
        for number in range(6):
            opened = NOW - number * 8 * world.DAY - world.HOUR
            world.add_incident(session, opened, "composer/task_failed", resolved_at=NOW, resolved_by="recovery")
        opened = NOW - 2 * world.DAY
        incident = world.add_incident(session, opened, resolved_at=NOW, resolved_by="person", summary="orders failed")
        japanese = {"translations": {"ja": {"summary": "注文の集計が失敗"}}}
        session.query(Occurrence).filter_by(incident_id=incident.id).one().evidence = japanese
        world.add_remediation(session, incident, NOW, state="skipped", reason="silenced", action="teams")
        world.add_incident(session, NOW - 100 * world.DAY, "iam/service_account_key_created")
    return dashboard.local()


def test_rules_that_mostly_fire_for_what_ends_by_itself_stand_first(visitor: Visitor) -> None:
    page = visitor.read("/rules")
    assert "1 of them mostly fires for problems that resolve on their own or are false alarms." in page
    assert "In 13 weeks they fired 7 times. Acted on: 1." in page
    noisy = page.index("Noisy · 1")
    assert noisy < page.index("composer/task_failed Airflow task failed") < page.index("Fired · 1")
    assert "6 in 13 weeks, 1 in the last one 6 Fired 0 Acted on 6 By itself –" in page
    assert (
        "bigquery/job_failed BigQuery job failed 1 in 13 weeks, 1 in the last one 1 Fired 1 Acted on 0 By itself – 1"
        in page
    )


def test_the_list_is_searched_and_filtered(visitor: Visitor) -> None:
    assert "Did not fire" not in visitor.read("/rules?show=fired")
    found = visitor.read("/rules?show=quiet&find=service_account_key_cr")
    assert "Did not fire 1 in 13 weeks Medium iam/service_account_key_created" in found
    assert "No matching rules." in visitor.read("/rules?find=nothing-like-it")


def test_a_rule_has_its_incidents_its_definition_and_its_examples(visitor: Visitor) -> None:
    page = visitor.read("/rules/bigquery/job_failed")
    assert "bigquery/job_failed fired 1 time in 13 weeks." in page
    assert "24 Nov: 1" in page
    assert "orders failed #7" in page
    assert "logsource: {product: gcp" in page
    assert "9 of 9 pass" in page
    assert "パイプラインのクエリ、ロード、抽出、コピーのジョブが" in visitor.read("/rules/bigquery/job_failed?lang=ja")
    assert "--rule composer/task_failed --for 1d --reason '自然に復旧するため'" in visitor.read(
        "/rules/composer/task_failed"
    )
    visitor.open("/?lang=en")
    assert "--for 1d --reason 'its incidents resolve on their own'" in visitor.read("/rules/composer/task_failed")
    assert "did not fire in 13 weeks" in visitor.read("/rules/iam/service_account_key_created")
    assert visitor.open("/rules/nothing/like_it").status_code == 404
    assert "注文の集計が失敗 #7" in visitor.read("/rules/bigquery/job_failed?lang=ja")


def test_a_rule_is_staged_switched_off_and_on_again(visitor: Visitor, dashboard: Dashboard) -> None:
    name, address = "composer/task_failed", "/rules/composer/task_failed"
    assert "on as its file says Stage: record only Switch off" in visitor.read(address)
    visitor.send(f"{address}/mode", mode="stage", note="too many")
    with dashboard.error_store.transaction(NOW) as transaction:
        assert transaction.record(finding(0, rule=name), redact=()) == []
    page = visitor.read(address)
    assert "Would have fired 1 Job daily_load failed" in page
    assert "· too many Switch on Switch off As in its file" in page
    listed = visitor.read("/rules?show=staged")
    assert "Staged: recorded without incidents · 1" in listed
    assert "would have fired 1 time for 1 problem" in listed
    visitor.send(f"{address}/mode", mode="disable")
    assert "Off · 1" in visitor.read("/rules")
    visitor.send(f"{address}/mode", mode="reset")
    assert "on as its file says" in visitor.read(address)
    assert "unknown change of a rule 'louder'" in visitor.refused(f"{address}/mode", address, mode="louder")


def test_a_rule_is_tried_on_the_past(visitor: Visitor) -> None:
    assert "Try on the last 30 days" in visitor.read("/rules/bigquery/job_failed")
    page = visitor.read("/rules/bigquery/job_failed?backtest=30")
    assert "bigquery/job_failed would have fired 1 time in 30 days, in 1 incident." in page
    assert "example-project/job_7 · #7 bigquery/job_failed" in page
    assert "did not fire" in visitor.read("/rules/storage/bucket_deleted?backtest=30")
    assert "Examined: 5 events found by rules, and 0 calls" in page
    assert "Entries that no rule matched are not stored" in page
    assert "counts entries, including those that are not stored" in visitor.read(
        "/rules/storage/object_denied_burst?backtest=30"
    )


def test_only_an_admin_switches_a_rule(dashboard: Dashboard) -> None:
    visitor = dashboard.deployed("bob@example.com", dashboard_operators=("bob@example.com",))
    visitor.read("/rules/composer/task_failed")
    assert visitor.send("/rules/composer/task_failed/mode", mode="stage").status_code == 403
