"""Feedback on learned alarms through the API: a preview of its effect, and the effect."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from db.error_db.api_tokens import TokenScope
from db.error_db.store import ErrorStore
from shared.model import IncidentKind
from tests.support.api_client import ApiClient, new_token
from tests.support.dashboard import NOW, Dashboard
from tests.support.findings import finding

pytestmark = pytest.mark.sqlite

VERDICTS = ["expected", "new_normal", "never", "real"]


def unusual(store: ErrorStore, days_ago: int = 0) -> None:
    """A metric was outside its learned range; an earlier alarm is resolved."""
    time = NOW - timedelta(days=days_ago)
    found = replace(
        finding(), rule="metrics/unusual", kind=IncidentKind.LOAD_ISSUE, title="Unusual metric", time=time,
        event_key=f"unusual-{days_ago}", fingerprint="metric-7", fields={"value": 90.0, "expected_low": 10.0, "expected_high": 20.0},
    )  # fmt: skip
    with store.transaction(time) as transaction:
        (change,) = transaction.record(found, redact=())
        if days_ago:
            transaction.resolve(change.incident.id, reason="back in its range", time=time + timedelta(hours=1))


def test_each_verdict_shows_its_effect_and_the_one_that_is_given_applies(api: ApiClient, dashboard: Dashboard) -> None:
    for days in (20, 10, 0):
        unusual(dashboard.error_store, days)
    before = api.get("/incidents/3/feedback")
    assert [each["verdict"] for each in before["choices"]] == VERDICTS
    assert {each["verdict"]: (each["alarms"], each["remaining"]) for each in before["choices"]} == {
        "expected": (3, 2), "new_normal": (3, 2), "never": (3, 0), "real": (3, 3),
    }  # fmt: skip
    assert before["given"] is None
    given = api.post("/incidents/3/feedback", body={"verdict": "never", "reason": " a test load "})["given"]
    assert (given["verdict"], given["by"], given["reason"]) == ("never", "token:bot", "a test load")
    assert api.get("/incidents/3")["incident"]["status"] == "resolved"
    assert api.post("/incidents/3/feedback/withdraw")["given"] is None
    assert api.post("/incidents/3/feedback/withdraw", 409)


def test_only_a_learned_alarm_and_a_known_verdict_are_accepted(api: ApiClient, dashboard: Dashboard) -> None:
    with dashboard.error_store.transaction(NOW) as transaction:
        transaction.record(finding(), redact=())
    assert api.get("/incidents/1/feedback") == {"choices": [], "given": None}
    assert api.post("/incidents/1/feedback", 409, {"verdict": "never"})
    unusual(dashboard.error_store)
    for body in ({"verdict": "maybe"}, {}, {"verdict": "never", "reason": "a\0b"}, {"verdict": "never", "by": "alice"}):
        api.post("/incidents/2/feedback", 400, body)
    for path in ("/incidents/9/feedback", "/incidents/9/feedback/withdraw"):
        api.post(path, 404, {"verdict": "never"} if path.endswith("feedback") else None)
    assert api.get("/incidents/2/feedback")["given"] is None


def test_feedback_needs_the_scope_write(api: ApiClient, dashboard: Dashboard) -> None:
    unusual(dashboard.error_store)
    reader = replace(api, token=new_token(dashboard.error_store, "reader", (TokenScope.READ,)))
    assert reader.get("/incidents/1/feedback")["choices"]
    assert reader.post("/incidents/1/feedback", 403, {"verdict": "never"})
    assert api.get("/incidents/1/feedback")["given"] is None
