"""A fault that occurs again after its resolution opens another incident; a harmless change does not."""

from __future__ import annotations

import pytest

from collectors.metrics_analysis.sigma.engine import Engine
from db.error_db.store import ErrorStore
from demo.entries import Entry
from tests.support.audited import (
    EXCLUDED,
    FOREIGN,
    INTERNAL,
    SSH,
    SUBSCRIBER,
    WEB,
    WORLD,
    account_key,
    closed,
    firewall,
    hmac,
    opened,
    org_policy,
    peering,
    provider,
    push,
    role,
    sink,
    unresolved,
)
from tests.support.shipped_rules import compiled

ACT_AS = "iam.serviceAccounts.actAs"
REOPENING: dict[str, list[Entry]] = {
    "a firewall rule that is enabled again": [
        opened(0),
        firewall(5, "patch", disabled=True),
        firewall(9, "patch", disabled=False),
    ],
    "a firewall rule that is enabled again by an update": [
        opened(0),
        firewall(5, "patch", disabled=True),
        firewall(9, "update", sourceRanges=WORLD, alloweds=SSH, direction="INGRESS"),
    ],
    "a key of a service account that is enabled again": [
        account_key(0, "Create"),
        account_key(5, "Disable"),
        account_key(9, "Enable"),
    ],
    "a provider of identities that is enabled again": [
        provider(0, "Create"),
        provider(5, "Update", "disabled", disabled=True),
        provider(9, "Update", "disabled"),
    ],
    "a sink that is disabled again": [
        sink(0, "Update", mask="disabled", disabled=True),
        sink(5, "Update", mask="disabled"),
        sink(9, "Update", mask="disabled", disabled=True),
    ],
    "an exclusion that is enabled again": [
        sink(0, "Update", mask="exclusions", exclusions=EXCLUDED),
        sink(5, "Update", mask="exclusions", exclusions=[{**EXCLUDED[0], "disabled": True}]),
        sink(9, "Update", mask="exclusions", exclusions=EXCLUDED),
    ],
    "a constraint that is lifted again": [
        org_policy(0, "UpdatePolicy", {"enforce": False}),
        org_policy(5, "UpdatePolicy", {"enforce": True}),
        org_policy(9, "UpdatePolicy", {"enforce": False}),
    ],
    "a push endpoint that is set again": [
        push(0, f"{SUBSCRIBER}.ModifyPushConfig", FOREIGN),
        push(5, f"{SUBSCRIBER}.ModifyPushConfig"),
        push(9, f"{SUBSCRIBER}.ModifyPushConfig", FOREIGN),
    ],
    "a peering that is added again": [peering(0, "add"), peering(5, "remove"), peering(9, "add")],
    "an HMAC key that is activated again": [
        hmac(0, "create"),
        hmac(5, "update", state="INACTIVE"),
        hmac(9, "update", state="ACTIVE"),
    ],
    "a role that is deleted and restored": [
        role(0, gained=[ACT_AS]),
        role(5, method="DeleteRole"),
        {
            **(restored := role(9, method="UndeleteRole")),
            "protoPayload": {**restored["protoPayload"], "response": {"included_permissions": [ACT_AS, "a.b.c"]}},
        },
    ],
    "a firewall rule that is narrowed and opened again": [
        opened(0),
        firewall(5, "patch", sourceRanges=INTERNAL),
        firewall(9, "patch", sourceRanges=WORLD),
    ],
}
UNHARMED: dict[str, list[Entry]] = {
    "a firewall rule of tagged machines that is enabled": [
        firewall(0, "insert", sourceTags=["bastion"], alloweds=SSH, disabled=True),
        firewall(5, "patch", disabled=False),
    ],
    "a firewall rule for outgoing traffic that is enabled": [
        firewall(0, "insert", direction="EGRESS", alloweds=SSH, disabled=True),
        firewall(5, "patch", disabled=False),
    ],
    "a firewall rule without sources whose creation is unknown": [
        firewall(2, "patch", alloweds=SSH, disabled=True),
        firewall(5, "patch", disabled=False),
    ],
    "a firewall rule without sources that is enabled for a source": [
        firewall(0, "insert", alloweds=SSH, disabled=True),
        firewall(5, "patch", disabled=False, sourceRanges=INTERNAL),
    ],
    "a harmless firewall rule that is enabled": [
        firewall(0, "insert", sourceRanges=WORLD, alloweds=WEB, disabled=True),
        firewall(5, "patch", disabled=False),
    ],
    "a firewall rule that was narrowed while it was disabled": [
        closed(0),
        firewall(5, "patch", sourceRanges=INTERNAL),
        firewall(9, "patch", disabled=False),
    ],
    "a firewall rule of which no earlier entry is known": [firewall(5, "patch", disabled=False)],
    "a source for everybody of a web port": [
        firewall(0, "insert", sourceRanges=INTERNAL, alloweds=WEB),
        firewall(5, "patch", sourceRanges=WORLD),
    ],
    "a firewall rule that is deleted and created again for others": [
        closed(0),
        firewall(5, "delete"),
        firewall(7, "insert", sourceRanges=INTERNAL, alloweds=SSH),
        firewall(9, "patch", disabled=False),
    ],
}


@pytest.fixture(scope="module")
def rules() -> Engine:
    return Engine(compiled())


@pytest.mark.parametrize("name", REOPENING)
def test_a_fault_that_comes_again_opens_another_incident(rules: Engine, sqlite_store: ErrorStore, name: str) -> None:
    assert unresolved(rules, sqlite_store, REOPENING[name]) == [False, True]


@pytest.mark.parametrize("name", UNHARMED)
def test_a_harmless_change_opens_no_incident(rules: Engine, sqlite_store: ErrorStore, name: str) -> None:
    assert unresolved(rules, sqlite_store, UNHARMED[name]) == []
