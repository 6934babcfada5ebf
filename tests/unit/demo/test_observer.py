from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine

from db.error_db.store import ErrorStore
from demo.observer import ObservedIncident, Observer
from shared.model import Finding, IncidentKind, Recovery, Severity, Status

pytestmark = pytest.mark.sqlite
NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


def finding(event: str = "one") -> Finding:
    return Finding(
        rule="compute/host_error",
        title="VM stopped",
        kind=IncidentKind.JOB_FAILURE,
        severity=Severity.HIGH,
        service="compute",
        resource="etl-worker-1",
        principal="",
        summary="VM etl-worker-1 stopped",
        fingerprint="f" * 32,
        time=NOW,
        event_key=event,
    )


def record(store: ErrorStore, event: str = "one") -> None:
    with store.transaction(NOW) as transaction:
        transaction.record(finding(event), redact=())


def recover(store: ErrorStore) -> None:
    with store.transaction(NOW) as transaction:
        transaction.recover(Recovery("compute/host_error", "f" * 32, NOW, "restart", "restarted"))


def looks(observer: Observer) -> list[tuple[int, Status]]:
    return [(news.id, news.status) for news in observer.changes() if isinstance(news, ObservedIncident)]


def test_an_incident_is_reported_once_when_it_opens(store: ErrorStore, engine: Engine) -> None:
    observer = Observer(engine)
    record(store)

    assert [status for _, status in looks(observer)] == [Status.OPEN]
    assert looks(observer) == []


def test_its_end_is_reported_once(store: ErrorStore, engine: Engine) -> None:
    observer = Observer(engine)
    record(store)
    looks(observer)
    opened = observer.progress
    recover(store)

    assert [status for _, status in looks(observer)] == [Status.RESOLVED]
    assert looks(observer) == []
    assert (opened, observer.progress) == (1, 2)


def test_an_incident_that_opened_and_ended_between_two_observations_is_reported_twice(
    store: ErrorStore, engine: Engine
) -> None:
    observer = Observer(engine)
    record(store)
    recover(store)

    assert [status for _, status in looks(observer)] == [Status.RESOLVED] * 2


def test_totals_count_occurrences_not_deliveries(store: ErrorStore, engine: Engine) -> None:
    for event in ("one", "one", "two"):
        record(store, event)
    totals = Observer(engine).totals()

    assert (totals.incidents, totals.occurrences) == (1, 2)
