"""The page of an incident, and the effects of its buttons."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from dashboard import registry
from dashboard.formats import whole_words
from db.error_db import queries, silences
from db.error_db.store import ErrorStore
from demo.platform.storage import StorageServer
from handlers.cards.incident import incident_url
from handlers.spec import HandlerSpec, Match
from shared.model import ErrorClass, Mode, NextStep, Status, Trigger
from shared.records import IncidentView
from tests.support.dashboard import Dashboard, Visitor
from tests.support.findings import NOON, finding
from tests.support.handling import BUCKET, Desk

pytestmark = pytest.mark.sqlite

HOSTILE = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7*7 }}\x1b]0;owned\x07\u202egpj.exe"
PEOPLE: dict[str, Any] = {"dashboard_operators": ("bob@example.com",)}


def approve_rule(**changes: Any) -> HandlerSpec:
    return HandlerSpec(**{"name": "repair", "action": "remove_iam_member", "mode": Mode.APPROVE, **changes})


def waiting(desk: Desk) -> None:
    """Incident 1, whose remediation waits for approval."""
    desk.apply(approve_rule())
    desk.public_bucket()
    desk.work()


def stored(store: ErrorStore, number: int = 1) -> IncidentView:
    with store.reading() as session:
        detail = queries.incident(session, number)
    assert detail is not None
    return detail.incident


def hidden(html: str, name: str) -> str:
    return str(re.findall(rf'name="{name}" value="([^"]*)"', html)[0])


def test_the_page_says_what_broke_and_shows_the_plan_before_it_can_be_approved(desk: Desk, site: Dashboard) -> None:
    waiting(desk)
    visitor = site.local(desk.settings)
    address = incident_url("http://127.0.0.1:8787", 1) or ""  # the link of a card
    page = visitor.read(address.removeprefix("http://127.0.0.1:8787"))
    for text in (
        "What was done",
        "would remove allUsers",
        f"repair runs remove_iam_member on {BUCKET}. Would remove allUsers",
        "Approve and run",
        "High",
    ):
        assert text in page
    assert page.index("would remove allUsers") < page.index("Approve and run")
    japanese = visitor.read("/incidents/1?lang=ja")
    assert "承認して実行" in japanese
    assert "削除する予定" in japanese


def test_the_page_says_what_to_do_next_with_commands_to_copy(desk: Desk, site: Dashboard) -> None:
    command = "bq query 'SELECT \"<b>\" FROM `a`'"
    steps = (NextStep("Read the log.", "ログを確認します。", command), NextStep("Run it again.", "再実行します。"))
    with desk.store.transaction(NOON) as transaction:
        transaction.record(finding(error=ErrorClass.QUOTA, next_steps=steps), redact=())
    visitor = site.deployed("bob@example.com", **PEOPLE)
    page = visitor.open("/incidents/1").text
    assert str(whole_words(command)) in page
    assert page.index("What next") < page.index("Read the log.") < page.index("Run it again.")
    assert "quota or capacity" in page
    assert "ログを確認します。" in visitor.read("/incidents/1?lang=ja")
    visitor.send("/incidents/1/resolve", reason="done")
    assert "Read the log." not in visitor.read("/incidents/1")


def test_an_approved_plan_runs_and_can_be_undone_after_its_calls_were_shown(
    desk: Desk, site: Dashboard, storage: StorageServer
) -> None:
    waiting(desk)
    visitor = site.local(desk.settings)
    fingerprint = hidden(visitor.open("/incidents/1").text, "fingerprint")
    assert visitor.send("/runs/1/approve", fingerprint=fingerprint).status_code == 303
    assert "approved run 1" in visitor.read("/incidents/1")
    desk.work()
    assert storage.policy(BUCKET)["bindings"] == []
    update = visitor.open("/incidents/1?part=live").text
    assert "alice approved repair" in update
    assert "<html" not in update
    assert "1 call that the run made: PUT" in visitor.read("/runs/1/undo")
    before = len(storage.requests)
    assert visitor.send("/runs/1/undo").status_code == 303
    shown = visitor.open("/incidents/1").text
    assert "Run 2 plans the undo of run 1 within a minute" in shown
    assert "/runs/1/undo" not in shown
    assert "is being undone by run 2" in visitor.refused("/runs/1/undo", "/incidents/1")
    assert len(storage.requests) == before, "the dashboard's account may read no target"
    desk.work()
    assert storage.policy(BUCKET)["bindings"] == []
    page = visitor.open("/incidents/1").text
    assert "would grant allUsers" in page
    assert "alice asked to undo run 1" in page
    assert visitor.send("/runs/2/approve", fingerprint=hidden(page, "fingerprint")).status_code == 303
    desk.work()
    assert storage.policy(BUCKET)["bindings"] != []
    assert ["(undone)" in (read := visitor.read("/incidents/1")), "(undo of run 1)" in read] == [True, True]
    assert "was already undone" in visitor.refused("/runs/1/undo", "/incidents/1")


def test_a_plan_that_changed_is_not_approved_and_a_decision_is_made_once(desk: Desk, site: Dashboard) -> None:
    waiting(desk)
    visitor = site.local(desk.settings)
    assert "The plan changed" in visitor.refused("/runs/1/approve", "/incidents/1", fingerprint="the one before")
    assert visitor.send("/runs/1/deny", reason="a public site").status_code == 303
    assert "alice denied repair" in visitor.read("/incidents/1")
    assert "is not waiting for approval" in visitor.refused("/runs/1/approve", "/incidents/1", fingerprint="x")


def test_an_incident_is_acknowledged_and_resolved_by_the_person_once(desk: Desk, site: Dashboard) -> None:
    desk.public_bucket()
    visitor = site.deployed("bob@example.com", **PEOPLE)
    visitor.send("/incidents/1/acknowledge")
    assert stored(desk.store).acknowledged_by == "bob@example.com"
    assert "#1 acknowledged." in visitor.read("/incidents/1")
    visitor.send("/incidents/1/acknowledge")
    assert "already acknowledged" in visitor.read("/incidents/1")
    visitor.send("/incidents/1/resolve", reason=" ")
    assert stored(desk.store).status is Status.ACKNOWLEDGED
    visitor.send("/incidents/1/resolve", reason="the bucket is meant to be public")
    assert stored(desk.store).resolution == "bob@example.com: the bucket is meant to be public"
    assert "Acknowledge" not in visitor.read("/incidents/1")


def test_a_silence_is_made_after_showing_what_it_would_have_hidden(desk: Desk, site: Dashboard) -> None:
    desk.public_bucket()
    desk.public_bucket("e2", "other-[1]*")
    visitor = site.local(desk.settings)
    page = visitor.read("/incidents/2/silence")
    assert "everything on other-[1]* would have hidden 1 of 2 incidents" in page
    assert "storage/bucket_made_public everywhere would have hidden 2 of 2 incidents" in page
    assert [page.count(text) for text in ("Show it", "Show the latest 2", "#1 ·", "#2 ·")] == [2, 1, 1, 3]
    wrong = {"scope": "Choose what to silence.", "for": "Choose how long.", "reason": "Enter a reason."}
    for name, text in wrong.items():
        answer = visitor.send("/incidents/2/silence", **{"scope": "both", "for": "4h", "reason": "planned", name: " "})
        assert answer.status_code == 422
        assert re.findall(r'id="wrong-(\w+)".*?<span>(.*?)</span>', answer.text) == [(name, text)]
        assert ('value="planned"' in answer.text) == (name != "reason")
    visitor.send("/incidents/2/silence", scope="resource", reason="planned", **{"for": "4h"})
    with desk.store.reading() as session:
        (silence,) = silences.active(session, desk.now)
    assert (silence.owner, silence.expires_at) == ("alice", desk.now + timedelta(hours=4))
    assert "Silenced until" in visitor.read("/incidents/2")
    assert "Silenced until" not in visitor.read("/incidents/1")


def test_a_change_needs_the_token_of_the_browser_and_the_role(desk: Desk, site: Dashboard) -> None:
    waiting(desk)
    before = stored(desk.store)
    fields = {"reason": "x", "scope": "both", "for": "4h", "id": "1"}
    local, viewer = site.local(desk.settings), site.deployed("alice@example.com", **PEOPLE)
    stranger = site.deployed("", **PEOPLE)
    rules = [rule for rule in local.app.url_map.iter_rules() if "POST" in (rule.methods or ())]
    paths = [rule.rule for rule in rules if rule.endpoint != "api"]  # api/test_caller.py has the API
    assert len(paths) > 6
    for path in (re.sub(r"<[^>]*>", "1", path) for path in paths):
        assert local.send(path, token="x" * 43, **fields).status_code == 409
        assert local.send(path, token="", **fields).status_code == 409
        assert viewer.send(path, **fields).status_code == 403
        assert stranger.send(path, **fields).status_code == 403
    assert stored(desk.store) == before


def test_a_viewer_sees_the_buttons_that_need_another_role_disabled(desk: Desk, site: Dashboard) -> None:
    waiting(desk)
    page = site.deployed("alice@example.com", **PEOPLE).open("/incidents/1").text
    assert re.findall(r"<button[^>]*>(?:Approve and run|Acknowledge)", page)
    assert re.findall(r"<button(?![^>]*disabled)[^>]*>(?:Approve and run|Deny|Acknowledge)", page) == []
    assert "Needs the role operator." in page


def test_numbers_without_an_incident_are_not_found(visitor: Visitor) -> None:
    for number in ("7", "0", "99999999999999999999"):
        assert visitor.open(f"/incidents/{number}").status_code == 404
    assert visitor.open("/runs/7/undo").status_code == 400
    assert visitor.open("/runs/99999999999999999999/undo").status_code == 404


def test_similar_incidents_say_what_ended_them(desk: Desk, site: Dashboard) -> None:
    desk.public_bucket()
    desk.recover()
    desk.wait(minutes=5)
    desk.public_bucket("e2", "another-bucket")
    page = site.local(desk.settings).read("/incidents/2")
    assert "#1" in page
    assert "by itself after" in page


def test_incidents_about_the_same_time_and_further_pages_are_linked(desk: Desk, site: Dashboard) -> None:
    with desk.store.transaction(NOON) as transaction:
        for number, minutes in enumerate((0, 30, 600)):
            one = finding(
                minutes, fingerprint=f"f{number}", resource=f"airflow:job-{number}", summary=f"failure {number}"
            )
            transaction.record(one, redact=())
    page = site.local(desk.settings).open("/incidents/1").text
    assert "failure 1" in page
    assert "failure 2" not in page
    assert "who=alice%40example.com" in page


def test_markup_and_control_characters_of_a_log_entry_stay_text(desk: Desk, site: Dashboard) -> None:
    values: dict[str, Any] = dict.fromkeys(("title", "resource", "principal", "summary", "service", "project"), HOSTILE)
    hostile = finding(
        **values, fields={HOSTILE: HOSTILE}, elements={HOSTILE: [{HOSTILE: HOSTILE}]}, labels={HOSTILE: HOSTILE},
        log_url="javascript:alert(1)", rule=f"report/{HOSTILE}",
    )  # fmt: skip
    with desk.store.transaction(NOON) as transaction:
        transaction.record(hostile, redact=())
    visitor = site.local(desk.settings)
    paths = [page.routes[0].path for page in registry.discover() if "<" not in page.routes[0].path]
    paths += [
        "/incidents/1",
        "/incidents/1/silence",
        "/incidents?q=%3Cscript%3Ealert(1)",
        "/search?q=%3Cscript%3Ealert(1)",
    ]
    for path in paths:
        html = visitor.open(path).text
        assert "<script>alert" not in html
        assert "<img" not in html
        assert re.findall("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", html) == []
        assert "javascript:" not in html
    assert "{{ 7*7 }}" in visitor.read("/incidents/1")


def test_a_false_alarm_is_recorded_with_who_counted_for_its_rule_and_can_be_taken_back(
    desk: Desk, site: Dashboard
) -> None:
    desk.public_bucket()
    visitor = site.deployed("bob@example.com", **PEOPLE)
    visitor.send("/incidents/1/false-alarm", reason="a public data set")
    view = stored(desk.store)
    assert (view.status, view.false_alarm_by) == (Status.RESOLVED, "bob@example.com")
    assert view.resolution == "bob@example.com: false alarm (a public data set)"
    page = visitor.read("/incidents/1")
    for text in (
        "#1 marked as a false alarm.",
        "false alarm according to bob@example.com: a public data set",
        "Not a false alarm",
    ):
        assert text in page
    assert "誤検知 (a public data set)" in visitor.read("/incidents/1?lang=ja")
    assert "1 of them was a false alarm" in visitor.read("/rules/storage/bucket_made_public?lang=en")
    visitor.send("/incidents/1/false-alarm")
    assert "already marked as a false alarm" in visitor.read("/incidents/1")
    visitor.send("/incidents/1/no-false-alarm")
    assert stored(desk.store).false_alarm_at is None
    assert "Mark as false alarm" in visitor.read("/incidents/1")
    visitor.send("/incidents/1/no-false-alarm")
    assert "is not marked" in visitor.read("/incidents/1")
    assert stored(desk.store).status is Status.RESOLVED


def test_what_a_person_says_about_a_learned_alarm_is_one_click_with_its_effect(desk: Desk, site: Dashboard) -> None:
    with desk.store.transaction(desk.now) as transaction:
        transaction.record(finding(rule="jobs/run_late"), redact=())
        transaction.record(finding(1, fingerprint="o" * 32), redact=())
    visitor = site.deployed("bob@example.com", **PEOPLE)
    page = visitor.read("/incidents/1")
    for text in (
        "Was this alarm right?",
        "never alert",
        "0 of 1 alarm of the last 90 days remains",
        "keeps the only alarm",
    ):
        assert text in page
    assert "Was this alarm right?" not in visitor.read("/incidents/2")
    visitor.send("/incidents/1/feedback", verdict="never")
    page = visitor.read("/incidents/1")
    assert "#1: never alert; 0 of 1 alarm of the last 90 days remains." in page
    assert "bob@example.com says: never alert." in page
    assert stored(desk.store).status is Status.RESOLVED
    visitor.send("/incidents/1/feedback", verdict="withdraw")
    assert "the feedback no longer applies" in visitor.read("/incidents/1")
    assert "このアラームは適切でしたか" in visitor.read("/incidents/1?lang=ja")


def test_a_person_runs_an_action_whose_rule_does_not_match_after_seeing_its_plan(
    desk: Desk, site: Dashboard, storage: StorageServer
) -> None:
    elsewhere = Match(rule=("iam/*",))
    desk.apply(
        HandlerSpec("repair", "remove_iam_member", match=elsewhere, mode=Mode.AUTO, budget=1),
        HandlerSpec("tried", "remove_iam_member", match=elsewhere),
    )
    desk.public_bucket()
    visitor = site.deployed("bob@example.com", **PEOPLE)
    assert site.deployed("eve@example.com", **PEOPLE).open("/incidents/1/run").status_code == 403
    page = visitor.read("/incidents/1/run")
    assert f"repair remove_iam_member on {BUCKET} · does not match this incident" in page
    assert "tried" not in page  # its account may not change anything
    assert "実行内容を表示" in visitor.read("/incidents/1/run?lang=ja")
    visitor.send("/incidents/1/run", rule="repair")
    visitor.send("/incidents/1/run", rule="repair")
    assert "a run of 'repair' for this incident is planned already" in visitor.read("/incidents/1/run?lang=en")
    visitor.send("/incidents/1/run", rule="tried")
    assert "no enabled handler rule 'tried'" in visitor.read("/incidents/1/run")
    desk.work()
    page = visitor.read("/incidents/1")
    assert "bob@example.com asked for repair" in page
    assert "would remove allUsers" in page
    assert storage.policy(BUCKET)["bindings"] != []
    fingerprint = (desk.runs()[0].approval or {})["fingerprint"]
    visitor.send("/runs/1/approve", fingerprint=fingerprint)
    desk.work()
    assert (storage.policy(BUCKET)["bindings"], desk.runs()[0].decided_by) == ([], "bob@example.com")
    desk.public_bucket("e2", "other")
    visitor.send("/incidents/2/run", rule="repair")
    assert "budget exhausted" in visitor.read("/incidents/2/run")


def test_the_page_shows_the_course_what_occurrences_share_and_why_other_rules_did_nothing(
    desk: Desk, site: Dashboard
) -> None:
    desk.apply(
        HandlerSpec("elsewhere", "remove_iam_member", match=Match(rule=("iam/*",))),
        HandlerSpec("ended", "teams", on=(Trigger.RESOLVED,), params={"channel": "default"}),
    )
    desk.public_bucket()
    for number in range(3):
        desk.wait(minutes=30)
        desk.public_bucket(f"again-{number}", principal=HOSTILE if number else "bob@example.com")
    page = site.local(desk.settings).read("/incidents/1")
    assert "4 occurrences from" in page
    assert "bob@example.com ×1" in page
    assert "2 other rules did not run" in page
    assert "rule iam/* does not match storage/bucket_made_public" in page
    assert "The decisions of these rules if the incident opened now." in page
