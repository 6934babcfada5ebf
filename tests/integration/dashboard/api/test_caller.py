"""Callers of the API: tokens with scopes and people with roles are accepted, all others are rejected."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from dashboard import registry as pages
from dashboard.api import registry
from dashboard.api.caller import TOKEN_HEADER
from dashboard.app import API
from db.error_db import api_tokens, queries
from db.error_db.api_tokens import TokenScope
from db.error_db.store import ErrorStore
from tests.support.api_client import ApiClient, new_token
from tests.support.dashboard import NOW, Dashboard
from tests.support.findings import finding

pytestmark = pytest.mark.sqlite

PEOPLE: dict[str, Any] = {
    "dashboard_viewers": ("*@example.com",),
    "dashboard_operators": ("bob@example.com",),
}
ROBOT = "robot@p.iam.gserviceaccount.com"


FORGED = (
    "Bearer ", "Bearer", "", "Bearer wrong", "Basic aGlub21p", "Bearer {token}x", "Bearer {head}", "{token}\u3000",
    "Bearer {upper}", "Bearer {token}, Bearer {token}", "Bearer hinomi_%", "Bearer hinomi_" + "A" * 100_000,
)  # fmt: skip


def record(store: ErrorStore) -> None:
    with store.transaction(NOW) as transaction:
        transaction.record(finding(), redact=())


def acknowledged_by(store: ErrorStore) -> str | None:
    with store.reading() as session:
        detail = queries.incident(session, 1)
    assert detail is not None
    return detail.incident.acknowledged_by


def addresses() -> list[tuple[str, str]]:
    """The method and address of every route of pages and API; a number replaces each variable part."""
    of_pages = [(route.method, route.path) for page in pages.discover() for route in page.routes]
    of_api = [(each.method, f"{API}/v1{each.path}") for each in registry.operations()]
    others = [("GET", f"{API}/v1/openapi.json"), ("GET", f"{API}/v2/incidents"), ("GET", f"{API}/")]
    return [(method, _filled(path)) for method, path in (*of_pages, *of_api, *others)]


def _filled(path: str) -> str:
    while "<" in path:
        begin, _, rest = path.partition("<")
        path = f"{begin}1{rest.partition('>')[2]}"
    return path


@pytest.mark.parametrize("person", ["", "mallory@example.net"])
def test_whoever_is_unknown_gets_nothing_from_any_route(dashboard: Dashboard, person: str) -> None:
    record(dashboard.error_store)
    visitor = dashboard.deployed(person, **PEOPLE)
    empty = {visitor.client.open("/incidents", method="GET", headers=visitor._identity()).text}  # noqa: SLF001
    for method, path in addresses():
        for headers in ({}, {"Authorization": "Bearer hinomi_" + "x" * 43}, {"Authorization": "Basic YTpi"}):
            response = visitor.client.open(path, method=method, headers={**visitor._identity(), **headers}, json={})  # noqa: SLF001
            assert response.status_code in (401, 403), (method, path, headers)
            if path.startswith(API):
                made = response.get_json()
                assert set(made) == {"type", "title", "status", "detail", "instance", "action"}
            else:
                empty.add(response.text)
    assert len(empty) == 1
    assert acknowledged_by(dashboard.error_store) is None


@pytest.mark.parametrize("changes", [{"expires_at": NOW}, {"expires_at": NOW - timedelta(days=1)}])
def test_an_expired_token_is_unknown(dashboard: Dashboard, changes: dict[str, Any]) -> None:
    ApiClient(dashboard.local(), new_token(dashboard.error_store, **changes)).get("/incidents", 401)


def test_a_revoked_token_is_unknown_from_then_on(api: ApiClient, dashboard: Dashboard) -> None:
    api.get("/incidents")
    with dashboard.error_store.transaction(NOW) as transaction:
        assert api_tokens.revoke(transaction.session, "bot", by="alice", now=NOW)
        assert not api_tokens.revoke(transaction.session, "bot", by="alice", now=NOW)
    answer = api.get("/incidents", 401)
    assert "hinomi tokens add" in answer["action"]


def test_a_forged_token_does_not_become_the_person_at_this_machine(api: ApiClient) -> None:
    values = {"token": api.token, "head": api.token[:-1], "upper": api.token.upper()}
    for sent in FORGED:
        header = sent.format(**values).encode().decode("latin-1")
        for name in ("Authorization", TOKEN_HEADER):
            assert api.call("GET", "/incidents", {name: header}).status_code == 401, sent[:50]


def test_a_token_does_what_its_scopes_say_and_nothing_else(dashboard: Dashboard) -> None:
    record(dashboard.error_store)
    for number, scope in enumerate(TokenScope):
        client = ApiClient(dashboard.local(), new_token(dashboard.error_store, f"bot{number}", [scope]))
        for operation in registry.operations():
            path = _filled(operation.path)
            response = client.call(operation.method, path, json=None if operation.method == "GET" else {})
            assert (response.status_code == 403) == (operation.scope is not scope), (scope, path)
    assert acknowledged_by(dashboard.error_store) == "token:bot1"


def test_the_database_has_a_digest_and_the_latest_use_to_a_minute(dashboard: Dashboard) -> None:
    time = NOW
    dashboard.clock = lambda: time
    token = new_token(dashboard.error_store)
    client, used = ApiClient(dashboard.local(), token), []
    for seconds in (0, 59, 61):
        time = NOW + timedelta(seconds=seconds)
        client.get("/approvals")
        with dashboard.error_store.reading() as session:
            (view,) = api_tokens.listed(session)
            stored = str(session.connection().exec_driver_sql("SELECT * FROM api_tokens").all())
        used.append(view.last_used_at)
    assert used == [NOW, NOW, NOW + timedelta(seconds=61)]
    assert token not in stored
    assert token.removeprefix("hinomi_") not in stored


def test_a_deployed_dashboard_needs_the_proxy_besides_the_token(dashboard: Dashboard) -> None:
    token = new_token(dashboard.error_store)
    for person, status in ((ROBOT, 200), ("", 401)):
        visitor = dashboard.deployed(person, **PEOPLE)
        google = {"Authorization": "Bearer eyJhbGciOi.of.google", TOKEN_HEADER: token}
        assert ApiClient(visitor).call("GET", "/incidents", google).status_code == status
        assert ApiClient(visitor, token).call("GET", "/incidents").status_code == status
    assert ApiClient(dashboard.deployed(ROBOT, **PEOPLE)).get("/incidents", 403)["detail"].startswith(ROBOT)


def test_a_person_reads_as_viewer_and_changes_as_operator_with_the_token_of_the_browser(dashboard: Dashboard) -> None:
    record(dashboard.error_store)
    viewer, operator = (dashboard.deployed(f"{name}@example.com", **PEOPLE) for name in ("ann", "bob"))
    assert ApiClient(viewer).get("/incidents/1")["incident"]["status"] == "open"
    for visitor in (viewer, operator):
        assert ApiClient(visitor).post("/incidents/1/acknowledge", 403)["type"].endswith("csrf")
        visitor.client.set_cookie("csrf", "t" * 43)
    signed = {"X-CSRF-Token": "t" * 43}
    path = "/incidents/1/acknowledge"
    assert ApiClient(viewer).call("POST", path, signed).status_code == 403
    foreign = {**signed, "Sec-Fetch-Site": "cross-site"}
    assert ApiClient(operator).call("POST", path, foreign).status_code == 403
    assert ApiClient(operator).call("POST", path, signed).status_code == 200
    assert acknowledged_by(dashboard.error_store) == "bob@example.com"


def test_a_local_dashboard_answers_under_names_of_this_machine_only(api: ApiClient) -> None:
    assert api.call("GET", "/incidents", {"Host": "attacker.example"}).status_code == 401
    assert api.call("GET", "/incidents", environ_overrides={"REMOTE_ADDR": "192.0.2.7"}).status_code == 401


def test_each_call_of_a_token_is_logged_with_its_name(api: ApiClient, capsys: pytest.CaptureFixture[str]) -> None:
    api.get("/approvals")
    logged = capsys.readouterr().out
    assert '"message": "API called", "operation": "list_approvals", "by": "token:bot"' in logged
    assert api.token not in logged
