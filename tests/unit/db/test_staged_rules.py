"""Staged and disabled rules open no incidents; the findings of staged rules are recorded."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from db.error_db.models import Incident, StagedFinding
from db.error_db.rules import modes
from db.error_db.store import ErrorStore
from shared.model import FailedOperation, Finding, RuleMode, Trigger
from shared.records import IncidentChange
from tests.support.findings import NOON, finding, only, recovery

RULE = "bigquery/job_failed"
EARLIER = NOON - timedelta(days=400)


def record(store: ErrorStore, *findings: Finding) -> list[IncidentChange]:
    with store.transaction(NOON) as transaction:
        return [change for each in findings for change in transaction.record(each, redact=())]


def switch(store: ErrorStore, mode: RuleMode | None) -> None:
    with store.transaction(NOON) as transaction:
        modes.change(transaction.session, [RULE], mode, by="alice@example.com", note="noisy", now=NOON)


def staged(store: ErrorStore) -> list[tuple[str, str]]:
    with store.reading() as session:
        return sorted((row.event_key, row.fingerprint) for row in session.scalars(select(StagedFinding)))


def incidents(store: ErrorStore) -> int:
    with store.reading() as session:
        return len(session.scalars(select(Incident.id)).all())


def test_a_staged_rule_opens_no_incident_and_its_findings_are_counted(store: ErrorStore) -> None:
    switch(store, RuleMode.STAGED)
    assert record(store, finding(0), finding(5), finding(5), finding(9, fingerprint="a" * 32)) == []
    assert incidents(store) == 0
    with store.reading() as session:
        count = modes.counts(session, EARLIER)[RULE]
        (latest, *_) = modes.latest(session, RULE, limit=2)
    assert (count.findings, count.problems, count.last) == (3, 2, finding(9).time)
    assert (latest.time, latest.summary.en) == (finding(9).time, finding(9).summary)


@pytest.mark.sqlite
def test_the_mode_of_the_file_counts_until_a_person_changes_it(store: ErrorStore) -> None:
    by_file = replace(finding(0), mode=RuleMode.STAGED)
    assert record(store, by_file) == []
    switch(store, RuleMode.ENABLED)
    assert only(record(store, replace(finding(1), mode=RuleMode.STAGED))).trigger is Trigger.OPENED
    switch(store, None)
    assert record(store, replace(finding(2), mode=RuleMode.STAGED)) == []
    assert [key for key, _ in staged(store)] == ["entry-0", "entry-2"]


@pytest.mark.sqlite
def test_a_disabled_rule_leaves_nothing(store: ErrorStore) -> None:
    switch(store, RuleMode.DISABLED)
    assert record(store, finding(0)) == []
    assert (incidents(store), staged(store)) == (0, [])


@pytest.mark.sqlite
def test_an_event_is_either_staged_or_an_occurrence_however_often_it_is_delivered(store: ErrorStore) -> None:
    record(store, finding(0))
    switch(store, RuleMode.STAGED)
    record(store, finding(0), finding(1))
    assert [key for key, _ in staged(store)] == ["entry-1"]
    switch(store, RuleMode.ENABLED)
    assert record(store, finding(1)) == []
    assert only(record(store, finding(2))).incident.occurrence_count == 2


@pytest.mark.sqlite
def test_a_staged_finding_is_corrected_and_withdrawn_like_an_occurrence(store: ErrorStore) -> None:
    switch(store, RuleMode.STAGED)
    record(store, finding(0, announced=True), finding(1))
    record(store, replace(finding(1), fingerprint="b" * 32, replaces=(finding(1).fingerprint, "")))
    assert staged(store) == [("entry-0", "f" * 32), ("entry-1", "b" * 32)]
    failed = recovery(2, event_key="entry-0", failed=FailedOperation(NOON, "denied"))
    with store.transaction(NOON) as transaction:
        transaction.recover(failed)
    assert staged(store) == [("entry-1", "b" * 32)]


@pytest.mark.sqlite
def test_an_open_incident_of_a_rule_that_is_staged_still_recovers(store: ErrorStore) -> None:
    record(store, finding(0))
    switch(store, RuleMode.STAGED)
    with store.transaction(NOON) as transaction:
        assert only(transaction.recover(recovery(3))).trigger is Trigger.RESOLVED


@pytest.mark.sqlite
def test_staged_findings_are_deleted_after_the_retention(store: ErrorStore) -> None:
    switch(store, RuleMode.STAGED)
    record(store, finding(0))
    store.forget(NOON + timedelta(days=31), retention_days=30)
    assert staged(store) == []
