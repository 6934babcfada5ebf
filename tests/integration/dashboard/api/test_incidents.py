"""Incidents through the API: filters, pages, one incident with everything that belongs to it, and changes."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from db.error_db import silences
from db.error_db.incidents import false_alarms
from db.error_db.store import ErrorStore
from handlers.spec import HandlerSpec
from shared.model import ErrorClass, IncidentKind, Mode, NextStep, Severity
from tests.support.api_client import ApiClient, new_token
from tests.support.dashboard import NOW, Dashboard
from tests.support.findings import finding
from tests.support.handling import Desk

pytestmark = pytest.mark.sqlite

HOSTILE = "\"'><script>alert(1)</script>&{{ 7*7 }}\x1b]0;owned\x07\u202egpj.exe\u2028\x7f"


FILTERS: list[tuple[dict[str, Any], list[int]]] = [
    ({"severity": "critical"}, [2]), ({"kind": "load_issue"}, []), ({"status": ["open", "resolved"]}, [2, 1]),
    ({"status": "acknowledged"}, []), ({"q": "100%_"}, [2]), ({"q": "%"}, [2]), ({"service": "storage"}, []),
    ({"rule": "bigquery/job_failed"}, [2, 1]), ({"since": "2026-11-25T18:12:10Z"}, [2, 1]),
    ({"since": "2026-11-26T03:12:11+09:00"}, []), ({"owner": "nobody"}, []), ({"need": "you"}, [2, 1]),
    ({"need": "silenced"}, []), ({"need": "you", "status": "resolved"}, []), ({"resource": "it's"}, []),
]  # fmt: skip
INVALID: list[tuple[dict[str, Any], str]] = [
    ({"limit": "5.0"}, "limit"), ({"limit": 0}, "limit"), ({"limit": 201}, "limit"), ({"limit": "1_0"}, "limit"),
    ({"limit": "9" * 5000}, "limit"), ({"status": "closed"}, "status.0"), ({"since": "yesterday"}, "since"),
    ({"since": "1764091930"}, "since"), ({"since": "0001-01-01T00:00:00Z"}, "since"),
    ({"since": "2026-11-25T18:12:10"}, "since"), ({"unknown": 1}, "unknown"), ({"q": "x" * 201}, "q"),
    ({"limit": ["1", "2"]}, "limit"), ({"cursor": "AAAA"}, "cursor"), ({"cursor": "fA"}, "cursor"),
    ({"cursor": "' OR 1=1"}, "cursor"), ({"cursor": "OTk5OS0xMi0zMVQyMzo1OTo1OS0xMjowMHwx"}, "cursor"),
    ({"lang": "de"}, "lang"),
]  # fmt: skip
SILENCES: list[tuple[dict[str, Any], int]] = [
    ({"match": {"rule": ["bigquery/*"]}, "length": "4h", "reason": "x"}, 409),
    ({"match": {"rule": ["bigquery/*"]}, "length": "4h", "reason": "x", "confirm_wide": True}, 200),
    ({"match": {"resource": ["p.raw"]}, "length": "31d", "reason": "x"}, 409),
    ({"match": {"resource": ["ab"]}, "length": "31d", "reason": "x"}, 409),
    ({"match": {"resource": ["p.raw"]}, "length": "400d", "reason": "x"}, 400),
    ({"match": {}, "length": "4h", "reason": "x"}, 400),
    ({"match": {"resource": [".*"]}, "length": "4h", "reason": "x"}, 400),
    ({"match": {"resource": ["a\0b"]}, "length": "4h", "reason": "x"}, 400),
    ({"match": {"resource": ["p.raw"]}, "length": "4h", "reason": " "}, 400),
    ({"match": {"resource": ["p.raw"], "unknown": 1}, "length": "4h", "reason": "x"}, 400),
    ({"match": {"resource": "p.raw"}, "length": "4h", "reason": "x"}, 400),
    ({"match": {"labels": {"dag": ["load_*"]}, "severity": "low"}, "length": "4h", "reason": "x"}, 409),
]  # fmt: skip
BODIES: list[tuple[dict[str, Any], int]] = [
    ({"data": b'{"reason": "x"}', "content_type": "text/plain"}, 415),
    ({"data": b"reason=x", "content_type": "application/x-www-form-urlencoded"}, 415),
    ({"data": b'{"reason": "x"', "content_type": "application/json"}, 400),
    ({"data": b'{"reason": "\\ud800"}', "content_type": "application/json"}, 400),
    ({"data": b'{"reason": "\\u0000"}', "content_type": "application/json"}, 400),
    ({"data": b'{"reason": "' + b"x" * 70_000 + b'"}', "content_type": "application/json"}, 413),
    ({"data": b"[" * 60_000, "content_type": "application/json"}, 400),
    ({"data": b"", "content_type": "application/json"}, 400),
    ({"data": b'{"reason": "x", "by": "alice"}', "content_type": "application/json"}, 400),
    ({"data": b'{"reason": 1}', "content_type": "application/json"}, 400),
]  # fmt: skip
NOWHERE = (
    "/incidents/", "/incidents/0", "/incidents/-1", "/incidents/2147483648", "/incidents/1e3", "/incidents/../tokens",
    "/incidents/1/../../x", "/incidents/%0A", "/a%0A/b", "//incidents", "/%2e%2e/app.py", "/tokens",
)  # fmt: skip


def record(store: ErrorStore, number: int, **changes: Any) -> None:
    made = replace(
        finding(), fingerprint=f"f{number}", event_key=f"e{number}", time=NOW - timedelta(minutes=number // 2)
    )
    with store.transaction(NOW) as transaction:
        transaction.record(replace(made, **changes), redact=())


def ids(answer: Any) -> list[int]:
    return [item["id"] for item in answer["items"]]


def test_pages_follow_each_other_across_incidents_of_one_time(api: ApiClient, dashboard: Dashboard) -> None:
    for number in range(7):
        record(dashboard.error_store, number)
    found, cursor, pages = [], "", 0
    while cursor is not None:
        answer = api.get("/incidents", limit=2, cursor=cursor)
        found += ids(answer)
        cursor, pages = answer["next_cursor"], pages + 1
        if pages == 1:
            record(dashboard.error_store, 100, time=NOW + timedelta(minutes=1))
    assert found == [2, 1, 4, 3, 6, 5, 7]
    assert pages == 4


def test_an_incident_says_what_to_do_next_and_which_class_its_error_has(api: ApiClient, dashboard: Dashboard) -> None:
    steps = (NextStep("Read the log.", "ログを確認します。", "bq show 'a b'"), NextStep("Go.", "実行します。"))
    record(dashboard.error_store, 1, error=ErrorClass.QUOTA, next_steps=steps)
    assert ids(api.get("/incidents", error="quota")) == [1]
    assert ids(api.get("/incidents", error="memory")) == []
    answer = api.get("/incidents/1")
    assert answer["incident"]["error"] == "quota"
    first, second = answer["next_steps"]
    assert (first, second) == ({"text": "Read the log.", "command": "bq show 'a b'"}, {"text": "Go.", "command": ""})
    assert [each["text"] for each in api.get("/incidents/1", lang="ja")["next_steps"]] == [
        "ログを確認します。",
        "実行します。",
    ]


def test_an_incident_about_load_has_its_usual_range_and_the_false_alarms_of_its_rule(
    api: ApiClient, dashboard: Dashboard
) -> None:
    usual = {"expected_low": 10.0, "expected_high": 50.0}
    record(dashboard.error_store, 1, kind=IncidentKind.LOAD_ISSUE, fields=usual)
    record(dashboard.error_store, 2, kind=IncidentKind.LOAD_ISSUE)
    record(dashboard.error_store, 3)
    with dashboard.error_store.transaction(NOW) as transaction:
        false_alarms.mark(transaction, 2, by="bob", reason="", time=NOW)
    counts = {"unit": "", "judged": 1, "false": 1}
    assert [api.get(f"/incidents/{number}")["alarm"] for number in (1, 2, 3)] == [
        {"usual_low": 10.0, "usual_high": 50.0, **counts},
        {"usual_low": None, "usual_high": None, **counts},
        None,
    ]


def test_times_that_an_event_claims_are_answered_and_paged_whatever_they_are(
    api: ApiClient, dashboard: Dashboard
) -> None:
    times = [datetime(year, 1, 1, tzinfo=UTC) for year in (4, 1969, 2026, 9996)]
    for number, time in enumerate(times):
        record(dashboard.error_store, number, time=time)
    found, cursor = [], ""
    while cursor is not None:
        answer = api.get("/incidents", limit=1, cursor=cursor)
        found += [(item["id"], item["last_seen_at"][:4]) for item in answer["items"]]
        cursor = answer["next_cursor"]
    assert len(found) == 4
    assert {year for _, year in found} >= {"0004", "1969", "2026"}
    assert all(api.get(f"/incidents/{number}") for number, _ in found)
    assert api.get("/reports", day="1971-01-01")["first"] == "1970-12-28"


def test_filters_are_those_of_the_page(api: ApiClient, dashboard: Dashboard) -> None:
    record(dashboard.error_store, 0)
    record(dashboard.error_store, 1, severity=Severity.CRITICAL, summary="100%_full")
    for query, expected in FILTERS:
        assert ids(api.get("/incidents", **query)) == expected, query


def test_an_invalid_parameter_is_named(api: ApiClient) -> None:
    for query, field in INVALID:
        answer = api.get("/incidents", 400, **query)
        assert [each["field"] for each in answer["errors"]] == [field], query
        assert "x" * 100 not in json.dumps(answer)


def test_an_incident_has_everything_that_belongs_to_it(desk: Desk, dashboard: Dashboard) -> None:
    dashboard.clock = lambda: desk.now
    desk.apply(HandlerSpec(name="repair", action="remove_iam_member", mode=Mode.APPROVE))
    desk.public_bucket()
    desk.work()
    expires = desk.now + timedelta(days=1)
    api = ApiClient(dashboard.local(), new_token(desk.store, expires_at=expires))
    made = api.get("/incidents/1")
    assert made["incident"]["need"] == "you"
    assert {"path", "value", "is_matched"} == set(made["evidence"][0])
    assert [each["kind"] for each in made["timeline"]] == ["failed", "you"]
    (run,) = made["remediations"]
    assert run["handler_rule"] == "repair"
    assert run["stages"][0]["stage"] == "match"
    assert made["notifications"] == []
    (waiting,) = api.get("/approvals")["items"]
    assert waiting["run"]["id"] == run["id"]
    path = f"/approvals/{run['id']}/approve"
    assert "fingerprint" in api.post(path, 409, {"fingerprint": "other"})["detail"]
    assert api.post(path, body={"fingerprint": waiting["fingerprint"]})["decided_by"] == "token:bot"
    assert api.post(path, 409, {"fingerprint": waiting["fingerprint"]})["status"] == 409
    assert api.get("/action-runs", incident=1)["items"][0]["id"] == run["id"]


def test_only_a_named_approver_decides(desk: Desk, dashboard: Dashboard) -> None:
    dashboard.clock = lambda: desk.now
    approvers = ("*@example.com", "token:deploy-*")
    desk.apply(HandlerSpec(name="repair", action="remove_iam_member", mode=Mode.APPROVE, approvers=approvers))
    desk.public_bucket()
    desk.work()
    expires = desk.now + timedelta(days=1)
    for name, status in (("a.example.com", 403), ("bot", 403), ("deploy-bot", 200)):
        token = new_token(desk.store, name, expires_at=expires)
        client = ApiClient(dashboard.local(), token)
        assert client.post("/approvals/1/deny", status, {"reason": "a public site"})[
            "state" if status == 200 else "type"
        ]


def test_changes_are_recorded_with_the_name_of_the_token(api: ApiClient, dashboard: Dashboard) -> None:
    record(dashboard.error_store, 0)
    assert api.post("/incidents/1/acknowledge")["acknowledged_by"] == "token:bot"
    assert api.post("/incidents/1/acknowledge", 409)["detail"] == "Incident 1 is acknowledged."
    silence = api.post("/incidents/1/silence", body={"scope": "rule", "length": "1h", "reason": "known"})
    assert (silence["owner"], silence["is_active"]) == ("token:bot", True)
    assert api.get("/incidents/1")["incident"]["silence"] == silence["id"]
    resolved = api.post("/incidents/1/resolve", body={"reason": " done "})
    assert (resolved["status"], resolved["resolution"]) == ("resolved", "token:bot: done")
    assert api.post("/incidents/1/resolve", 409, {"reason": "again"})
    marked = api.post("/incidents/1/false-alarm", body={"reason": "a test"})
    assert (marked["false_alarm_by"], marked["false_alarm_reason"]) == ("token:bot", "a test")
    assert api.post("/incidents/1/false-alarm", 409)["detail"] == "Incident 1 is marked as a false alarm."
    for path in ("/incidents/9", "/incidents/9/acknowledge"):
        method = api.get if path.endswith("9") else api.post
        assert method(path, 404)["detail"] == "There is no incident 9."


def test_a_silence_is_checked_as_on_its_page_and_expires(api: ApiClient, dashboard: Dashboard) -> None:
    for body, status in SILENCES:
        api.post("/silences", status, body)
    with dashboard.error_store.reading() as session:
        assert len(silences.listed(session, NOW)) == 1
    assert api.post("/silences/1/expire")["is_active"] is False
    assert api.post("/silences/1/expire", 404)
    assert api.get("/silences")["items"] == []
    assert api.get("/silences", expired="true")["items"][0]["reason"] == "x"


def test_a_body_that_is_no_small_json_of_its_model_changes_nothing(api: ApiClient, dashboard: Dashboard) -> None:
    record(dashboard.error_store, 0)
    for sent, status in BODIES:
        assert api.call("POST", "/incidents/1/resolve", **sent).status_code == status, sent
    assert api.get("/incidents/1")["incident"]["status"] == "open"


def test_markup_and_control_characters_come_out_as_json_only(api: ApiClient, dashboard: Dashboard) -> None:
    fields = dict.fromkeys(("title", "service", "project", "resource", "principal", "summary"), HOSTILE)
    record(dashboard.error_store, 0, **fields, labels={"dag": HOSTILE}, fields={"a.b": HOSTILE})
    api.post("/incidents/1/silence", body={"reason": HOSTILE})
    for path in ("/incidents", "/incidents/1", "/silences", f"/incidents?q={'<script>'}", "/<script>", "/jobs?x=<b>"):
        response = api.call("GET", path)
        assert response.headers["Content-Type"] in ("application/json", "application/problem+json")
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert not {*"<>&\x1b\x07\u202e\u2028\x7f"} & {*response.text}
        json.loads(response.text)
    assert api.get("/incidents")["items"][0]["summary"] == HOSTILE


def test_texts_are_in_the_language_that_is_asked_for_and_english_otherwise(api: ApiClient) -> None:
    assert api.get("/incidents/9", 404)["title"] == "Not found."
    assert api.get("/incidents/9", 404, lang="ja")["title"] == "見つかりません。"
    japanese = api.call("GET", "/incidents/9", {"Accept-Language": "ja-JP,ja;q=0.9"})
    assert json.loads(japanese.text)["title"] == "見つかりません。"


def test_an_address_that_names_nothing_is_not_found(api: ApiClient) -> None:
    for path in NOWHERE:
        assert api.call("GET", path).status_code == 404, path
    assert api.call("POST", f"/incidents/{2**31}/feedback").status_code == 404


def test_another_method_is_rejected_with_those_that_work(api: ApiClient) -> None:
    for method in ("PUT", "PATCH", "DELETE", "OPTIONS", "POST"):
        response = api.call(method, "/incidents")
        assert (response.status_code, response.headers["Allow"]) == (405, "GET, HEAD")
    assert api.call("HEAD", "/incidents").text == ""
    assert api.call("GET", "/incidents/1/acknowledge").headers["Allow"] == "POST"
