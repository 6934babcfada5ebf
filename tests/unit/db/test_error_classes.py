"""The class of the error of an incident, and the next steps of its evidence."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from db.error_db import queries
from db.error_db.queries import IncidentFilter
from db.error_db.store import ErrorStore
from shared.model import ErrorClass, Finding, IncidentKind, JobLinks, NextStep
from shared.records import IncidentView
from shared.texts.recorded import next_steps
from tests.support.findings import NOON, finding

pytestmark = pytest.mark.sqlite

TASK, QUERY = JobLinks("dag", ("task",), ("run",)), JobLinks("dag", ("query",), ("task",))
STEP = NextStep("Read the log.", "ログを確認します。", "bq show 'a b'")
FAILED = finding(fingerprint="task", event_key="task", links=TASK, error=ErrorClass.UNKNOWN)
LINE = finding(
    1, fingerprint="line", event_key="line", links=TASK, explains=True, error=ErrorClass.MEMORY, summary="OOM"
)


def record(store: ErrorStore, *findings: Finding, redact: Sequence[str] = ()) -> list[IncidentView]:
    with store.transaction(NOON) as transaction:
        for one in findings:
            transaction.record(one, redact=redact)
        return queries.incidents(transaction.session, IncidentFilter(), limit=10)


@pytest.mark.both_databases
def test_incidents_are_found_by_the_class_of_their_error(store: ErrorStore) -> None:
    quota, data = (
        finding(fingerprint=each, event_key=each, error=each) for each in (ErrorClass.QUOTA, ErrorClass.DATA)
    )
    access = finding(fingerprint="a", event_key="a", kind=IncidentKind.IRREGULAR_ACCESS)
    assert sorted(str(view.error) for view in record(store, quota, data, access)) == ["None", "data", "quota"]
    with store.reading() as session:
        (found,) = queries.incidents(session, IncidentFilter(error=ErrorClass.QUOTA), limit=10)
        assert (found.fingerprint, queries.count(session, IncidentFilter(error=ErrorClass.MEMORY))) == ("quota", 0)


def test_the_latest_failure_decides(store: ErrorStore) -> None:
    first, second = finding(error=ErrorClass.QUOTA), finding(5, error=ErrorClass.NETWORK)
    (view,) = record(store, second, first)
    assert view.error is ErrorClass.NETWORK


@pytest.mark.parametrize("order", [(FAILED, LINE), (LINE, FAILED)])
def test_the_line_that_says_why_decides_where_the_failure_does_not(store: ErrorStore, order: Sequence[Finding]) -> None:
    (view,) = record(store, *order)
    assert (view.reason, view.error) == ("OOM", ErrorClass.MEMORY)


def test_a_line_without_a_class_changes_nothing(store: ErrorStore) -> None:
    line = finding(1, event_key="l", fingerprint="line", links=QUERY, explains=True, error=ErrorClass.UNKNOWN)
    (view,) = record(store, finding(fingerprint="query", links=QUERY, error=ErrorClass.QUOTA), line)
    assert view.error is ErrorClass.QUOTA


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_deepest_job_gives_class_and_next_steps(store: ErrorStore, order: Sequence[int]) -> None:
    task = finding(2, fingerprint="task", event_key="task", links=TASK, error=ErrorClass.UNKNOWN, rule="composer/task")
    query = finding(1, fingerprint="query", event_key="query", links=QUERY, error=ErrorClass.QUOTA, next_steps=(STEP,))
    (view,) = record(store, *((task, query)[at] for at in order))
    assert (view.rule, view.error) == ("bigquery/job_failed", ErrorClass.QUOTA)
    assert next_steps(view, "ja") == [("ログを確認します。", "bq show 'a b'")]
    assert next_steps(view, "en") == [("Read the log.", "bq show 'a b'")]


def test_a_command_with_a_value_to_mask_is_not_stored(store: ErrorStore) -> None:
    hidden = finding(fields={"jsonPayload.job": "a b"}, next_steps=(STEP, NextStep("Go.", "実行します。", "bq ls")))
    (view,) = record(store, hidden, redact=["*.job"])
    assert next_steps(view, "en") == [("Read the log.", ""), ("Go.", "bq ls")]
