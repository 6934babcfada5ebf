"""The quiet period after which the incident of a job is closed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from db.error_db.models import Incident
from db.error_db.retention import forget
from db.error_db.store import ErrorStore
from shared.model import Finding, IncidentKind, JobLinks, Recovery
from tests.support.findings import NOON, at, finding, recovery


def record(store: ErrorStore, item: Finding) -> int:
    """Records a finding; returns the id of its incident."""
    with store.transaction(NOON) as transaction:
        [change] = transaction.record(item, redact=())
        return change.incident.id


def recover(store: ErrorStore, item: Recovery) -> None:
    with store.transaction(NOON) as transaction:
        transaction.recover(item)


def test_the_interval_of_a_job_in_the_history_keeps_an_incident_open(store: ErrorStore) -> None:
    day = 24 * 60
    number = record(store, finding(0, quiet_seconds=8 * 86400))
    with store.transaction(at(30 * day)) as transaction:
        assert [one.id for one in transaction.quiet_incidents()] == [number]
        assert transaction.resolve_quiet(usual={number: timedelta(days=30)}) == []
    with store.transaction(at(46 * day)) as transaction:
        assert len(transaction.resolve_quiet()) == 1


@pytest.mark.parametrize(
    ("changes", "days"),
    [
        ({}, 35),
        ({"kind": IncidentKind.LOAD_ISSUE}, 8),
        ({"quiet_seconds": 86_400}, 1),
        ({"resource": "prod/month_end_close/book"}, 46),
        ({"labels": {"dag": "weekly_report"}}, 10),
        ({"run": "202610"}, 46),
        ({"run": "20261122"}, 35),
        ({"run": "20261101"}, 35),
        ({"run": "scheduled__2026-10-23T12:00:00+00:00"}, 46),
        ({"labels": {"dag": "weekly_report"}, "quiet_seconds": 3600}, 0),
    ],
)
def test_a_job_that_may_run_once_a_month_is_not_closed_before_its_next_run(
    sqlite_store: ErrorStore, changes: dict[str, Any], days: int
) -> None:
    record(sqlite_store, finding(0, **{"quiet_seconds": 8 * 86_400, **changes}))
    for day, closed in ((days, 0), (days + 1, 1)):
        with sqlite_store.transaction(at(day * 24 * 60)) as transaction:
            assert len(transaction.resolve_quiet()) == closed


@pytest.mark.parametrize(
    ("earlier", "last", "days"),
    [
        (["202608", "202609"], "20261122", 46),
        (["20261118", "20261119", "20261120"], "202610", 8),
        (["20261118", "20261119"], "20261122", 8),
        (["202608", "202609"], "202610", 46),
    ],
)
def test_a_run_with_an_unusual_window_does_not_change_the_interval_of_its_job(
    sqlite_store: ErrorStore, earlier: list[str], last: str, days: int
) -> None:
    day = 24 * 60
    for number, run in enumerate(earlier, start=-len(earlier)):
        record(sqlite_store, finding(number * day, quiet_seconds=8 * 86_400, run=run))
        recover(sqlite_store, recovery(number * day + 60, run=run))
    record(sqlite_store, finding(0, quiet_seconds=8 * 86_400, run=last))
    for now, closed in ((days, 0), (days + 1, 1)):
        with sqlite_store.transaction(at(now * day)) as transaction:
            assert len(transaction.resolve_quiet()) == closed


@pytest.mark.parametrize(("failed_days", "closed"), [((-2, -1, 0), 1), ((-0.1, -0.05, 0), 0)])
def test_retries_on_one_day_show_no_interval(
    sqlite_store: ErrorStore, failed_days: tuple[float, ...], closed: int
) -> None:
    for day in failed_days:
        record(sqlite_store, finding(day * 24 * 60, quiet_seconds=8 * 86_400))
    with sqlite_store.transaction(at(9 * 24 * 60)) as transaction:
        assert len(transaction.resolve_quiet()) == closed


@pytest.mark.parametrize(
    ("last_success", "kind", "days"),
    [
        (-30, IncidentKind.JOB_FAILURE, 45),
        (-7, IncidentKind.JOB_FAILURE, 10),
        (-1, IncidentKind.JOB_FAILURE, 8),
        (-30, IncidentKind.LOAD_ISSUE, 8),
    ],
)
def test_the_first_failure_of_a_monthly_job_is_not_closed_before_its_next_run(
    sqlite_store: ErrorStore, last_success: int, kind: IncidentKind, days: int
) -> None:
    day = 24 * 60
    with sqlite_store.transaction(at(last_success * day)) as transaction:
        transaction.recover(recovery(last_success * day))
    forget(sqlite_store.engine, at(0), retention_days=90)
    record(sqlite_store, finding(0, quiet_seconds=8 * 86_400, kind=kind))
    for now, closed in ((days, 0), (days + 1, 1)):
        with sqlite_store.transaction(at(now * day)) as transaction:
            assert len(transaction.resolve_quiet()) == closed


LINKS = JobLinks("dag", own=("task a",), part_of=("run 3",), separate_by=(("environment", "eu"),))
OF_RUN = JobLinks("dag", own=("run 3",), separate_by=(("environment", "eu"),))


@pytest.mark.parametrize(
    ("links", "is_repaired"),
    [
        (OF_RUN, True),
        (replace(OF_RUN, separate_by=()), True),
        (replace(OF_RUN, separate_by=(("environment", "us"),)), False),
        (JobLinks("dag", own=("task b",)), False),
    ],
    ids=["its DAG run", "that of an unknown environment", "that of another environment", "another task of the run"],
)
def test_only_a_success_of_its_job_takes_a_missing_run_from_a_closed_incident(
    store: ErrorStore, links: JobLinks, *, is_repaired: bool
) -> None:
    number = record(store, finding(0, fingerprint="a", run="3", links=LINKS, quiet_seconds=3600))
    with store.transaction(at(3000)) as transaction:
        assert len(transaction.resolve_quiet()) == 1
    recover(store, recovery(3100, fingerprint="b", run="3", links=links))
    with store.reading() as session:
        assert session.get_one(Incident, number).unrepaired == ({} if is_repaired else {"3": at(0).isoformat()})
