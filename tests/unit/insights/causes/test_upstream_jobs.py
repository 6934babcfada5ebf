"""Upstream jobs that failed, or are late or slow, as causes of an incident."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from db.schema_db.store import SchemaStore
from insights.causes.model import ChangeKind
from shared.model import ErrorClass, JobState
from tests.support.causes import (
    HOUR,
    SOURCE,
    before,
    evidence,
    incident,
    own,
    report,
    what,
)
from tests.support.runs import DAY, PROJECT, keep, run

pytestmark = pytest.mark.sqlite


def producer(name: str, writes: str, reads: Sequence[str] = (), ago: timedelta = HOUR, **changed: Any) -> Any:
    return run(name, ago=ago, destination=writes, sources=list(reads), **changed)


def test_of_a_cascade_the_first_job_that_failed_is_the_cause(schema_store: SchemaStore) -> None:
    raw = f"{PROJECT}.raw.orders"
    failed: dict[str, Any] = {"state": JobState.FAILED}
    keep(schema_store, [
        own(DAY),
        producer("clean", SOURCE, [raw], **failed, error="Not found: Table raw.orders"),
        producer("ingest", raw, ago=2 * HOUR, **failed, error="orders-db refused"),
    ])  # fmt: skip
    first, second = before(schema_store, incident(error=ErrorClass.NOT_FOUND))
    assert what(first) == "ingest failed: orders-db refused"
    assert evidence(first)[1] == f"writes {raw}, a source of the job's input"
    assert what(second).startswith("clean failed")


def test_an_upstream_job_that_was_repaired_before_is_ruled_out(schema_store: SchemaStore) -> None:
    failed = producer("clean", SOURCE, ago=2 * HOUR, state=JobState.FAILED, error="refused")
    keep(schema_store, [own(DAY), failed, producer("clean", SOURCE)])
    found = report(schema_store, incident(error=ErrorClass.NOT_FOUND))
    assert list(found.causes) == []
    assert [each.why.text.en for each in found.ruled_out] == ["clean succeeded again before the failure"]


def test_an_upstream_job_that_has_not_run_is_late(schema_store: SchemaStore) -> None:
    runs = [producer("clean", SOURCE, ago=3 * DAY + HOUR - n * HOUR) for n in range(68)]
    keep(schema_store, [own(DAY), *runs])
    (cause,) = before(schema_store, incident(error=ErrorClass.NOT_FOUND))
    assert (cause.kind, what(cause)) == (ChangeKind.LATE_JOB, "clean has not succeeded for 6.0 h (usually every 1.0 h)")


def test_an_upstream_job_that_took_longer_than_usual_is_named(schema_store: SchemaStore) -> None:
    usual = [producer("clean", SOURCE, ago=n * DAY, seconds=600) for n in range(1, 8)]
    still = producer("clean", SOURCE, ago=2 * HOUR, seconds=7_300)
    keep(schema_store, [own(DAY), *usual, still])
    (cause,) = before(schema_store, incident(error=ErrorClass.NOT_FOUND))
    assert (cause.kind, what(cause)) == (ChangeKind.SLOW_JOB, "clean took 7200 s instead of 600 s")
