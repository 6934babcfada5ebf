"""Only a change that undoes a fault resolves it: for the same binding, the same window, the same resource."""

from __future__ import annotations

import pytest

from collectors.metrics_analysis.sigma.engine import Engine
from db.error_db.store import ErrorStore
from demo import entries
from demo.entries import Entry
from tests.support.audited import (
    DEVELOPER,
    EDITOR,
    ELSEWHERE,
    EXCLUDED,
    FOREIGN,
    INVOKER,
    SSH,
    SUBSCRIBER,
    TOPIC,
    VIEWER,
    WEB,
    WORLD,
    account_key,
    add,
    admin,
    audit,
    bucket,
    closed,
    exporting,
    firewall,
    hmac,
    job,
    of_bucket,
    opened,
    org_policy,
    peering,
    project,
    provider,
    push,
    remove,
    role,
    service,
    sink,
    subscription,
    unresolved,
)
from tests.support.findings import at
from tests.support.org_policies import allowing, denying, dry, listing
from tests.support.shipped_rules import compiled

FOR_A_WHILE = {"title": "t", "expression": "request.time < timestamp('2027-01-01T00:00:00Z')"}
UNTIL_LATER = {"title": "u", "expression": "request.time < timestamp('2028-01-01T00:00:00Z')"}
TABLE = "projects/example-project/datasets/mart/tables/orders"


def task(minute: float, state: str, run: str) -> Entry:
    return entries.airflow_task(at(minute), "load_mart", "merge_daily", run, state, attempt=3)


def without_name(entry: Entry) -> Entry:
    return {**entry, "protoPayload": {**entry["protoPayload"], "request": {}}}


def validated(entry: Entry) -> Entry:
    return {**entry, "protoPayload": {**entry["protoPayload"], "request": {"validateOnly": True}}}


def merge(day: str) -> str:
    return f"CALL mart.load_orders(DATE '{day}')"


ACT_AS, GET_TOKEN = "iam.serviceAccounts.actAs", "iam.serviceAccounts.getAccessToken"
CAROL, RUN = "user:carol@example.com", "scheduled__2026-11-23T03:00:00+00:00"
BOTH = (add(EDITOR, CAROL), add(EDITOR, "user:dave@example.com"))
A, B, C = "C01x4k2m", "C09zbbbb", "C09zcccc"

