"""Fields of a resource that arrive after the entries that need them: the incidents equal those of the original order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.metrics_analysis.sigma.engine import Engine
from collectors.metrics_analysis.stateful import resolve_state
from db.error_db.store import ErrorStore
from demo.entries import Entry
from tests.support.audited import (
    EDITOR,
    SSH,
    VIEWER,
    WEB,
    WORLD,
    add,
    audit,
    bucket,
    exporting,
    firewall,
    org_policy,
    play,
    remove,
    subscription,
)
from tests.support.examples import generated
from tests.support.findings import at
from tests.support.job_entries import GOOD_TRAINING, NOW, created, pipeline, pipeline_created, training
from tests.support.shipped_rules import compiled
from tests.unit.db.test_order import empty

FILTER, OTHER = "severity>=ERROR", "severity>=CRITICAL"
ENTRIES = [
    *(created(0, number, name) for number, name in (("11", "train-20261124"), ("22", "train-20261124"))),
    *(training(minute, number) for number, minute in (("11", 5), ("22", 6), ("33", 7))),
    *(training(minute, number, GOOD_TRAINING) for number, minute in (("11", 9), ("22", 10))),
    pipeline_created(1, "run-1", day="2026-11-24"),
    pipeline(6, "run-1"),
    pipeline(11, "run-1", "SUCCEEDED"),
]
CALLS = [
    firewall(0, "insert", sourceRanges=WORLD, alloweds=SSH, disabled=True),
    firewall(1, "insert", sourceRanges=WORLD, alloweds=WEB),
    firewall(2, "insert", alloweds=SSH, disabled=True),
    firewall(3, "patch", disabled=False),
    firewall(4, "patch", sourceRanges=WORLD),
    firewall(5, "patch", alloweds=WEB),
    firewall(7, "delete"),
    exporting(0, filter=FILTER),
    exporting(9, filter=FILTER),
    exporting(10, filter=OTHER),
    subscription(0, "CreateSubscription", "t"),
    subscription(4, "DeleteSubscription"),
    subscription(8, "CreateSubscription", "t"),
    subscription(9, "CreateSubscription", "other"),
]


def values(minute: float, *allowed: str) -> Entry:
    return org_policy(minute, "UpdatePolicy", {"values": {"allowedValues": list(allowed)}})


def of_bucket(minute: float, verb: str) -> Entry:
    entry = bucket(minute)
    entry["protoPayload"] |= {"methodName": f"storage.buckets.{verb}", "serviceData": {}}
    return entry


def topic(minute: float, *owners: str) -> Entry:
    bindings = [{"role": "roles/owner", "members": list(owners)}, {"role": "roles/viewer", "members": ["user:x@a.com"]}]
    method, name = "google.iam.v1.IAMPolicy.SetIamPolicy", "projects/example-project/topics/orders"
    request = {"policy": {"bindings": bindings}}
    return audit(minute, "pubsub.googleapis.com", method, name, "pubsub_topic", request=request)


ALL, BOB, CAROL = "allUsers", "user:bob@example.com", "user:carol@example.com"
POLICIES = [
    *(values(minute, *allowed) for minute, allowed in enumerate(("a", "ab", "abc", "ab", "a"))),
    org_policy(6, "DeletePolicy"),
    values(7, "a"),
    bucket(0, add(VIEWER, ALL)),
    bucket(2, remove(VIEWER, ALL), add(EDITOR, ALL)),
    of_bucket(4, "delete"),
    of_bucket(6, "restore"),
    *(topic(minute, *owners) for minute, owners in enumerate(((), (BOB,), (BOB, CAROL), (CAROL,), ()))),
]


@pytest.fixture(scope="module")
def rules() -> Engine:
    return Engine(compiled())


def outcome(rules: Engine, store: ErrorStore, delivered: Sequence[Entry]) -> list[tuple[Any, ...]]:
    """The incidents after these entries, without incidents that a late entry refuted."""
    empty(store)
    return sorted(
        (
            one.rule,
            one.resource,
            one.summary,
            str(one.status),
            one.opened_at,
            str(one.resolved_at),
            one.occurrence_count,
        )
        for one in play(rules, store, delivered)
        if one.resolved_by != "failed"
    )


def some(entries: list[Entry]) -> st.SearchStrategy[list[Entry]]:
    """Generates lists of some of the entries, two of them twice, in any order."""
    chosen = st.lists(st.sampled_from(entries), min_size=2, max_size=7, unique_by=lambda one: str(one["insertId"]))
    return chosen.flatmap(lambda found: st.permutations([*found, *found[:2]]))


@given(some(ENTRIES) | some(CALLS) | some(POLICIES))
@generated(8)
def test_the_order_of_arrival_does_not_matter(rules: Engine, sqlite_store: ErrorStore, delivered: list[Entry]) -> None:
    happened = sorted(delivered, key=lambda entry: str(entry["timestamp"]))
    expected = outcome(rules, sqlite_store, happened)
    assert outcome(rules, sqlite_store, delivered) == expected


def topic_deleted(minute: float) -> Entry:
    name = "projects/example-project/topics/orders"
    return audit(minute, "pubsub.googleapis.com", "google.pubsub.v1.Publisher.DeleteTopic", name, "pubsub_topic")


@pytest.mark.parametrize(
    "delivered",
    [
        pytest.param(
            [firewall(1, "delete"), firewall(3, "patch", disabled=False), CALLS[0]], id="a deletion before the rest"
        ),
        pytest.param([topic_deleted(1.5), topic(1, BOB), topic(2, BOB, CAROL)], id="a deletion before policies"),
        pytest.param(
            [CALLS[0], firewall(2, "patch", disabled=True), firewall(1, "patch", disabled=False), CALLS[3]],
            id="an equal value before another one",
        ),
    ],
)
def test_an_entry_that_changes_nothing_known_counts_for_those_before_it_that_come_late(
    rules: Engine, sqlite_store: ErrorStore, delivered: list[Entry]
) -> None:
    happened = sorted(delivered, key=lambda entry: str(entry["timestamp"]))
    expected = outcome(rules, sqlite_store, happened)
    assert outcome(rules, sqlite_store, delivered) == expected


def triggers(rules: Engine, store: ErrorStore, delivered: Sequence[Entry], now: datetime = NOW) -> list[str]:
    """The triggers of the changes that handlers get for these entries, which arrive at `now`."""
    found = []
    for entry in delivered:
        with store.transaction(now) as transaction:
            findings, recoveries = resolve_state(rules.evaluate(entry), transaction)
            changes = [change for one in findings for change in transaction.record(one, redact=())]
            changes += [change for one in recoveries for change in transaction.recover(one)]
        found += [str(change.trigger) for change in changes]
    return found


def test_a_failed_job_gets_its_name_when_its_creation_arrives_late(rules: Engine, store: ErrorStore) -> None:
    """The incident keeps its number, and the success of the job resolves it."""
    assert triggers(rules, store, [training(5, "11"), created(0, "11", "train-20261124")]) == ["opened"]
    (one,) = play(rules, store, [])
    assert (one.id, one.resource, one.labels["job"]) == (1, "train", "train-20261124")
    assert list(one.unrepaired) == ["2026-11-24"]
    again = [created(60, "22", "train-20261124"), training(65, "22", GOOD_TRAINING)]
    assert triggers(rules, store, again) == ["resolved"]


def test_two_jobs_are_one_fault_when_the_name_of_the_second_arrives_late(
    rules: Engine, sqlite_store: ErrorStore
) -> None:
    first = [created(0, "11", "train-20261124"), training(5, "11")]
    late = [training(15, "22"), created(10, "22", "train-20261124")]
    assert triggers(rules, sqlite_store, [*first, *late]) == ["opened", "opened"]
    (one,) = play(rules, sqlite_store, [])
    assert (one.occurrence_count, one.merged_numbers) == (2, [3 - one.id])


def test_a_recovery_that_a_late_entry_refutes_is_withdrawn(rules: Engine, sqlite_store: ErrorStore) -> None:
    deleted, elsewhere = subscription(4, "DeleteSubscription"), subscription(8, "CreateSubscription", "other")
    late = subscription(0, "CreateSubscription", "t")
    soon = at(60)
    assert triggers(rules, sqlite_store, [deleted, elsewhere, late], soon) == ["opened", "resolved", "reopened"]
    (one,) = play(rules, sqlite_store, [])
    assert (str(one.status), one.resolved_at, one.resolved_by) == ("open", None, None)


def test_a_withdrawn_recovery_that_a_quiet_period_followed_becomes_its_end(
    rules: Engine, sqlite_store: ErrorStore
) -> None:
    deleted, elsewhere = subscription(4, "DeleteSubscription"), subscription(8, "CreateSubscription", "other")
    late = subscription(0, "CreateSubscription", "t")
    assert triggers(rules, sqlite_store, [deleted, elsewhere, late]) == ["opened", "resolved"]
    (one,) = play(rules, sqlite_store, [])
    assert (str(one.status), one.resolved_at, one.resolved_by) == ("resolved", at(4 + 24 * 60), "quiet")


def test_a_fault_that_a_late_entry_refutes_is_closed(rules: Engine, sqlite_store: ErrorStore) -> None:
    web = [firewall(4, "patch", sourceRanges=WORLD), firewall(1, "insert", sourceRanges=["10.0.0.0/8"], alloweds=WEB)]
    assert triggers(rules, sqlite_store, web) == ["opened", "resolved"]
    (one,) = play(rules, sqlite_store, [])
    assert (one.resolved_by, one.resolution) == (
        "failed",
        "an earlier log entry that arrived late shows that nothing was wrong",
    )


def test_a_fault_that_a_late_entry_refutes_and_another_one_confirms_is_open_again(
    rules: Engine, sqlite_store: ErrorStore
) -> None:
    """Before all values were allowed, one value was: a list of two values does not repair that."""
    late = [values(7, "ab"), org_policy(6, "UpdatePolicy", {"allowAll": True}), values(0, "a")]
    assert triggers(rules, sqlite_store, late)[0] == "opened"
    (one,) = play(rules, sqlite_store, [])
    assert (str(one.status), one.occurrence_count, one.resolved_by) == ("open", 3, None)
