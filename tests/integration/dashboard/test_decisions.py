"""Who may decide on a plan, and which actions a person may run for an incident."""

from __future__ import annotations

import re

import pytest

from handlers.spec import HandlerSpec, Match
from shared.model import Mode
from tests.support.dashboard import Dashboard, as_text
from tests.support.handling import Desk

pytestmark = pytest.mark.sqlite
PEOPLE = {
    "dashboard_viewers": ("*",),
    "dashboard_operators": ("bob@example.com", "carol@example.com"),
}
REFUSAL = "bob@example.com may not decide on this run: carol@* may"


def buttons(html: str) -> list[tuple[str, bool]]:
    """The buttons for a decision, and whether each is disabled."""
    found = re.findall(r'action="/runs/\d+/(approve|deny)">.*?<button([^>]*)>', html, flags=re.DOTALL)
    return [(name, "disabled" in attributes) for name, attributes in found]


@pytest.mark.parametrize("address", ["/incidents/1", "/handlers"])
def test_whoever_may_not_approve_sees_disabled_buttons_and_the_reason(
    desk: Desk, site: Dashboard, address: str
) -> None:
    desk.apply(HandlerSpec("repair", "remove_iam_member", mode=Mode.APPROVE, approvers=("carol@*",)))
    desk.public_bucket()
    desk.work()
    page = site.deployed("bob@example.com", **PEOPLE).open(address).text
    assert buttons(page) == [("approve", True), ("deny", True)]
    assert REFUSAL in as_text(page)
    assert "承認または却下する権限がありません" in site.deployed("bob@example.com", **PEOPLE).read(f"{address}?lang=ja")
    viewer = site.deployed("eve@example.com", **PEOPLE).open(address).text
    assert buttons(viewer) == [("approve", True), ("deny", True)]
    assert "Needs the role operator." in as_text(viewer)
    allowed = site.deployed("carol@example.com", **PEOPLE).open(address).text
    assert buttons(allowed) == [("approve", False), ("deny", False)]
    assert "may not decide" not in allowed


def test_only_actions_that_can_do_something_about_an_incident_are_offered(desk: Desk, site: Dashboard) -> None:
    kafka = Match(rule=("kafka/*",))
    restart = HandlerSpec("restart", "restart_connector", params={"kafka_connect": "cdc"}, match=kafka, mode=Mode.AUTO)
    desk.apply(
        HandlerSpec("clear", "clear_airflow_task", match=Match(rule=("composer/task_failed",)), mode=Mode.AUTO),
        HandlerSpec("close", "remove_iam_member", match=Match(rule=("iam/*",)), mode=Mode.AUTO),
        restart,
    )
    desk.public_bucket()
    visitor = site.deployed("bob@example.com", **PEOPLE)
    html = visitor.open("/incidents/1/run").text
    assert re.findall(r'<input type="radio" name="rule" value="(\w+)"', html) == ["close"]
    page = as_text(html)
    assert "2 other rules do not apply to this incident" in page
    assert "restart_connector · for other incidents: kafka/*" in page
    assert "このインシデントには使えないルール 2 件" in visitor.read("/incidents/1/run?lang=ja")
    desk.apply(restart)
    assert "No enabled rule has an action" in visitor.read("/incidents/1/run?lang=en")
