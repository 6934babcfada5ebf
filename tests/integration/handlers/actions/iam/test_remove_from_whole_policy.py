"""Entries with a whole policy instead of the changes: the previous policy shows which grants were added."""

from __future__ import annotations

from typing import Any

import pytest

from collectors.metrics_analysis.sigma.engine import Engine
from db.error_db.store import ErrorStore
from db.error_db.views import load_view
from demo.entries import Entry
from demo.platform.policies import PolicyServer
from handlers.actions.iam import remove_iam_member
from shared.config import Settings
from shared.errors import TargetRefusedError
from tests.support.audited import ALICE, audit, play
from tests.support.remediating import remediate
from tests.support.shipped_rules import compiled

TOPIC = "projects/example-project/topics/orders"
OWNER, VIEWER = "roles/owner", "roles/pubsub.viewer"
BOB, CAROL, DAVE, ALL = "user:bob@example.com", "user:carol@example.com", "user:dave@example.com", "allUsers"
Grants = dict[str, list[str]]


def written(minute: float, grants: Grants) -> Entry:
    policy = {"policy": {"bindings": bindings(grants)}}
    method = "google.iam.v1.IAMPolicy.SetIamPolicy"
    return audit(minute, "pubsub.googleapis.com", method, TOPIC, "pubsub_topic", ALICE, request=policy)


def bindings(grants: Grants) -> list[dict[str, Any]]:
    return [{"role": role, "members": members} for role, members in grants.items()]


@pytest.mark.parametrize(
    ("history", "params", "left"),
    [
        ([{OWNER: [BOB]}, {OWNER: [BOB, CAROL], VIEWER: [DAVE]}], {"any_member": True}, {OWNER: [BOB], VIEWER: [DAVE]}),
        ([{VIEWER: [BOB, ALL]}], {}, {VIEWER: [BOB]}),
        ([{OWNER: [BOB]}], {"any_member": True}, None),
    ],
)
def test_what_a_whole_policy_added_is_removed_and_nothing_else(
    sqlite_store: ErrorStore, history: list[Grants], params: dict[str, Any], left: Grants | None
) -> None:
    entries = [written(5 * number, grants) for number, grants in enumerate(history)]
    incident = play(Engine(compiled()), sqlite_store, entries)[-1]
    with sqlite_store.reading() as session:
        view = load_view(session, incident.id)
    assert view is not None
    with PolicyServer() as server:
        server.add(TOPIC, bindings(history[-1]))
        settings = Settings(pubsub_endpoint=server.url)
        if left is None:  # the policy before is unknown, so nothing says what was added
            with pytest.raises(TargetRefusedError):
                remediate(remove_iam_member, settings, view, params=params)
        else:
            done = remediate(remove_iam_member, settings, view, params=params)
            assert done.recovered
        assert server.bindings(TOPIC) == bindings(history[-1] if left is None else left)
