"""Roles that people have through groups, with the members that the history knows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from db.schema_db.models import Coverage, GroupMember
from shared.errors import TransientError
from tests.support.dashboard import NOW, Dashboard

pytestmark = pytest.mark.sqlite

DAY = timedelta(days=1)
ROLES: dict[str, Any] = {
    "dashboard_viewers": ("*@example.com",), "dashboard_operators": ("group:all@example.com",),
    "dashboard_admins": ("group:gone@example.com", "group:old@example.com"),
}  # fmt: skip


@pytest.fixture
def site(dashboard: Dashboard) -> Dashboard:
    """Groups of bob: a nested one, one that he left, and one that was not read lately."""
    members = [
        ("team@example.com", "user:bob@example.com", None),
        ("all@example.com", "group:team@example.com", None),
        ("gone@example.com", "user:bob@example.com", NOW - DAY),
        ("old@example.com", "user:bob@example.com", None),
    ]
    with dashboard.schema_store.transaction() as session:
        for group, member, until in members:
            session.add(GroupMember(group=group, member=member, valid_from=NOW - 9 * DAY, valid_to=until))
            read = NOW - (9 * DAY if group.startswith("old") else timedelta(hours=1))
            session.add(Coverage(subject=f"group/{group}", since=read, until=read))
    return dashboard


def test_the_groups_of_the_latest_snapshot_give_roles(site: Dashboard) -> None:
    for path in ("/settings", "/incidents"):
        assert "bob@example.com operator" in site.deployed("bob@example.com", **ROLES).read(path)
    assert "carol@example.com viewer" in site.deployed("carol@example.com", **ROLES).read("/settings")


def test_without_the_schema_db_a_group_gives_no_role(site: Dashboard, monkeypatch: pytest.MonkeyPatch) -> None:
    def unavailable(*_: Any) -> None:
        raise TransientError("connection refused")

    bob = site.deployed("bob@example.com", **ROLES)
    monkeypatch.setattr(site.schema_store, "reading", unavailable)
    assert "bob@example.com viewer" in bob.read("/settings")
    no_viewers = {**ROLES, "dashboard_viewers": ()}
    assert site.deployed("bob@example.com", **no_viewers).open("/settings").status_code == 403


def test_a_membership_is_remembered_for_a_minute(site: Dashboard) -> None:
    bob = site.deployed("bob@example.com", **ROLES)
    assert "operator" in bob.read("/settings")
    with site.schema_store.transaction() as session:
        session.query(GroupMember).delete()
    assert "bob@example.com operator" in bob.read("/settings")
    site.clock = lambda: NOW + timedelta(seconds=61)
    assert "bob@example.com viewer" in site.deployed("bob@example.com", **ROLES).read("/settings")
