"""A grant that the platform map does not intend becomes an incident, which resolves when the grant is revoked."""

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
from shared.history import BindingEntry, RoleRow
from shared.model import IncidentKind, Severity, Status, Trigger
from shared.records import IncidentChange, IncidentView
from tests.support.access_world import ALICE, ANALYSTS, BUCKET, NOW, PROJECT, VIEWER, see
from tests.support.findings import finding

pytestmark = pytest.mark.sqlite

MAP = """
layers:
  raw: {buckets: [example-raw]}
personas:
  analyst:
    members: [group:analysts@example.com]
    access: [{layers: [raw], may: read}]
"""
FIRST = NOW - timedelta(days=3)
GOOD, BAD = BindingEntry(VIEWER, ANALYSTS), BindingEntry(VIEWER, ALICE)


class Planned:
    """The changes that were passed to the handlers for planning."""

    def __init__(self) -> None:
        self.changes: list[IncidentChange] = []

    def __call__(self, changes: list[IncidentChange], _transaction: Any, _now: datetime) -> None:
        self.changes += changes


@pytest.fixture
def planned() -> Planned:
    return Planned()


@pytest.fixture
def intent(schema_store: SchemaStore, store: ErrorStore, planned: Planned, tmp_path: Path) -> IntendedAccessCheck:
    path = tmp_path / "platform.yaml"
    path.write_text(MAP, encoding="utf-8")
    with schema_store.transaction() as session:
        see(session, 1, FIRST, {BUCKET: [GOOD]})
    return IntendedAccessCheck(schema_store, lambda: store, Settings(platform_file=str(path)), planned)


def observe(intent: IntendedAccessCheck, number: int, *entries: BindingEntry) -> int:
    """A snapshot at that many hours after the first one, followed by the check."""
    time = FIRST + timedelta(hours=number)
    with intent.schema.transaction() as session:
        see(session, number, time, {BUCKET: list(entries)})
    return intent.check(time)


def incidents(intent: IntendedAccessCheck) -> list[IncidentView]:
    with intent.errors().reading() as session:
        return queries.incidents(session, queries.IncidentFilter(), limit=10)


def test_an_unintended_grant_is_an_incident(intent: IntendedAccessCheck, planned: Planned) -> None:
    assert observe(intent, 2, GOOD, BAD) == 1
    (found,) = incidents(intent)
    assert (found.rule, found.kind, found.severity) == (
        "platform/unintended_access",
        IncidentKind.IRREGULAR_ACCESS,
        Severity.MEDIUM,
    )
    assert (
        found.summary
        == f"{ALICE} has {VIEWER} on gs://example-raw in layer raw, which no persona of the platform map explains"
    )
    assert found.resource == "example-raw"
    assert [change.trigger for change in planned.changes] == [Trigger.OPENED]


def test_the_next_run_does_not_report_it_again(intent: IntendedAccessCheck) -> None:
    observe(intent, 2, GOOD, BAD)
    assert observe(intent, 3, GOOD, BAD) == 0
    assert [item.occurrence_count for item in incidents(intent)] == [1]


@pytest.mark.both_databases
def test_it_resolves_when_the_grant_is_revoked(intent: IntendedAccessCheck) -> None:
    observe(intent, 2, GOOD, BAD)
    observe(intent, 3, GOOD)
    assert [item.status for item in incidents(intent)] == [Status.OPEN]
    observe(intent, 4, GOOD)
    assert [item.status for item in incidents(intent)] == [Status.RESOLVED]


def test_a_new_grant_of_the_same_is_a_new_incident(intent: IntendedAccessCheck) -> None:
    observe(intent, 2, GOOD, BAD)
    observe(intent, 3, GOOD)
    observe(intent, 4, GOOD)
    observe(intent, 5, GOOD, BAD)
    assert sorted(item.status for item in incidents(intent)) == [Status.OPEN, Status.RESOLVED]


def test_grants_of_the_first_snapshot_are_not_reported(intent: IntendedAccessCheck) -> None:
    with intent.schema.transaction() as session:
        see(session, 1, FIRST, {BUCKET: [GOOD, BAD]})
    assert intent.check(NOW) == 0


def test_a_public_grant_has_high_severity(intent: IntendedAccessCheck) -> None:
    observe(intent, 2, GOOD, BindingEntry(VIEWER, "allUsers"))
    assert [item.severity for item in incidents(intent)] == [Severity.HIGH]


def test_it_resolves_when_the_map_explains_it(intent: IntendedAccessCheck) -> None:
    observe(intent, 2, GOOD, BAD)
    path = Path(intent.settings.platform_file)
    path.write_text(MAP.replace("[group:analysts@example.com]", "[group:analysts@example.com, 'user:*']"), "utf-8")
    assert intent.check(NOW) == 1
    assert [item.status for item in incidents(intent)] == [Status.RESOLVED]


def test_a_redacted_value_is_not_shown(intent: IntendedAccessCheck) -> None:
    settings = replace(intent.settings, redact=("*.member", "*.bindingDeltas.role"))
    observe(replace(intent, settings=settings), 2, GOOD, BAD)
    (found,) = incidents(intent)
    assert (
        found.summary
        == "<redacted> has <redacted> on gs://example-raw in layer raw, which no persona of the platform map explains"
    )
    assert ALICE not in repr(found)


