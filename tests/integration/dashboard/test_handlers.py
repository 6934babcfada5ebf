"""The pages about handler rules: each change uses the functions of the command line, and its author is recorded."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest

from db.error_db import handler_rules, silences
from handlers.read import read_rule
from handlers.remediations.brakes import Brakes, Breaker
from handlers.spec import HandlerSpec
from handlers.versions.apply import StoredRuleSet, apply_file
from shared.model import Mode
from tests.support import report_world as world
from tests.support.dashboard import NOW, Dashboard, Visitor, as_text

pytestmark = pytest.mark.sqlite
RULE = "name: tell-the-team\nmatch: {severity: medium}\non: [opened]\naction: teams\n"
ADMIN = {"dashboard_admins": ("alice@example.com",), "dashboard_operators": ("bob@example.com",)}


@pytest.fixture
def admin(dashboard: Dashboard) -> Visitor:
    """A visitor with the role of administrator; one rule notifies of two incidents of two services."""
    rule = read_rule(RULE, "handlers.yaml", {})
    with dashboard.error_store.transaction(NOW) as transaction:
        session = transaction.session
        apply_file(session, StoredRuleSet({rule.name: rule.as_dict()}, {}), NOW - world.DAY, by="carol@example.com")
        world.add_incident(session, NOW - world.HOUR, "bigquery/job_failed")
        world.add_incident(session, NOW - 2 * world.HOUR, "composer/task_failed")
    return dashboard.deployed("alice@example.com", **ADMIN)


def _versions(dashboard: Dashboard) -> list[tuple[str, str, bool]]:
    """The person and the source of each change of the rules, and whether the rule was then enabled; latest first."""
    with dashboard.error_store.reading() as session:
        found = handler_rules.versions(session, limit=9)
        return [(each.changed_by, each.source, each.rules[0].enabled) for each in found]


def _field(html: str, name: str) -> str:
    return unescape(re.findall(rf'name="{name}" value="([^"]*)"', html)[0])


def test_rules_are_listed_in_order_with_their_versions(admin: Visitor) -> None:
    page = admin.read("/handlers/rules")
    assert "1 handler rule is on." in page
    assert "1 on tell-the-team severity medium or above teams Approval none 0 / 30 days Edit Disable" in page
    assert "v1 added: tell-the-team carol@example.com, file" in page


def test_the_list_names_the_limits_of_a_rule(admin: Visitor, dashboard: Dashboard) -> None:
    brakes = Brakes(timedelta(minutes=10), 5, None, Breaker(2, timedelta(minutes=5)), {"resource": ("prod-*",)})
    rule = HandlerSpec("repair", "remove_iam_member", cooldown=timedelta(hours=1), budget=20, brakes=brakes)
    with dashboard.error_store.transaction(NOW) as transaction:
        handler_rules.replace(transaction.session, {rule.name: rule.as_dict()}, NOW)
    assert (
        "at most once every 60 min, 20 an hour, 5 an hour for one principal, no limit for all remediations together, "
        "10 min after the event, stopped for 5 min after 2 failures, never prod-*"
    ) in admin.read("/handlers/rules")


def test_disabling_a_rule_is_a_version_of_the_person_and_can_be_taken_back(
    admin: Visitor, dashboard: Dashboard
) -> None:
    assert admin.send("/handlers/rules/tell-the-team/disable").status_code == 303
    page = admin.read("/handlers/rules")
    assert "version 2" in page
    assert "off tell-the-team" in page
    assert "disabled: tell-the-team" in admin.read("/handlers/versions/2")
    admin.send("/handlers/versions/1/restore")
    assert _versions(dashboard) == [
        ("alice@example.com", "dashboard", True),
        ("alice@example.com", "dashboard", False),
        ("carol@example.com", "file", True),
    ]
    assert "The current rules are the rules of this version." in admin.read("/handlers/versions/3")
    assert admin.open("/handlers/versions/99").status_code == 404


def test_an_edit_is_simulated_before_it_is_saved(admin: Visitor, dashboard: Dashboard) -> None:
    address = "/handlers/rules/tell-the-team/edit"
    html = admin.open(address).text
    base = _field(html, "base")
    text = base.replace("severity: medium", "severity: medium, service: composer")
    simulated = admin.send(address, text=text, base=base).text
    plain = as_text(simulated)
    assert "tell-the-team matches: 1 (now 2); runs: 1 (now 2)." in plain
    assert "these rules would have matched 1 incident, run 0 remediations and 0 dry runs, and sent 1 message." in plain
    assert "on 2 incidents" in plain
    assert 'max="365" value="7"' in admin.send(address, text=text, base=base, days="7").text
    assert "New Now: teams on teams:default (auto) With the change: service composer does not match bigquery" in plain
    assert len(_versions(dashboard)) == 1
    other = text.replace("composer", "kafka")
    digest = re.findall(r'name="saved" value="(\w+)"', simulated)[0]
    assert "tell-the-team matches: 0" in as_text(admin.send(address, text=other, base=base, saved=digest).text)
    saved = admin.send(address, text=text, base=base, saved=digest, note="fewer cards")
    assert saved.status_code == 303
    assert "v2 fewer cards · changed: tell-the-team alice@example.com, dashboard" in admin.read("/handlers/rules")
    late = admin.send(address, text=other, base=base)
    assert "Somebody changed the rules in the meantime." in late.text
    assert "service: kafka" in late.text, "the text of the person is not lost"


def test_an_invalid_rule_is_shown_with_its_mistakes(admin: Visitor) -> None:
    address = "/handlers/rules/tell-the-team/edit"
    base = _field(admin.open(address).text, "base")
    page = admin.send(address, text=base.replace("action: teams", "action: telegraph"), base=base).text
    assert "The rule is invalid." in page
    assert "telegraph" in page


EVERYTHING = """rotations:
  primary: {people: [dora], starts: 2026-11-23, timezone: Asia/Tokyo}
