"""The status badge: what it shows, and to whom."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from dashboard.badge.drawing import badge
from db.error_db.api_tokens import TokenScope
from shared.errors import TransientError
from shared.model import Severity
from tests.support.api_client import new_token
from tests.support.dashboard import NOW, Dashboard
from tests.support.findings import finding

pytestmark = pytest.mark.sqlite

PEOPLE: dict[str, Any] = {"dashboard_viewers": ("*@example.com",)}
MARKUP = "\"'><script>alert(1)</script>&\x1b\u202e"


def record(dashboard: Dashboard, severity: Severity) -> None:
    made = replace(finding(), fingerprint=severity, event_key=severity, severity=severity, time=NOW)
    with dashboard.error_store.transaction(NOW) as transaction:
        transaction.record(made, redact=())


def test_the_badge_says_what_needs_a_person_and_never_healthy_without_an_answer(
    dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = dashboard.local()

    def shown(query: str = "") -> str:
        response = visitor.open(f"/badge.svg{query}")
        assert (response.status_code, response.mimetype) == (200, "image/svg+xml")
        assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        return str(ET.fromstring(response.text).get("aria-label"))  # noqa: S314 - our own drawing

    assert shown() == "data platform: healthy"
    assert shown("?service=bigqeury") == "bigqeury: no such service"
    record(dashboard, Severity.MEDIUM)
    low = visitor.open("/badge.svg").text
    record(dashboard, Severity.CRITICAL)
    assert shown() == "data platform: 2 need you"
    assert visitor.open("/badge.svg").text.count("#b9320f") > low.count("#b9320f")
    assert shown("?service=bigquery&lang=ja") == "BigQuery: 2 件が対応待ち"
    assert shown("?service=storage") == "Cloud Storage: healthy"
    with dashboard.error_store.transaction(NOW) as transaction:
        for number in (1, 2):
            transaction.acknowledge(number, by="alice", time=NOW)
    assert shown() == "data platform: 2 handled"

    def unavailable(*_: Any) -> None:
        raise TransientError("connection refused")

    monkeypatch.setattr(dashboard.error_store, "reading", unavailable)
    assert shown() == "data platform: unknown"


def test_markup_in_the_address_stays_text(dashboard: Dashboard) -> None:
    response = dashboard.local().client.get("/badge.svg", query_string={"service": MARKUP})
    assert "<script" not in response.text
    assert not {"\x1b", "\u202e"} & {*response.text}
    ET.fromstring(response.text)  # noqa: S314 - our own drawing
    ET.fromstring(badge("x" * 500, "基盤" * 50, "#000000"))  # noqa: S314


def test_a_token_in_the_address_can_do_nothing_else_and_needs_the_proxy_too(dashboard: Dashboard) -> None:
    only, both = (
        new_token(dashboard.error_store, name, scopes)
        for name, scopes in (("a", [TokenScope.BADGE]), ("b", [TokenScope.BADGE, TokenScope.READ]))
    )
    robot = dashboard.deployed("robot@p.iam.gserviceaccount.com", **PEOPLE)
    assert robot.open(f"/badge.svg?token={only}").status_code == 200
    assert robot.open(f"/badge.svg?token={both}").status_code == 403
    assert robot.open("/badge.svg").status_code == 403
    assert robot.open(f"/api/v1/incidents?token={only}").status_code == 403
    assert robot.open("/api/v1/incidents", Authorization=f"Bearer {only}").status_code == 403
    assert dashboard.deployed("ann@example.com", **PEOPLE).open("/badge.svg").status_code == 200
    for token in (only, "", "x"):
        assert dashboard.deployed("", **PEOPLE).open(f"/badge.svg?token={token}").status_code == 401
    assert dashboard.local().open("/badge.svg?token=x").status_code == 401
