"""Intended access that is revoked becomes an incident, which resolves when the access is granted again."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from collectors.history_analysis.intended_access.check import IntendedAccessCheck
from db.error_db import queries
from db.error_db.store import ErrorStore
from db.schema_db.store import SchemaStore
from db.schema_db.write.rows import write
from shared.config import Settings
from shared.history import BindingChangeRow, BindingEntry, RoleRow
from shared.model import IncidentKind, Severity, Status
from shared.records import IncidentView
from tests.support.access_world import ALICE, ANALYSTS, BUCKET, DAVE, NOW, PROJECT_NAME, VIEWER, act, see

pytestmark = pytest.mark.sqlite

MAP = """
layers:
  raw: {buckets: [example-raw]}
  more: {buckets: ['example-more-*']}
personas:
  analyst:
    members: [group:analysts@example.com]
    access: [{layers: [raw], may: read}, {layers: [more], may: read}]
  admin:
    members: [user:dave@example.com]
    access: [{layers: ['*'], may: admin}]
ignore:
  - {member: 'user:*'}
"""
FIRST = NOW - timedelta(days=3)
GOOD, ADMIN = BindingEntry(VIEWER, ANALYSTS), BindingEntry("roles/storage.admin", DAVE)
OTHER = BindingEntry(VIEWER, ALICE)
MORE = [f"//storage.googleapis.com/example-more-{number}" for number in range(3)]


def hour(number: float) -> datetime:
    return FIRST + timedelta(hours=number)


class World:
    """Snapshots and audit entries, each followed by the check."""

    def __init__(self, intent: IntendedAccessCheck) -> None:
        self.intent = intent
        self._number = 0

    def observe(self, at: float, policies: dict[str, list[BindingEntry]]) -> int:
        self._number += 1
        with self.intent.schema.transaction() as session:
            see(session, self._number, hour(at), policies)
        return self.intent.check(hour(at) + timedelta(minutes=1))

    def audit(self, at: float, action: str, member: str = ANALYSTS, resource: str = BUCKET, role: str = VIEWER) -> None:
        name = f"{at}-{action}-{resource}"
        row = BindingChangeRow(name, hour(at), resource, action, role, member, "carol@example.com")
        with self.intent.schema.transaction() as session:
            write(session, 1, [row])

    def draw(self, text: str) -> None:
        Path(self.intent.settings.platform_file).write_text(text, encoding="utf-8")

    def incidents(self) -> list[IncidentView]:
        with self.intent.errors().reading() as session:
            found = queries.incidents(session, queries.IncidentFilter(), limit=100)
        return [item for item in found if item.rule == "platform/lost_access"]

    def states(self) -> list[str]:
        return sorted(item.status for item in self.incidents())


def plan(_changes: list[Any], _transaction: Any, _now: datetime) -> None:
    """Plans nothing, because there are no handlers."""


@pytest.fixture
def empty(schema_store: SchemaStore, store: ErrorStore, tmp_path: Path) -> World:
    """A world with a map and no grants."""
    path = tmp_path / "platform.yaml"
    path.write_text(MAP, encoding="utf-8")
    return World(IntendedAccessCheck(schema_store, lambda: store, Settings(platform_file=str(path)), plan))


@pytest.fixture
def world(empty: World) -> World:
    """The analysts and the admin have their intended access."""
    empty.observe(0, {BUCKET: [GOOD, ADMIN, OTHER]})
    return empty


def test_access_that_two_snapshots_miss_is_an_incident(world: World) -> None:
    assert world.observe(1, {BUCKET: [ADMIN, OTHER]}) == 0
    assert world.observe(2, {BUCKET: [ADMIN, OTHER]}) == 1
    (found,) = world.incidents()
    assert (found.kind, found.severity, found.status) == (IncidentKind.IRREGULAR_ACCESS, Severity.MEDIUM, Status.OPEN)
    assert found.summary == (
        f"analyst ({ANALYSTS}) lost read access to gs://example-raw in layer raw: {VIEWER} on gs://example-raw was revoked"
    )
    assert (found.resource, found.opened_at, found.principal) == ("example-raw", hour(1), "")


def test_a_removal_in_the_audit_log_is_an_incident_at_once_with_principal_and_time(world: World) -> None:
    world.audit(0.5, "REMOVE")
    world.intent.check(hour(0.6))
    (found,) = world.incidents()
    assert (found.opened_at, found.principal) == (hour(0.5), "carol@example.com")


def test_a_late_audit_entry_is_not_a_second_occurrence(world: World) -> None:
    world.observe(1, {BUCKET: [ADMIN, OTHER]})
    world.observe(2, {BUCKET: [ADMIN, OTHER]})
    world.audit(0.5, "REMOVE")
    assert world.intent.check(hour(2.5)) == 0
    assert [item.occurrence_count for item in world.incidents()] == [1]


def test_it_resolves_when_the_access_is_restored(world: World) -> None:
    world.audit(0.5, "REMOVE")
    world.intent.check(hour(0.6))
    world.audit(0.7, "ADD")
    assert world.intent.check(hour(0.8)) == 1
    assert world.states() == [Status.RESOLVED]


def test_access_through_another_grant_counts_as_access(world: World) -> None:
    world.audit(0.5, "REMOVE")
    world.intent.check(hour(0.6))
    world.observe(1, {BUCKET: [ADMIN, OTHER], PROJECT_NAME: [BindingEntry("roles/viewer", ANALYSTS)]})
    assert world.states() == [Status.RESOLVED]


def test_the_next_loss_is_a_new_incident(world: World) -> None:
    for at, action in ((0.5, "REMOVE"), (0.7, "ADD"), (0.9, "REMOVE")):
        world.audit(at, action)
        world.intent.check(hour(at + 0.1))
    assert world.states() == [Status.OPEN, Status.RESOLVED]


def test_it_resolves_when_the_map_no_longer_requires_the_access(world: World) -> None:
    world.audit(0.5, "REMOVE")
    world.intent.check(hour(0.6))
    world.draw(MAP.replace("{layers: [raw], may: read}, ", ""))
    world.intent.check(hour(0.7))
    assert world.states() == [Status.RESOLVED]


def test_access_lost_before_the_map_was_first_used_is_drift(empty: World) -> None:
    path = empty.intent.settings.platform_file
    empty.intent = replace(empty.intent, settings=Settings())
    empty.observe(0, {BUCKET: [GOOD, ADMIN, OTHER]})
    empty.audit(0.5, "REMOVE")
    empty.observe(1, {BUCKET: [ADMIN, OTHER]})
    empty.intent = replace(empty.intent, settings=Settings(platform_file=path))
    empty.observe(2, {BUCKET: [ADMIN, OTHER]})
    empty.observe(3, {BUCKET: [ADMIN, OTHER]})
    assert empty.incidents() == []


def test_access_that_a_persona_never_had_is_drift(empty: World) -> None:
    for at in range(3):
        empty.observe(at, {BUCKET: [OTHER]})
    assert empty.incidents() == []


@pytest.mark.both_databases
def test_a_layer_that_grows_does_not_report_old_losses(world: World) -> None:
    other = "//storage.googleapis.com/example-old"
    world.observe(1, {BUCKET: [GOOD, ADMIN, OTHER], other: [GOOD, ADMIN, OTHER]})
    world.audit(1.5, "REMOVE", resource=other)
    world.intent.check(hour(1.6))
    world.draw(MAP.replace("buckets: [example-raw]", "buckets: [example-raw, example-old]"))
    world.intent.check(hour(1.7))
    assert world.incidents() == []


def test_a_map_that_changes_leaves_an_open_incident_open(world: World) -> None:
    world.audit(0.5, "REMOVE")
    world.intent.check(hour(0.6))
    world.draw(MAP.replace("buckets: [example-raw]", "buckets: [example-raw, example-old]"))
    world.intent.check(hour(0.7))
    assert world.states() == [Status.OPEN]


def test_one_removal_above_many_resources_is_one_incident(world: World) -> None:
    seen = {BUCKET: [GOOD, ADMIN, OTHER], **{name: [ADMIN, OTHER] for name in MORE}}
    world.observe(1, {**seen, PROJECT_NAME: [GOOD, OTHER]})
    world.audit(1.5, "REMOVE", resource=PROJECT_NAME)
    world.observe(2, {**seen, PROJECT_NAME: [OTHER]})
    (found,) = world.incidents()
    assert "lost read access to 3 resources of layer more" in found.summary
    assert found.resource == "projects/example-project"


def test_losing_the_access_of_an_admin_has_high_severity(world: World) -> None:
    world.audit(0.5, "REMOVE", DAVE, role="roles/storage.admin")
    world.intent.check(hour(0.6))
    assert [item.severity for item in world.incidents()] == [Severity.HIGH]


def test_access_to_a_deleted_resource_is_not_missed(world: World) -> None:
    world.observe(1, {})
    world.observe(2, {})
    assert world.incidents() == []


@pytest.mark.both_databases
def test_a_resource_without_bindings_is_not_a_deleted_resource(empty: World) -> None:
    empty.observe(0, {BUCKET: [GOOD]})
    empty.audit(0.5, "REMOVE")
    empty.observe(1, {})
    assert empty.states() == [Status.OPEN]
    with empty.intent.schema.transaction() as session:
        act(session, ALICE, (NOW - hour(1.5)) / timedelta(days=1), permission="storage.buckets.delete")
    empty.observe(2, {})
    assert empty.states() == [Status.RESOLVED]


def test_a_redacted_value_is_not_shown(world: World) -> None:
    patterns = ("*.principalEmail", "*.member", "protoPayload.resourceName")
    world.intent = replace(world.intent, settings=replace(world.intent.settings, redact=patterns))
    world.audit(0.5, "REMOVE")
    world.intent.check(hour(0.6))
    output = repr(world.incidents())
    assert [secret for secret in (ANALYSTS, "carol@example.com", "example-raw") if secret in output] == []
    assert "analyst (<redacted>) lost read access to <redacted> in layer raw" in output


def test_it_is_reported_in_japanese_too(world: World) -> None:
    world.audit(0.5, "REMOVE")
    world.intent.check(hour(0.6))
    (found,) = world.incidents()
    with world.intent.errors().reading() as session:
        detail = queries.incident(session, found.id)
    assert detail is not None
    assert detail.incident.evidence["translations"]["ja"] == {
        "title": "必要なアクセス権の喪失",
        "summary": f"analyst ({ANALYSTS}) が raw 層の gs://example-raw の読み取り権限を失いました: "
        f"gs://example-raw で {VIEWER} が取り消されました",
    }


def test_access_is_lost_when_its_condition_expires(empty: World) -> None:
    until = {"expression": f"request.time < timestamp('{hour(1.5).isoformat()}')", "title": "for now"}
    policies = {BUCKET: [BindingEntry(VIEWER, ANALYSTS, until), ADMIN]}
    assert empty.observe(0, policies) == 0
    assert empty.observe(1, policies) == 0
    assert empty.observe(2, policies) == 1
    (found,) = empty.incidents()
    assert found.opened_at == hour(1.5)
    assert found.summary.endswith(f"{VIEWER} on gs://example-raw expired")
    empty.observe(3, {BUCKET: [GOOD, ADMIN]})
    assert empty.states() == ["resolved"]


def test_access_that_another_role_may_give_is_not_reported_as_lost(world: World) -> None:
    strange = BindingEntry("projects/p/roles/strange", ANALYSTS)
    world.observe(1, {BUCKET: [ADMIN, strange]})
    world.observe(2, {BUCKET: [ADMIN, strange]})
    assert world.incidents() == []


def test_the_access_of_a_revoked_custom_role_is_lost(empty: World) -> None:
    own = "projects/p/roles/own"
    with empty.intent.schema.transaction() as session:
        write(session, 1, [RoleRow(own, "own", "GA", ["storage.objects.get"], FIRST)])
    empty.observe(0, {BUCKET: [BindingEntry(own, ANALYSTS), ADMIN]})
    empty.observe(1, {BUCKET: [ADMIN]})
    empty.observe(2, {BUCKET: [ADMIN]})
    assert empty.states() == ["open"]