owners:
  - {owner: sales, match: {service: bigquery}, channel: sales}
handlers:
  - name: tell-the-team
    match: {severity: medium}
    on: [opened]
    action: teams
    to_owner: true
  - name: repair
    match: {severity: medium}
    action: remove_iam_member
    then: tell-the-team
"""


def test_owners_rotations_and_chains_are_edited_together_after_a_simulation(
    admin: Visitor, dashboard: Dashboard
) -> None:
    base = _field(admin.open("/handlers/edit").text, "base")
    assert base.splitlines()[0] == "handlers:"
    invalid = admin.send("/handlers/edit", text=EVERYTHING.replace("then: tell", "then: phone"), base=base)
    assert "The rules are invalid. handlers.yaml:14: the next step" in as_text(invalid.text)
    simulated = admin.send("/handlers/edit", text=EVERYTHING, base=base).text
    plain = as_text(simulated)
    assert "+ - {owner: sales, match: {service: bigquery}, channel: sales}" in plain
    assert "repair matches: 2 (now 0)" in plain
    assert "Now: teams on teams:default (auto) With the change: runs only as the next step of repair" in plain
    assert len(_versions(dashboard)) == 1
    digest = re.findall(r'name="saved" value="(\w+)"', simulated)[0]
    assert admin.send("/handlers/edit", text=EVERYTHING, base=base, saved=digest).status_code == 303
    page = admin.read("/handlers/versions/2")
    assert "added: repair" in page
    assert "Defaults, rotations and owners + rotations: + primary: {people: [dora]" in page
    on_call = admin.read("/handlers/oncall")
    assert "dora is on call (primary)." in on_call
    assert "sales service bigquery channel sales" in on_call
    late = admin.send("/handlers/edit", text=EVERYTHING, base=base)
    assert "Somebody changed the rules in the meantime." in late.text
    admin.send("/handlers/versions/1/restore")
    assert "No owners." in admin.read("/handlers/oncall")


def test_a_change_that_breaks_a_chain_is_shown_with_the_mistake(admin: Visitor) -> None:
    address = "/handlers/rules/tell-the-team/edit"
    base = _field(admin.open(address).text, "base")
    text = "name: tell-the-team\naction: remove_iam_member\nthen: phone\n"
    assert "the next step &#39;phone&#39; is not a handler rule" in admin.send(address, text=text, base=base).text


def test_an_operator_changes_no_rule(admin: Visitor, dashboard: Dashboard) -> None:
    operator = dashboard.deployed("bob@example.com", **ADMIN)
    assert operator.send("/handlers/rules/tell-the-team/disable").status_code == 403
    refused = operator.read("/handlers/rules/tell-the-team/edit", 403)
    assert "This needs the role admin. Ask an administrator of Hinomi to add you to HINOMI_DASHBOARD_ADMINS." in refused
    assert operator.open("/handlers/edit").status_code == 403
    assert 'disabled title="Needs the role admin."' in operator.open("/handlers/rules").text
    assert admin.send("/handlers/rules/tell-the-team/disable", token="forged").status_code == 409
    assert len(_versions(dashboard)) == 1


def test_a_silence_shows_what_it_hides_before_it_begins(admin: Visitor, dashboard: Dashboard) -> None:
    fields = {"service": "big*", "for": "4h", "reason": "planned work"}
    preview = admin.send("/handlers/silences", **fields).text
    assert "Of 2 incidents since 27 Oct it would have hidden 1." in preview
    assert preview.count("Show it</summary>") == 1
    assert '<option value="4h" selected>4 h</option>' in preview
    assert re.findall(r'name="(\w+)"[^>]* autofocus', preview) == ["reason"]
    assert admin.send("/handlers/silences", **fields, seen=_field(preview, "seen")).status_code == 303
    page = admin.read("/handlers/silences")
    assert "1 silence is active." in page
    assert "active service big* planned work alice@example.com" in page
    assert admin.send("/handlers/silences/1/expire").status_code == 303
    with dashboard.error_store.reading() as session:
        assert silences.active(session, NOW) == []


def test_a_silence_says_beside_each_field_what_is_wrong_and_keeps_the_others(admin: Visitor) -> None:
    given = {"service": "^etl-.*$", "for": "4h", "every": "noon", "reason": "planned"}
    for fields, wrong in (({}, ["service", "for"]), ({"for": "4h"}, ["service"]), (given, ["service", "every"])):
        answer = admin.send("/handlers/silences", **fields)
        assert answer.status_code == 422
        assert re.findall(r'id="wrong-(\w+)"', answer.text) == wrong
        assert re.findall(r'aria-describedby="wrong-(\w+)"', answer.text) == wrong
        assert re.findall(r'name="(\w+)"[^>]* autofocus', answer.text) == wrong[:1]
    assert 'value="planned"' in answer.text
    preview = admin.send("/handlers/silences", **{"service": "big*", "for": "4h"}).text
    again = admin.send("/handlers/silences", **{"service": "big*", "for": "4h"}, seen=_field(preview, "seen"))
    assert "Enter a reason." in again.text


def test_a_maintenance_window_recurs(admin: Visitor) -> None:
    fields = {"rule": "composer/*", "every": "sun 02:00-04:00", "reason": "weekly"}
    preview = admin.send("/handlers/silences", **fields).text
    admin.send("/handlers/silences", **fields, seen=_field(preview, "seen"))
    assert "planned rule composer/* sun 02:00-04:00 (Asia/Tokyo) weekly" in admin.read("/handlers/silences")


def test_a_run_that_waits_is_shown_with_its_plan_and_the_buttons(admin: Visitor, dashboard: Dashboard) -> None:
    call = {"method": "POST", "url": "https://example.test/v1:remove", "body": {"member": "allUsers"}}
    approval = {"fingerprint": "f1", "calls": [call], "plan": {"en": "Removes allUsers", "ja": "削除"}}
    with dashboard.error_store.transaction(NOW) as transaction:
        incident = world.add_incident(transaction.session, NOW - world.HOUR)
        world.add_remediation(
            transaction.session, incident, NOW, state="planned", finished_at=None, handler_rule="close",
            target="gs://example", approval_until=NOW + world.HOUR, approval=approval,
        )  # fmt: skip
    page = admin.read("/handlers")
    assert "1 action waits for your approval." in page
    assert "close on gs://example Removes allUsers" in page
    assert "denied automatically at 04:12" in page
    assert "Approve and run Deny" in page
    assert "waits" in admin.read("/handlers/runs")


@pytest.mark.parametrize(
    ("address", "step"),
    [("/handlers/channels", "hinomi notify-test"), ("/handlers/runs", "hinomi handlers test")],
)
def test_an_empty_list_names_the_next_step(visitor: Visitor, address: str, step: str) -> None:
    assert all(step in visitor.read(f"{address}?lang={language}") for language in ("en", "ja"))


def test_without_anything_that_waits_the_page_says_what_asks_what_ran_and_what_can_be_done(
    admin: Visitor, dashboard: Dashboard
) -> None:
    page = admin.read("/handlers")
    assert "No rule asks for approval." in page
    assert "No remediation ran." in page
    asking = HandlerSpec("close", "remove_iam_member", mode=Mode.APPROVE, approvers=("carol@example.com",))
    with dashboard.error_store.transaction(NOW) as transaction:
        handler_rules.replace(transaction.session, {asking.name: asking.as_dict()}, NOW)
        incident = world.add_incident(transaction.session, NOW - world.HOUR)
        result = "restored at 2026-11-25 18:00 UTC"
        world.add_remediation(transaction.session, incident, NOW, handler_rule="close", result=result, started_at=NOW)
    page = admin.read("/handlers?lang=ja")
    assert "close remove_iam_member 承認できる人: carol@example.com · 1 時間後に自動的に却下" in page
    assert "close restored at 03:00 JST 完了" in page
    assert "メンテナンスウィンドウを設定" in page
    operator = dashboard.deployed("bob@example.com", **ADMIN)
    assert 'href="/handlers/rules/close/edit"' in admin.open("/handlers").text
    assert "/handlers/rules/close/edit" not in operator.open("/handlers").text


def test_channels_have_a_test_that_says_what_came_back(admin: Visitor) -> None:
    assert "not used yet teams:default tell-the-team none yet Send a test" in admin.read("/handlers/channels")
    assert admin.send("/handlers/channels/test", channel="teams:default").status_code == 303
    assert "teams:default did not accept the test:" in admin.read("/handlers/channels")
    assert "carrier-pigeon" in admin.refused(
        "/handlers/channels/test", "/handlers/channels", channel="carrier-pigeon:x"
    )


def test_the_page_says_who_is_on_call_and_who_follows(admin: Visitor, dashboard: Dashboard) -> None:
    assert "No rotations." in admin.read("/handlers/oncall")
    rotation = {
        "people": ["alice", "bob"], "starts": "2026-11-23", "timezone": "Asia/Tokyo", "handover": "09:00", "every": "7d"
    }  # fmt: skip
    with dashboard.error_store.transaction(NOW) as transaction:
        apply_file(
            transaction.session, StoredRuleSet({}, {"rotations": {"primary": rotation}}), NOW, by="carol@example.com"
        )
    page = admin.read("/handlers/oncall")
    assert "alice is on call (primary)." in page
    assert "alice Until 30 Nov 09:00 bob 30 Nov 09:00 alice 7 Dec 09:00" in page