RESOLVING: dict[str, list[Entry]] = {
    "allowed values that are taken away": [allowing(0, A, B), allowing(5, A)],
    "denied values that are added": [denying(0, A), denying(5, A, B)],
    "an allowed value that is denied too": [
        allowing(0, A, B),
        org_policy(5, "UpdatePolicy", {"values": {"allowedValues": [A, B], "deniedValues": [B]}}),
    ],
    "values that were added one by one": [allowing(0, A), allowing(2, A, B), allowing(4, A, B, C), allowing(6, A)],
    "a value with its prefix": [allowing(0, A), allowing(2, A, B), allowing(6, f"is:{A}")],
    "a list that is written again after its deletion": [
        allowing(0, A),
        org_policy(3, "DeletePolicy"),
        org_policy(6, "CreatePolicy", {"values": {"allowedValues": [A]}}),
    ],
    "the list from before every value was allowed": [
        allowing(0, A),
        org_policy(3, "UpdatePolicy", {"allowAll": True}),
        allowing(6, A),
    ],
    "a list of the older API": [listing(0, allowedValues=[A, B]), listing(5, allowedValues=[A])],
    "a list of both APIs": [listing(0, deniedValues=[A]), denying(5, A, B)],
    "a value that arrives late": [allowing(5, A), allowing(0, A, B)],
    "the binding under the name of a deleted member": [
        project(0, add(EDITOR, CAROL)),
        project(5, remove(EDITOR, "deleted:user:carol@example.com?uid=11")),
    ],
    "the binding in another case": [
        project(0, add(EDITOR, "user:Carol@example.com")),
        project(5, remove(EDITOR, CAROL)),
    ],
    "the binding with its condition": [
        bucket(0, add(VIEWER, "allUsers", condition=FOR_A_WHILE)),
        bucket(5, remove(VIEWER, "allUsers", condition=FOR_A_WHILE)),
    ],
    "both bindings of one call, one after the other": [
        project(0, *BOTH),
        project(5, remove(EDITOR, CAROL)),
        project(9, remove(EDITOR, "user:dave@example.com")),
    ],
    "two bindings of two calls at once": [
        project(0, BOTH[0]),
        project(1, BOTH[1]),
        project(5, *({**delta, "action": "REMOVE"} for delta in BOTH)),
    ],
    "the removal that arrives first": [bucket(5, remove(VIEWER, "allUsers")), bucket(0, add(VIEWER, "allUsers"))],
    "the whole policy without everybody, after an entry with changes": [
        service(0, INVOKER, deltas=[add("roles/run.invoker", "allUsers")]),
        service(5, DEVELOPER),
    ],
    "the deletion of the service": [
        service(0, INVOKER),
        audit(
            5,
            "run.googleapis.com",
            "google.cloud.run.v1.Services.DeleteService",
            "namespaces/example-project/services/hook",
            "cloud_run_revision",
        ),
    ],
    "the source of a firewall rule": [opened(0), firewall(5, "patch", sourceRanges=["10.0.0.0/8"])],
    "the ports of a firewall rule": [
        opened(0),
        firewall(5, "patch", alloweds=[{"IPProtocol": "tcp", "ports": ["443"]}]),
    ],
    "a sink that is created again as it was": [exporting(0), sink(5, "Delete"), exporting(9)],
    "an emptied sink that is created again as it was": [
        exporting(0),
        sink(5, "Update", mask="exclusions", destination=TOPIC, exclusions=EXCLUDED),
        sink(6, "Delete"),
        exporting(9),
    ],
    "a sink that is created again as it was after a change of its filter": [
        exporting(0),
        sink(2, "Update", mask="filter", filter="severity>=INFO"),
        sink(3, "Update", mask="filter", filter="false"),
        sink(5, "Delete"),
        exporting(9, filter="severity>=INFO"),
    ],
    "a filter and exclusions at once, after a filter": [
        sink(0, "Update", mask="filter", filter="false"),
        sink(5, "Update", mask="exclusions, filter", filter="severity>=ERROR", exclusions=[]),
    ],
    "a filter, after exclusions that were removed": [
        sink(0, "Update", mask="exclusions", exclusions=EXCLUDED),
        sink(2, "Update", mask="exclusions"),
        sink(3, "Update", mask="filter", filter="false"),
        sink(5, "Update", mask="filter", filter="severity>=ERROR"),
    ],
    "a filter after exclusions": [
        sink(0, "Update", mask="filter,exclusions", filter="false", exclusions=EXCLUDED),
        sink(3, "Update", mask="exclusions", exclusions=[]),
        sink(5, "Update", mask="filter", filter="severity>=ERROR"),
    ],
    "a sink without a filter that is created again": [
        exporting(0, filter=""),
        sink(5, "Delete"),
        sink(9, "Create", destination=TOPIC),
    ],
    "a key of a service account that is disabled": [account_key(0, "Create"), account_key(5, "Disable")],
    "a binding to cluster-admin": [admin(0, "create"), admin(5, "delete")],
    "a provider of identities that is disabled": [
        provider(0, "Create"),
        provider(5, "Update", "disabled", disabled=True),
    ],
    "a peering that is removed": [peering(0, "add"), peering(5, "remove")],
    "a bucket that is created again": [of_bucket(0, "delete"), of_bucket(5, "create")],
    "a subscription that is created again": [
        subscription(0, "DeleteSubscription"),
        subscription(5, "CreateSubscription", "a"),
    ],
    "a subscription that is created again on its topic": [
        subscription(0, "CreateSubscription", "a"),
        subscription(3, "DeleteSubscription"),
        subscription(5, "CreateSubscription", "a"),
    ],
    "an HMAC key that is deactivated": [hmac(0, "create"), hmac(5, "update", state="INACTIVE")],
    "an HMAC key that is deleted": [hmac(0, "create"), hmac(5, "delete")],
    "a push endpoint that is changed back": [
        push(0, f"{SUBSCRIBER}.ModifyPushConfig", FOREIGN),
        push(5, f"{SUBSCRIBER}.ModifyPushConfig", "https://hook-x-ew.a.run.app"),
    ],
    "a push endpoint that was changed twice": [
        push(0, f"{SUBSCRIBER}.CreateSubscription", FOREIGN),
        push(3, f"{SUBSCRIBER}.UpdateSubscription", "https://other.example.net", "push_config"),
        push(5, f"{SUBSCRIBER}.UpdateSubscription", "", "push_config"),
    ],
    "a constraint that is enforced again": [
        org_policy(0, "UpdatePolicy", {"enforce": False}),
        org_policy(5, "UpdatePolicy", {"enforce": True}),
    ],
    "a constraint that lists values again": [
        org_policy(0, "UpdatePolicy", {"allowAll": True}),
        org_policy(5, "UpdatePolicy", {"values": {"allowedValues": ["C01x4k2m"]}}),
    ],
    "a lifted constraint whose policy is deleted": [
        org_policy(0, "CreatePolicy", {"enforce": False}),
        org_policy(5, "DeletePolicy"),
    ],
    "each permission that a role gained": [
        role(0, gained=[ACT_AS, GET_TOKEN]),
        role(5, lost=[GET_TOKEN]),
        role(9, lost=[ACT_AS]),
    ],
    "the deletion of a role": [role(0, gained=[ACT_AS, GET_TOKEN]), role(5, method="DeleteRole")],
    "the query of the same day": [job(0, merge("2026-11-22"), good=False), job(5, merge("2026-11-22"))],
    "a query without a day": [job(0, "CALL p()", good=False), job(5, "CALL p()")],
    "a backfill of the same logical date": [
        task(0, "FAILED", RUN),
        task(5, "SUCCESS", "backfill__2026-11-23T03:00:00+00:00"),
    ],
    "the same logical date in another zone": [
        task(0, "FAILED", RUN),
        task(5, "SUCCESS", "manual__2026-11-23T12:00:00+09:00"),
    ],
}
NOT_RESOLVING: dict[str, list[Entry]] = {
    "one of two allowed values": [allowing(0, A), allowing(2, A, B, C), allowing(5, A, B)],
    "another allowed value instead": [allowing(0, A, B), allowing(5, A, C)],
    "allowed values that stay": [allowing(0, A, B), allowing(5, B, A)],
    "a denied value that is taken away": [denying(0, A, B), denying(5, A)],
    "a denied value instead of an allowed one": [allowing(0, A, B), denying(5, C)],
    "allowed values under a condition": [
        allowing(0, A, B),
        allowing(5, A, condition={"expression": "resource.matchTag('a', 'b')"}),
    ],
    "a longer list after every value was allowed": [
        allowing(0, A),
        org_policy(3, "UpdatePolicy", {"allowAll": True}),
        allowing(6, A, B),
    ],
    "a shorter list that only runs dry": [allowing(0, A, B), dry(allowing(5, A))],
    "a binding with another condition": [
        bucket(0, add(VIEWER, "allUsers", condition=FOR_A_WHILE)),
        bucket(5, remove(VIEWER, "allUsers", condition=UNTIL_LATER)),
    ],
    "another member": [bucket(0, add(VIEWER, "allUsers")), bucket(5, remove(VIEWER, "allAuthenticatedUsers"))],
    "another bucket": [bucket(0, add(VIEWER, "allUsers")), bucket(5, remove(VIEWER, "allUsers"), name="other")],
    "one of two bindings of one call": [project(0, *BOTH), project(5, remove(EDITOR, CAROL))],
    "the description of a firewall rule": [opened(0), firewall(5, "patch", description="x")],
    "both halves of the internet": [opened(0), firewall(5, "patch", sourceRanges=["0.0.0.0/1", "128.0.0.0/1"])],
    "the exclusions of a sink whose filter exports nothing too": [
        sink(0, "Update", mask="filter,exclusions", filter="false", exclusions=EXCLUDED),
        sink(5, "Update", mask="exclusions", exclusions=[]),
    ],
    "the filter of a sink whose exclusions export nothing": [
        sink(0, "Update", mask="exclusions", exclusions=EXCLUDED),
        sink(5, "Update", mask="filter", filter="severity>=ERROR"),
    ],
    "a sink that is created again with another destination": [
        exporting(0),
        sink(5, "Delete"),
        exporting(9, destination=ELSEWHERE),
    ],
    "a sink that is created twice with another destination": [
        exporting(0),
        sink(5, "Delete"),
        exporting(9, destination=ELSEWHERE),
        sink(10, "Delete"),
        exporting(11, destination=ELSEWHERE),
    ],
    "a destination that an update mask left out": [
        exporting(0),
        sink(2, "Update", mask="description", destination=ELSEWHERE, description="x"),
        sink(5, "Delete"),
        exporting(9, destination=ELSEWHERE),
    ],
    "a sink that is created again with another filter": [
        exporting(0),
        sink(5, "Delete"),
        exporting(9, filter="severity>=ERROR AND resource.type=gce_instance"),
    ],
    "a sink of an organization that is created again without its children": [
        exporting(0, includeChildren=True),
        sink(5, "Delete"),
        exporting(9),
    ],
    "a sink of which no earlier entry is known": [sink(5, "Delete"), exporting(9)],
    "a sink that is created again disabled": [exporting(0), sink(5, "Delete"), exporting(9, disabled=True)],
    "a firewall rule that was disabled when it was created": [closed(0), firewall(5, "patch", disabled=False)],
    "a firewall rule without sources that was disabled when it was created": [
        firewall(0, "insert", alloweds=SSH, disabled=True),
        firewall(5, "patch", disabled=False),
    ],
    "a firewall rule without sources that an update enables": [
        firewall(0, "insert", alloweds=SSH, disabled=True),
        firewall(5, "update", alloweds=SSH),
    ],
    "a port for administrators after a public web port": [
        firewall(0, "insert", sourceRanges=WORLD, alloweds=WEB),
        firewall(5, "patch", alloweds=SSH),
    ],
    "a call that only validates": [
        push(0, f"{SUBSCRIBER}.CreateSubscription", FOREIGN),
        validated(push(5, f"{SUBSCRIBER}.ModifyPushConfig")),
    ],
    "another key of a service account": [account_key(0, "Create"), account_key(5, "Delete", "k2")],
    "a key of a service account without its name": [account_key(0, "Create"), without_name(account_key(5, "Delete"))],
    "a binding of the same name in a namespace": [admin(0, "create"), admin(5, "delete", "rolebindings", "etl")],
    "a binding of the same name in another namespace": [
        admin(0, "create", "rolebindings", "etl"),
        admin(5, "delete", "rolebindings", "web"),
    ],
    "a provider of identities that is disabled and changed": [
        provider(0, "Create"),
        provider(5, "Update", "disabled,oidc", disabled=True),
    ],
    "another peering": [peering(0, "add"), peering(5, "remove", "other")],
    "a bucket that another project creates": [of_bucket(0, "delete"), of_bucket(5, "create", "other-project")],
    "a subscription that is created again on another topic": [
        subscription(0, "CreateSubscription", "a"),
        subscription(3, "DeleteSubscription"),
        subscription(5, "CreateSubscription", "b"),
        subscription(6, "DeleteSubscription"),
        subscription(7, "CreateSubscription", "b"),
    ],
    "another HMAC key": [hmac(0, "create"), hmac(5, "delete", "GOOG1E2")],
    "an HMAC key of which nothing is known": [hmac(0, "create"), hmac(5, "update")],
    "an update that leaves out the push endpoint": [
        push(0, f"{SUBSCRIBER}.CreateSubscription", FOREIGN),
        push(5, f"{SUBSCRIBER}.UpdateSubscription", "", "ack_deadline_seconds"),
    ],
    "the push endpoint of another subscription": [
        push(0, f"{SUBSCRIBER}.CreateSubscription", FOREIGN),
        push(5, f"{SUBSCRIBER}.ModifyPushConfig", name="users"),
    ],
    "a constraint that is enforced with a condition": [
        org_policy(0, "UpdatePolicy", {"enforce": False}),
        org_policy(5, "UpdatePolicy", {"enforce": True, "condition": {"expression": "resource.matchTag('a', 'b')"}}),
    ],
    "a constraint that allows another value": [
        org_policy(0, "UpdatePolicy", {"values": {"allowedValues": ["C01x4k2m"]}}),
        org_policy(5, "UpdatePolicy", {"values": {"allowedValues": ["C01x4k2m", "C09z"]}}),
    ],
    "an exception to an enforced constraint, whose policy is deleted": [
        org_policy(0, "UpdatePolicy", {"enforce": False, "condition": {"expression": "x"}}, {"enforce": True}),
        org_policy(5, "DeletePolicy"),
    ],
    "a constraint that is enforced on another project": [
        org_policy(0, "UpdatePolicy", {"enforce": False}),
        org_policy(5, "UpdatePolicy", {"enforce": True}, where="projects/other-project"),
    ],
    "one of two permissions that a role gained": [role(0, gained=[ACT_AS, GET_TOKEN]), role(5, lost=[ACT_AS])],
    "another partition of a range": [
        job(0, "x", good=False, target=f"{TABLE}$10"),
        job(5, "x", target=f"{TABLE}$20"),
    ],
    "the query of the next day": [job(0, merge("2026-11-22"), good=False), job(5, merge("2026-11-23"))],
    "the partition of the next hour": [
        job(0, "x", good=False, target=f"{TABLE}$2026112303"),
        job(5, "x", target=f"{TABLE}$2026112304"),
    ],
    "the run of the next hour": [
        task(0, "FAILED", RUN),
        task(5, "SUCCESS", "scheduled__2026-11-23T04:00:00+00:00"),
    ],
    "a backfill of January": [
        task(0, "FAILED", RUN),
        task(5, "SUCCESS", "backfill__2026-01-01T03:00:00+00:00"),
    ],
}


@pytest.fixture(scope="module")
def rules() -> Engine:
    return Engine(compiled())


@pytest.mark.parametrize("name", RESOLVING)
def test_the_event_that_undoes_a_fault_resolves_it(rules: Engine, sqlite_store: ErrorStore, name: str) -> None:
    found = unresolved(rules, sqlite_store, RESOLVING[name])
    assert found
    assert not any(found)


@pytest.mark.parametrize("name", NOT_RESOLVING)
def test_an_event_that_does_not_undo_a_fault_leaves_it_open(rules: Engine, sqlite_store: ErrorStore, name: str) -> None:
    assert unresolved(rules, sqlite_store, NOT_RESOLVING[name]) == [True]
