"""Powerful roles in whole policies: the added ones if the previous policy is known, otherwise all that the policy has."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from collectors.metrics_analysis.sigma.engine import Engine
from db.error_db.store import ErrorStore
from db.schema_db.models import Binding
from db.schema_db.store import SchemaStore
from demo.entries import Entry
from insights.access.earlier_policy import full_name, policy_before
from shared.events import EarlierPolicy
from shared.identity.service_agents import numbers_of
from tests.support.audited import ALICE, add, audit, play, remove
from tests.support.findings import at
from tests.support.shipped_rules import compiled

TOPIC = "projects/example-project/topics/orders"
OWNER, EDITOR, VIEWER, ACT_AS = "roles/owner", "roles/editor", "roles/pubsub.viewer", "roles/iam.serviceAccountUser"
BOB, CAROL, DAVE = (f"user:{name}@example.com" for name in ("bob", "carol", "dave"))
SOON = {"title": "t", "expression": "request.time < timestamp('2027-01-01T00:00:00Z')"}
AGENT = "serviceAccount:service-1@gcp-sa-pubsub.iam.gserviceaccount.com"
GRANTED, HAS = "iam/powerful_role_granted", "iam/powerful_role_in_policy"
Grant = tuple[str, Sequence[str]]


def topic(minute: float, *grants: Grant, who: str = ALICE, deltas: Sequence[Any] = (), **condition: Any) -> Entry:
    bindings = [{"role": role, "members": list(members), **condition} for role, members in grants]
    data = {"policyDelta": {"bindingDeltas": list(deltas)}} if deltas else {}
    policy = {"policy": {"bindings": bindings} if bindings else {"etag": "x"}}
    method = "google.iam.v1.IAMPolicy.SetIamPolicy"
    return audit(minute, "pubsub.googleapis.com", method, TOPIC, "pubsub_topic", who, request=policy, serviceData=data)


def project(minute: float, *grants: Grant, who: str = ALICE) -> Entry:
    entry = topic(minute, *grants, who=who)
    named = {"serviceName": "cloudresourcemanager.googleapis.com", "resourceName": "projects/example-project"}
    return {**entry, "protoPayload": {**entry["protoPayload"], **named, "methodName": "SetIamPolicy"}}


def conflict(entry: Entry) -> Entry:
    return {**entry, "protoPayload": {**entry["protoPayload"], "status": {"code": 10}}}


def deleted(minute: float) -> Entry:
    return audit(minute, "pubsub.googleapis.com", "google.pubsub.v1.Publisher.DeleteTopic", TOPIC, "pubsub_topic")


Expected = tuple[str, str, str, str]  # rule, state, principal, a part of the summary
CASES: dict[str, tuple[list[Entry], list[Expected]]] = {
    "a role in the first known policy": (
        [topic(0, (OWNER, [BOB]))],
        [(HAS, "open", "", f"The policy of {TOPIC} has roles/owner for {BOB}")],
    ),
    "several roles in the first known policy": (
        [topic(0, (OWNER, [BOB, CAROL]), (VIEWER, [DAVE]), (ACT_AS, [BOB]))],
        [(HAS, "open", "", f"has roles/owner, {ACT_AS} for {BOB}, {CAROL}")],
    ),
    "a role that the next policy adds": (
        [topic(0, (VIEWER, [BOB])), topic(5, (VIEWER, [BOB]), (OWNER, [CAROL]), who="dave@example.com")],
        [(GRANTED, "open", "dave@example.com", f"{CAROL} got roles/owner on {TOPIC}")],
    ),
    "a role that is added to one that was there": (
        [topic(0, (OWNER, [BOB])), topic(5, (OWNER, [BOB, CAROL]), who="dave@example.com")],
        [(HAS, "open", "", BOB), (GRANTED, "open", "dave@example.com", f"{CAROL} got")],
    ),
    "an edit that keeps the role": (
        [topic(0, (OWNER, [BOB])), topic(5, (OWNER, [BOB]), (VIEWER, [CAROL]), who="dave@example.com")],
        [(HAS, "open", "", BOB)],
    ),
    "a policy without the role": (
        [topic(0, (OWNER, [BOB]), (VIEWER, [CAROL])), topic(5, (VIEWER, [CAROL]))],
        [(HAS, "resolved", "", BOB)],
    ),
    "an empty policy": ([topic(0, (OWNER, [BOB])), topic(5)], [(HAS, "resolved", "", BOB)]),
    "a policy with one of two members": (
        [topic(0, (OWNER, [BOB, CAROL])), topic(5, (OWNER, [CAROL]))],
        [(HAS, "open", "", CAROL)],
    ),
    "one member after the other": (
        [topic(0, (OWNER, [BOB, CAROL])), topic(5, (OWNER, [CAROL])), topic(7, (VIEWER, [CAROL]))],
        [(HAS, "resolved", "", CAROL)],
    ),
    "the same role for a while": (
        [topic(0, (OWNER, [BOB])), topic(5, (OWNER, [BOB]), condition=SOON)],
        [(HAS, "resolved", "", ""), (GRANTED, "open", ALICE, f"{BOB} got")],
    ),
    "a member under another spelling": (
        [topic(0, (OWNER, [BOB])), topic(5, (OWNER, ["user:Bob@example.com"]))],
        [(HAS, "open", "", "")],
    ),
    "a change that removes it": (
        [topic(0, (OWNER, [BOB])), topic(5, (VIEWER, [BOB]), deltas=[remove(OWNER, BOB)])],
        [(HAS, "resolved", "", "")],
    ),
    "a policy without what a change added": (
        [topic(0, (OWNER, [BOB]), deltas=[add(OWNER, BOB)]), topic(5, (VIEWER, [BOB]))],
        [(GRANTED, "resolved", ALICE, "")],
    ),
    "a deleted topic": ([topic(0, (OWNER, [BOB])), deleted(5)], [(HAS, "resolved", "", "")]),
    "a topic that is created again": (
        [topic(0, (OWNER, [BOB])), deleted(5), topic(9, (OWNER, [BOB]))],
        [(HAS, "resolved", "", ""), (GRANTED, "open", ALICE, f"{BOB} got")],
    ),
    "the policy before arrives late": (
        [topic(5, (OWNER, [BOB, CAROL]), who="dave@example.com"), topic(0, (OWNER, [BOB]))],
        [(HAS, "open", "", BOB), (GRANTED, "open", "dave@example.com", f"{CAROL} got")],
    ),
    "an owner whom a whole policy of a project adds": (
        [project(0, (OWNER, [BOB])), project(5, (OWNER, [BOB, CAROL]), who="dave@example.com")],
        [("iam/primitive_role_granted", "open", "dave@example.com", f"{CAROL} got roles/owner")],
    ),
    "an agent of Google": ([topic(0, (OWNER, [AGENT]), (VIEWER, [BOB]))], []),
    "a call with an old etag": ([conflict(topic(0, (OWNER, [BOB])))], []),
}


@pytest.fixture(scope="module")
def rules() -> Engine:
    return Engine(compiled())


def found(
    rules: Engine, store: ErrorStore, history: list[Entry], before: EarlierPolicy | None = None
) -> list[Expected]:
    """The incidents with their summaries, without incidents that a late entry refuted."""
    played = play(rules, store, history, before)
    return [(one.rule, str(one.status), one.principal, one.summary) for one in played if one.resolved_by != "failed"]


@pytest.mark.parametrize("name", CASES)
def test_a_powerful_role_has_its_principal_where_the_policy_before_is_known(
    rules: Engine, sqlite_store: ErrorStore, name: str
) -> None:
    entries, expected = CASES[name]
    shown = found(rules, sqlite_store, entries)
    assert [one[:3] for one in shown] == [one[:3] for one in expected]
    assert [part for one, (*_, part) in zip(shown, expected, strict=True) if part not in one[3]] == []


AGENTS = {
    "service-{}@gcp-sa-pubsub.iam.gserviceaccount.com": "agent",
    "service-{}@gcf-admin-robot.iam.gserviceaccount.com": "agent",
    "{}@cloudservices.gserviceaccount.com": "apis",
    "{}@cloudbuild.gserviceaccount.com": "of people",
    "{}-compute@developer.gserviceaccount.com": "of people",
    "service-{}@gcp-sa-pubsub-helper.iam.gserviceaccount.com": "of people",
    "service-{}@gcp-sa-pubsub.iam.gserviceaccount.com.example.net": "of people",
}


@pytest.fixture(scope="module")
def knowing() -> Engine:
    """The rules of an installation that monitors project 7 and not project 8."""
    return Engine(compiled(), is_monitored=numbers_of(["7"], ""))


@pytest.mark.parametrize("name", AGENTS)
def test_only_an_agent_of_a_monitored_project_may_get_a_powerful_role_silently(
    rules: Engine, knowing: Engine, name: str
) -> None:
    """If project numbers are unknown, agents of any project may get one; accounts that run user code never may."""
    own, foreign = (f"serviceAccount:{name.format(number)}" for number in ("7", "8"))
    quiet = [
        not any(one.evaluate(topic(0, deltas=[add(ACT_AS, member)])).findings)
        for one, member in ((knowing, own), (knowing, foreign), (rules, own))
    ]
    expected = {"agent": [True, False, True], "apis": [True, False, False], "of people": [False, False, False]}
    assert quiet == expected[AGENTS[name]]


def test_an_agent_of_another_project_in_a_whole_policy_is_found(knowing: Engine, sqlite_store: ErrorStore) -> None:
    own, foreign = (f"serviceAccount:service-{number}@gcp-sa-pubsub.iam.gserviceaccount.com" for number in "78")
    entries = [topic(0, (ACT_AS, [own])), topic(5, (ACT_AS, [own, foreign])), topic(9, (ACT_AS, [own]))]
    assert found(knowing, sqlite_store, entries) == [(GRANTED, "resolved", ALICE, f"{foreign} got {ACT_AS} on {TOPIC}")]


def test_a_revoked_role_resolves_the_incident_of_an_agent_whose_project_is_monitored_since(
    knowing: Engine, sqlite_store: ErrorStore
) -> None:
    foreign = "serviceAccount:service-8@gcp-sa-pubsub.iam.gserviceaccount.com"
    assert found(knowing, sqlite_store, [topic(0, deltas=[add(ACT_AS, foreign)])])[0][1] == "open"
    later = Engine(compiled(), is_monitored=numbers_of(["7", "8"], ""))
    assert found(later, sqlite_store, [topic(5, deltas=[remove(ACT_AS, foreign)])])[0][1] == "resolved"


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ([BOB], []),
        ([BOB, CAROL], [(GRANTED, "open", ALICE, f"{CAROL} got roles/owner on {TOPIC}")]),
        ([CAROL], [(GRANTED, "open", ALICE, f"{CAROL} got roles/owner on {TOPIC}")]),
    ],
)
def test_the_policy_before_is_that_of_the_history(
    rules: Engine, sqlite_store: ErrorStore, members: list[str], expected: list[Expected]
) -> None:
    before = EarlierPolicy(at(-600), [{"role": OWNER, "members": [BOB]}])
    assert found(rules, sqlite_store, [topic(0, (OWNER, members))], before) == expected


def test_an_entry_counts_more_than_an_older_policy_of_the_history(rules: Engine, sqlite_store: ErrorStore) -> None:
    """The history does not show yet that Bob got the role; the second call does not give it to him again."""
    before = EarlierPolicy(at(-600), [{"role": VIEWER, "members": [BOB]}])
    entries = [topic(0, (OWNER, [BOB])), topic(5, (OWNER, [BOB]), (VIEWER, [CAROL]), who="dave@example.com")]
    assert found(rules, sqlite_store, entries, before) == [
        (GRANTED, "open", ALICE, f"{BOB} got roles/owner on {TOPIC}")
    ]


def test_the_history_has_the_bindings_before_an_entry(sqlite_schema_store: SchemaStore) -> None:
    name = f"//pubsub.googleapis.com/{TOPIC}"
    rows = [
        {"member": BOB, "valid_from": at(-90)},
        {"member": CAROL, "valid_from": at(-80), "valid_to": at(-20)},
        {"member": DAVE, "valid_from": at(0)},
        {"member": DAVE, "valid_from": at(-50), "condition": SOON, "condition_key": "x"},
        {"member": CAROL, "valid_from": at(-90), "resource": f"{name}-2"},
    ]
    with sqlite_schema_store.transaction() as session:
        session.add_all(Binding(**{"resource": name, "role": OWNER, "seen_by": 1, **row}) for row in rows)
    with sqlite_schema_store.reading() as session:
        policy = policy_before(session, name, at(0))
        assert policy_before(session, f"{name}-3", at(0)) is None
    assert policy == EarlierPolicy(
        at(0) - timedelta(minutes=20),
        [{"role": OWNER, "members": [BOB]}, {"role": OWNER, "members": [DAVE], "condition": SOON}],
    )


@pytest.mark.parametrize(
    ("service", "resource", "name"),
    [
        ("pubsub", TOPIC, f"//pubsub.googleapis.com/{TOPIC}"),
        ("run", "namespaces/p/services/hook", "//run.googleapis.com/projects/p/locations/eu/services/hook"),
        ("iam", "projects/-/serviceAccounts/1", "//iam.googleapis.com/projects/example-project/serviceAccounts/1"),
        ("storage", "projects/_/buckets/exports", "//storage.googleapis.com/exports"),
        ("pubsub", "", "//pubsub.googleapis.com/"),
    ],
)
def test_a_resource_has_the_name_of_the_history(service: str, resource: str, name: str) -> None:
    payload = {"serviceName": f"{service}.googleapis.com", "resourceName": resource}
    assert full_name(payload, "example-project", "eu") == name
