"""Queries on incidents."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, update

from db.error_db import queries
from db.error_db.models import Incident
from db.error_db.queries import IncidentFilter
from db.error_db.store import ErrorStore
from shared.model import IncidentKind, Severity, Status
from tests.support.findings import NOON, at, finding, recovery

FILTERS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "everything, latest seen first": ({}, ["gone", "load", "job"]),
    "a status": ({"status": (Status.RESOLVED,)}, ["gone"]),
    "two statuses": ({"status": (Status.OPEN, Status.RESOLVED)}, ["gone", "load", "job"]),
    "a kind": ({"kind": IncidentKind.LOAD_ISSUE}, ["load"]),
    "a service": ({"service": "composer"}, ["load"]),
    "a severity or worse": ({"severity": Severity.MEDIUM}, ["gone", "job"]),
    "a project": ({"project": "other-project"}, ["load"]),
    "seen since": ({"since": at(2)}, ["gone", "load"]),
    "a part of a text in any case": ({"text": "QUEUE"}, ["load"]),
    "a text with a wildcard of SQL": ({"text": "100%"}, ["load"]),
}


@pytest.fixture
def filled(store: ErrorStore) -> ErrorStore:
    load = {
        "kind": IncidentKind.LOAD_ISSUE,
        "service": "composer",
        "severity": Severity.LOW,
        "summary": "Queue at 100% of its size",
        "project": "other-project",
    }
    with store.transaction(NOON) as transaction:
        transaction.record(finding(0, fingerprint="job"), redact=())
        transaction.record(finding(1, fingerprint="job", summary="Job failed again: 1000 rows"), redact=())
        transaction.record(finding(2, fingerprint="load", **load), redact=())
        transaction.record(finding(3, fingerprint="gone"), redact=())
        transaction.recover(recovery(4, fingerprint="gone"))
    return store


@pytest.mark.parametrize(("wanted", "found"), FILTERS.values(), ids=FILTERS)
def test_incidents_are_filtered(filled: ErrorStore, wanted: dict[str, Any], found: list[str]) -> None:
    with filled.reading() as session:
        views = queries.incidents(session, IncidentFilter(**wanted), limit=10)
    assert [view.fingerprint for view in views] == found


def test_the_worst_unresolved_come_first_and_the_resolved_last(filled: ErrorStore) -> None:
    with filled.transaction(NOON) as transaction:
        transaction.record(finding(-9, fingerprint="worst", severity=Severity.CRITICAL), redact=())
    with filled.reading() as session:
        views = queries.incidents(session, IncidentFilter(), limit=10, worst_first=True)
    assert [view.fingerprint for view in views] == ["worst", "job", "load", "gone"]


@pytest.mark.parametrize(("wanted", "found"), FILTERS.values(), ids=FILTERS)
def test_incidents_that_fit_are_counted(filled: ErrorStore, wanted: dict[str, Any], found: list[str]) -> None:
    with filled.reading() as session:
        assert queries.count(session, IncidentFilter(**wanted)) == len(found)


def test_an_incident_and_its_parts_are_counted_at_once(filled: ErrorStore) -> None:
    parts = [IncidentFilter(**wanted) for wanted, _ in FILTERS.values()]
    with filled.reading() as session:
        total, numbers = queries.count_parts(session, IncidentFilter(), parts)
        some, of_those = queries.count_parts(session, IncidentFilter(since=at(2)), parts)
    assert (total, numbers) == (3, [len(found) for _, found in FILTERS.values()])
    assert (some, of_those) == (2, [len({"gone", "load"} & set(found)) for _, found in FILTERS.values()])


def test_a_search_finds_the_latest_summary_and_incidents_from_before_the_kept_text(filled: ErrorStore) -> None:
    with filled.transaction(NOON) as transaction:
        transaction.record(finding(5, fingerprint="job", summary="Now THE DISK is full"), redact=())
        old = update(Incident).where(Incident.fingerprint == "load").values(search_text=None)
        transaction.session.execute(old)
    with filled.reading() as session:
        kept = {name: text for name, text in session.execute(select(Incident.fingerprint, Incident.search_text))}  # noqa: C416 - rows are no tuples
        found = [
            queries.incidents(session, IncidentFilter(text=text), limit=9) for text in ("the disk", "1000", "queue at")
        ]
    assert [[view.fingerprint for view in views] for views in found] == [["job"], [], ["load"]]
    is_postgresql = filled.engine.dialect.name == "postgresql"
    assert {name for name, text in kept.items() if text} == ({"job", "gone"} if is_postgresql else set())


def test_no_more_incidents_than_asked_for(filled: ErrorStore) -> None:
    with filled.reading() as session:
        assert len(queries.incidents(session, IncidentFilter(), limit=2)) == 2


def test_an_incident_is_listed_with_its_latest_evidence(store: ErrorStore) -> None:
    with store.transaction(NOON) as transaction:
        transaction.record(finding(1, log_url="newer"), redact=())
        transaction.record(finding(0, log_url="older"), redact=())
    with store.reading() as session:
        assert [view.log_url for view in queries.incidents(session, IncidentFilter(), limit=10)] == ["newer"]


def test_one_incident_has_its_occurrences_latest_first(filled: ErrorStore) -> None:
    with filled.reading() as session:
        detail = queries.incident(session, 1)
    assert detail is not None
    assert [occurrence.time for occurrence in detail.occurrences] == [at(1), at(0)]
    assert detail.runs == []


def test_an_unknown_incident_is_none(store: ErrorStore) -> None:
    with store.reading() as session:
        assert queries.incident(session, 99) is None


def test_resolved_incidents_with_a_text_come_with_their_number(filled: ErrorStore) -> None:
    with filled.reading() as session:
        for wanted in (IncidentFilter(text="JOB"), IncidentFilter(text="queue"), IncidentFilter(since=at(0))):
            found, counts = queries.ended_with_text(session, wanted, limit=1)
            resolved = replace(wanted, status=(Status.RESOLVED,))
            assert found == queries.incidents(session, resolved, limit=1)
            assert counts == queries.count_ended(session, wanted)
