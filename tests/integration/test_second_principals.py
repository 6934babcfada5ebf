"""A second principal makes the same change of access: the incident is open, acknowledged or resolved."""

from __future__ import annotations

import copy
from datetime import timedelta

import pytest

from collectors.metrics_analysis.sigma.engine import Engine
from collectors.metrics_analysis.stateful import resolve_state
from db.error_db.store import ErrorStore
from demo.entries import Entry
from shared.model import Status, Trigger
from shared.records import IncidentChange
from tests.support.audited import (
    ALICE,
    FOREIGN,
    SUBSCRIBER,
    VIEWER,
    add,
    bucket,
    of_bucket,
    opened,
    org_policy,
    play,
    provider,
    push,
    sink,
)
from tests.support.findings import at
from tests.support.shipped_rules import compiled

BOB = "bob@example.com"
# Rules that match a whole entry, but for the last one, which matches single elements.
CHANGES: dict[str, Entry] = {
    "compute/firewall_opened": opened(0),
    "iam/org_policy_changed": org_policy(0, "UpdatePolicy", {"enforce": False}),
    "iam/identity_provider_trusted": provider(0, "Create"),
    "logging/sink_removed": sink(0, "Update", mask="disabled", disabled=True),
    "pubsub/push_endpoint_foreign": push(0, f"{SUBSCRIBER}.ModifyPushConfig", FOREIGN),
    "storage/bucket_deleted": of_bucket(0, "delete"),
    "storage/bucket_made_public": bucket(0, add(VIEWER, "allUsers")),
}


@pytest.fixture(scope="module")
def rules() -> Engine:
    return Engine(compiled())


def again(entry: Entry, who: str) -> Entry:
    """The same call, later and by another principal."""
    later = copy.deepcopy(entry)
    later |= {"insertId": f"{entry['insertId']}-{who}", "timestamp": at(70).isoformat()}
    later["protoPayload"]["authenticationInfo"]["principalEmail"] = who
    if "operation" in later:
        later["operation"]["id"] = f"op-{who}"
    return later


def record(rules: Engine, store: ErrorStore, entry: Entry) -> list[IncidentChange]:
    with store.transaction(at(0) + timedelta(hours=2)) as transaction:
        findings, _ = resolve_state(rules.evaluate(entry), transaction)
        return [change for one in findings for change in transaction.record(one, redact=())]


@pytest.mark.parametrize("rule", ["compute/firewall_opened", "storage/bucket_made_public"])
def test_an_open_incident_names_the_second_principal(rules: Engine, sqlite_store: ErrorStore, rule: str) -> None:
    [first] = play(rules, sqlite_store, [CHANGES[rule]])
    assert (first.rule, first.principal) == (rule, ALICE)
    [change] = record(rules, sqlite_store, again(CHANGES[rule], BOB))
    incident = change.incident
    assert (change.trigger, incident.id, incident.occurrence_count) == (Trigger.REOCCURRED, first.id, 2)
    assert (incident.status, incident.principal) == (Status.OPEN, BOB)


@pytest.mark.parametrize(
    ("rule", "who", "trigger", "status"),
    [
        ("compute/firewall_opened", ALICE, Trigger.REOCCURRED, Status.ACKNOWLEDGED),
        *((rule, BOB, Trigger.OPENED, Status.OPEN) for rule in CHANGES),
    ],
)
def test_an_acknowledged_incident_is_open_again_with_the_second_principal(
    rules: Engine, sqlite_store: ErrorStore, rule: str, who: str, trigger: Trigger, status: Status
) -> None:
    [first] = play(rules, sqlite_store, [CHANGES[rule]])
    with sqlite_store.transaction(at(65)) as transaction:
        transaction.acknowledge(first.id, by="carol@example.com", time=at(65))
    [change] = record(rules, sqlite_store, again(CHANGES[rule], who))
    assert (change.trigger, change.incident.id) == (trigger, first.id)
    assert (change.incident.status, change.incident.principal) == (status, who)


@pytest.mark.parametrize("rule", ["iam/org_policy_changed", "storage/bucket_made_public"])
def test_the_change_of_a_resolved_incident_opens_another_one(
    rules: Engine, sqlite_store: ErrorStore, rule: str
) -> None:
    [first] = play(rules, sqlite_store, [CHANGES[rule]])
    with sqlite_store.transaction(at(65)) as transaction:
        transaction.resolve(first.id, reason="it was reverted", time=at(65))
    [change] = record(rules, sqlite_store, again(CHANGES[rule], BOB))
    assert (change.trigger, change.incident.status, change.incident.principal) == (Trigger.OPENED, Status.OPEN, BOB)
    assert change.incident.id != first.id
