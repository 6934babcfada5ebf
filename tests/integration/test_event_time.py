"""The date of an entry cannot change incidents that are open now."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from db.error_db.models import Incident, Occurrence
from db.error_db.store import ErrorStore
from demo import entries
from main import Application
from tests.support.function_process import push_body
from tests.support.reporters import rules_with
from tests.support.world import application_on

pytestmark = pytest.mark.sqlite

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
FAR = ("0001-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "9998-06-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z")


@pytest.fixture(scope="module")
def rules_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return rules_with(tmp_path_factory.mktemp("rules"), "probe")


@pytest.fixture
def application(error_db_url: str, store: ErrorStore, rules_dir: Path) -> Application:
    return application_on(store, HINOMI_ERROR_DB_URL=error_db_url, HINOMI_RULES_DIR=str(rules_dir))


def grant(minutes: float, action: str = "ADD") -> entries.Entry:
    delta = {"action": action, "role": "roles/storage.objectViewer", "member": "allUsers"}
    return entries.bucket_policy(NOW + timedelta(minutes=minutes), "example-exports", [delta], "carol@example.com")


def send(application: Application, data: Any, *, minutes: float = 0) -> str:
    now = NOW + timedelta(minutes=minutes)
    body = push_body(data, publishTime=now.isoformat().replace("+00:00", "Z"))
    return application.pipeline.handle(body, now)


def report(state: str, time: datetime) -> dict[str, Any]:
    return {"report": "probe", "job": "orders", "state": state, "time": time.isoformat(), "id": f"{state}-{time}"}


def notification(state: str, number: str = "1", **times: float) -> dict[str, Any]:
    """A Cloud Monitoring notification; times are seconds since 1970."""
    condition = "projects/p/alertPolicies/1/conditions/2"
    incident = {"incident_id": number, "state": state, "condition": {"name": condition}, "summary": "CPU is high"}
    return {"version": "1.2", "incident": {**incident, **times}}


@pytest.mark.parametrize("ended", [4e9, 4e11, 253402300799])
def test_the_end_of_a_monitoring_incident_dated_ahead_closes_no_later_one(
    application: Application, ended: float
) -> None:
    start = NOW.timestamp()
    send(application, notification("open", started_at=start))
    assert "resolved" in send(application, notification("closed", started_at=start, ended_at=ended), minutes=5)
    later = notification("open", "2", started_at=start + 600)
    assert "opened" in send(application, later, minutes=10)


def test_the_start_of_a_monitoring_incident_dated_ahead_can_be_resolved(
    application: Application, engine: Engine
) -> None:
    ahead = NOW.timestamp() + 86400
    assert "opened" in send(application, notification("open", started_at=ahead))
    end = NOW.timestamp() + 300
    assert "resolved" in send(application, notification("closed", started_at=NOW.timestamp(), ended_at=end), minutes=6)
    assert [row.status for row in incidents(engine)] == ["resolved"]


def incidents(engine: Engine) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(select(Incident.__table__).order_by(Incident.id)))


@pytest.mark.parametrize("dated", [*FAR, "2027-11-23T12:00:00Z"])
def test_a_removal_dated_far_ahead_does_not_resolve_later_grants(
    application: Application, engine: Engine, dated: str
) -> None:
    send(application, {**grant(0, "REMOVE"), "timestamp": dated})
    assert "opened" in send(application, grant(5), minutes=6)
    assert [row.status for row in incidents(engine)] == ["open"]


@pytest.mark.both_databases
@pytest.mark.parametrize("is_late", [False, True])
def test_a_removal_dated_ahead_resolves_no_grant_before_its_publication(
    application: Application, engine: Engine, *, is_late: bool
) -> None:
    removal = {**grant(0, "REMOVE"), "timestamp": "2026-11-24T11:00:00Z"}
    for each in (removal, grant(-2)) if is_late else (grant(-2), removal):
        send(application, each)
    assert [row.status for row in incidents(engine)] == ["open"]


def test_a_removal_of_long_ago_resolves_nothing(application: Application, engine: Engine) -> None:
    send(application, grant(0))
    send(application, {**grant(0, "REMOVE"), "timestamp": "2020-01-01T00:00:00Z"}, minutes=1)
    assert [row.status for row in incidents(engine)] == ["open"]


@pytest.mark.both_databases
@pytest.mark.parametrize("dated", FAR[:2])
def test_a_finding_of_long_ago_is_stored_and_changes_nothing(
    application: Application, engine: Engine, dated: str
) -> None:
    send(application, grant(0))
    send(application, {**grant(0), "timestamp": dated, "insertId": "old"}, minutes=1)
    now, old = incidents(engine)
    assert (now.status, now.opened_at, now.occurrence_count) == ("open", NOW, 1)
    assert (old.status, old.resolved_by) == ("resolved", "expired")


@pytest.mark.both_databases
def test_an_event_dated_ahead_counts_at_its_publication_and_says_so(application: Application, engine: Engine) -> None:
    send(application, grant(120), minutes=1)
    (row,) = incidents(engine)
    assert row.opened_at == NOW + timedelta(minutes=1)
    with engine.connect() as connection:
        evidence = connection.execute(select(Occurrence.evidence)).scalar_one()
    assert "2026-11-23T14:00:00+00:00: ahead of its publication" in evidence["fields"]["timestamp as written"]


def test_reports_count_again_after_a_clock_two_hours_ahead_was_corrected(
    application: Application, engine: Engine
) -> None:
    ahead = NOW + timedelta(hours=2)
    send(application, report("failed", ahead))
    send(application, report("ok", ahead + timedelta(minutes=5)), minutes=5)
    assert "opened" in send(application, report("failed", NOW + timedelta(minutes=10)), minutes=10)
    assert [row.status for row in incidents(engine)] == ["resolved", "open"]


@pytest.mark.both_databases
@pytest.mark.parametrize("dated", FAR)
def test_no_calendar_date_raises_an_error(application: Application, engine: Engine, dated: str) -> None:
    for number in range(12):
        called = "storage.googleapis.com", "storage.objects.get", f"projects/_/buckets/b/objects/{number}"
        denied = entries.denied_call(NOW, *called, "storage.objects.get", "mallory@example.com")
        assert "rejected" not in send(application, {**denied, "timestamp": dated, "insertId": f"d{number}"})
    send(application, {"tick": "sweep"}, minutes=5)
    assert all(row.opened_at <= NOW for row in incidents(engine))
