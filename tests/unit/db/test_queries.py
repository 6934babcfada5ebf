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


@pytest.mark.parametrize("resource", ["table-1", "table-2", ""])
@pytest.mark.parametrize("minute", [0, 7])
def test_incidents_with_the_same_names_are_those_that_each_filter_alone_finds(
    store: ErrorStore, resource: str, minute: int
) -> None:
    with store.transaction(NOON) as transaction:
        for number in range(12):
            rule, place = f"bigquery/rule_{number % 3 // 2}", f"table-{number % 4 // 2}"
            transaction.record(finding(number, fingerprint=str(number), rule=rule, resource=place), redact=())
    of_rule: dict[str, Any] = {"rule": "bigquery/rule_0", "since": at(minute)}
    with store.reading() as session:
        found = queries.sharing(session, "bigquery/rule_0", resource, at(minute), limit=2)
        for scope, wanted in (
            (found.rule, of_rule),
            (found.resource, {"resource": resource, "since": at(minute)}),
            (found.both, {**of_rule, "resource": resource}),
        ):
            alone = IncidentFilter(**wanted)
            listed = queries.incidents(session, alone, limit=2), queries.count(session, alone)
            assert scope == (listed[1], listed[0]) if wanted.get("resource", "-") else scope == (0, [])
        assert found.total == queries.count(session, IncidentFilter(since=at(minute)))


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