def test_an_unreadable_map_does_not_stop_the_snapshot(
    intent: IntendedAccessCheck, capsys: pytest.CaptureFixture[str]
) -> None:
    Path(intent.settings.platform_file).write_text("layers: 3", encoding="utf-8")
    assert intent.check(NOW) == 0
    assert "the platform map cannot be used" in capsys.readouterr().out


def test_without_a_map_nothing_is_reported(intent: IntendedAccessCheck) -> None:
    assert IntendedAccessCheck(intent.schema, intent.errors, Settings(), intent.plan).check(NOW) == 0


MEMBER = "allUsers"
DELTAS = "protoPayload.serviceData.policyDelta.bindingDeltas"


def rule_tells(
    intent: IntendedAccessCheck, when: datetime, member: str = MEMBER, resource: str = "example-raw"
) -> None:
    """An incident of a rule on log entries about a granted role."""
    delta = {"action": "ADD", "role": VIEWER, "member": member}
    found = finding(
        rule="storage/bucket_made_public",
        kind=IncidentKind.IRREGULAR_ACCESS,
        resource=resource,
        elements={DELTAS: [delta]},
    )
    with intent.errors().transaction(when) as transaction:
        transaction.record(replace(found, time=when), redact=())


def rules_of(intent: IntendedAccessCheck) -> list[str]:
    return sorted(item.rule for item in incidents(intent))


def test_a_grant_that_a_rule_reported_is_not_a_second_incident(intent: IntendedAccessCheck) -> None:
    rule_tells(intent, FIRST + timedelta(hours=1, minutes=30))
    assert observe(intent, 2, GOOD, BindingEntry(VIEWER, MEMBER)) == 0
    assert observe(intent, 3, GOOD, BindingEntry(VIEWER, MEMBER)) == 0
    assert rules_of(intent) == ["storage/bucket_made_public"]


@pytest.mark.parametrize(
    ("member", "resource", "hours"),
    [(ALICE, "example-raw", 1.5), (MEMBER, "example-other", 1.5), (MEMBER, "example-raw", -20)],
)
def test_a_rules_incident_about_another_grant_does_not_count(
    intent: IntendedAccessCheck, member: str, resource: str, hours: float
) -> None:
    rule_tells(intent, FIRST + timedelta(hours=hours), member, resource)
    assert observe(intent, 2, GOOD, BindingEntry(VIEWER, MEMBER)) == 1


def test_an_incident_that_the_map_reported_first_stays_open_until_the_grant_is_revoked(
    intent: IntendedAccessCheck,
) -> None:
    observe(intent, 2, GOOD, BindingEntry(VIEWER, MEMBER))
    rule_tells(intent, FIRST + timedelta(hours=2))
    assert observe(intent, 3, GOOD, BindingEntry(VIEWER, MEMBER)) == 0
    assert [item.status for item in incidents(intent)] == [Status.OPEN, Status.OPEN]


def test_the_default_grants_of_a_bucket_are_not_reported(intent: IntendedAccessCheck) -> None:
    kinds = {"projectOwner": "Owner", "projectEditor": "Owner", "projectViewer": "Reader"}
    defaults = [BindingEntry(f"roles/storage.legacyBucket{role}", f"{kind}:{PROJECT}") for kind, role in kinds.items()]
    agent = BindingEntry("roles/storage.objectAdmin", "serviceAccount:1@cloudservices.gserviceaccount.com")
    assert observe(intent, 2, GOOD, *defaults, agent) == 0
    assert observe(intent, 3, GOOD, *defaults, BindingEntry("roles/storage.admin", agent.member)) == 1


def test_a_custom_role_that_only_reads_is_not_reported(intent: IntendedAccessCheck) -> None:
    own = f"projects/{PROJECT}/roles/own"
    with intent.schema.transaction() as session:
        write(session, 1, [RoleRow(own, "own", "GA", ["storage.objects.get"], FIRST)])
    assert observe(intent, 2, GOOD, BindingEntry(own, ANALYSTS)) == 0
    assert observe(intent, 3, GOOD, BindingEntry(own, ALICE)) == 1


def test_a_grant_that_expires_resolves_its_incident(intent: IntendedAccessCheck) -> None:
    end = FIRST + timedelta(hours=2, minutes=30)
    until = {"expression": f"request.time < timestamp('{end.isoformat()}')", "title": "for now"}
    observe(intent, 2, GOOD, BindingEntry(VIEWER, ALICE, until))
    assert [item.status for item in incidents(intent)] == [Status.OPEN]
    assert observe(intent, 3, GOOD, BindingEntry(VIEWER, ALICE, until)) == 1
    assert [item.status for item in incidents(intent)] == [Status.RESOLVED]


def test_a_grant_that_expired_before_it_was_seen_is_not_reported(intent: IntendedAccessCheck) -> None:
    until = {"expression": f"request.time < timestamp('{FIRST.isoformat()}')", "title": "for then"}
    assert observe(intent, 2, GOOD, BindingEntry(VIEWER, ALICE, until)) == 0
