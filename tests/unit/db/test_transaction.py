"""The effects of findings and recoveries on incidents."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from db.error_db.models import Incident, Occurrence
from db.error_db.store import ErrorStore
from db.error_db.views import load_view
from shared.model import Finding, Recovery, Severity, Status, Trigger
from shared.records import IncidentChange, IncidentView
from tests.support.findings import NOON, at, finding, recovery


def record(store: ErrorStore, item: Finding) -> IncidentChange | None:
    with store.transaction(NOON, "message-1") as transaction:
        return next(iter(transaction.record(item, redact=())), None)


def recover(store: ErrorStore, item: Recovery) -> list[IncidentChange]:
    with store.transaction(NOON) as transaction:
        return transaction.recover(item)


def opened(store: ErrorStore, item: Finding) -> IncidentChange:
    change = record(store, item)
    assert change is not None
    return change


def the_incidents(store: ErrorStore) -> list[Incident]:
    with store.reading() as session:
        return list(session.scalars(select(Incident).order_by(Incident.opened_at)))


def test_a_finding_opens_an_incident(store: ErrorStore) -> None:
    change = opened(store, finding())
    assert (change.trigger, change.cause) == (Trigger.OPENED, "entry-0")
    assert (change.incident.status, change.incident.summary) == (Status.OPEN, "Job daily_load failed: Table not found")


def test_the_change_carries_the_evidence(store: ErrorStore) -> None:
    incident = opened(store, finding(elements={"bindings": [{"role": "roles/owner"}]})).incident
    assert incident.evidence == {
        "fields": {"protoPayload.status.code": 5},
        "elements": {"bindings": [{"role": "roles/owner"}]},
        "labels": {"job": "daily_load"},
    }
    assert incident.log_url == "https://console.cloud.google.com/logs/query"


def test_a_second_event_reoccurs_in_the_same_incident(store: ErrorStore) -> None:
    first = opened(store, finding(0))
    second = opened(store, finding(1, summary="Again"))
    assert (second.trigger, second.incident.id) == (Trigger.REOCCURRED, first.incident.id)
    assert (second.incident.occurrence_count, second.incident.summary) == (2, "Again")


def test_a_second_delivery_changes_nothing(store: ErrorStore) -> None:
    record(store, finding())
    assert record(store, finding()) is None
    assert [incident.occurrence_count for incident in the_incidents(store)] == [1]


def test_two_rules_may_find_the_same_event(store: ErrorStore) -> None:
    record(store, finding())
    assert opened(store, finding(rule="bigquery/other")).trigger == Trigger.REOCCURRED


def test_a_worse_finding_escalates(store: ErrorStore) -> None:
    record(store, finding(0))
    change = opened(store, finding(1, severity=Severity.HIGH))
    assert (change.trigger, change.incident.severity) == (Trigger.ESCALATED, Severity.HIGH)


def test_a_milder_finding_does_not_lower_the_severity(store: ErrorStore) -> None:
    record(store, finding(0))
    assert opened(store, finding(1, severity=Severity.LOW)).incident.severity == Severity.MEDIUM


def test_an_older_event_that_comes_later_keeps_the_latest_summary(store: ErrorStore) -> None:
    record(store, finding(5, summary="Newer", labels={"run": "2"}))
    record(store, finding(1, summary="Older", labels={"run": "1"}))
    (incident,) = the_incidents(store)
    assert incident.summary == "Newer"
    assert (incident.opened_at, incident.last_seen_at) == (at(1), at(5))


def test_an_incident_begins_when_its_fault_began(store: ErrorStore) -> None:
    record(store, finding(10, since=at(4)))
    record(store, finding(11, since=at(3)))
    record(store, finding(12))
    (incident,) = the_incidents(store)
    assert (incident.opened_at, incident.last_seen_at) == (at(3), at(12))


def test_an_incident_does_not_begin_before_the_one_before_it_ended(store: ErrorStore) -> None:
    record(store, finding(1))
    recover(store, recovery(5))
    record(store, finding(10, since=at(4)))
    assert [incident.opened_at for incident in the_incidents(store)] == [at(1), at(5)]


def test_a_change_is_about_its_own_event_even_when_a_later_one_came_before(store: ErrorStore) -> None:
    record(store, finding(5, labels={"run": "2"}))
    change = opened(store, finding(1, labels={"run": "1"}))
    assert change.incident.labels == {"run": "1"}
    with store.reading() as session:
        view = load_view(session, change.incident.id, change.occurrence_id)
    assert view is not None
    assert view.evidence == change.incident.evidence


def test_a_change_carries_the_labels_of_its_own_event_even_when_a_later_one_came_first(store: ErrorStore) -> None:
    record(store, finding(5, labels={"run": "2"}))
    assert opened(store, finding(1, labels={"run": "1"})).incident.labels == {"run": "1"}


def test_a_recovery_resolves(store: ErrorStore) -> None:
    record(store, finding(0))
    (change,) = recover(store, recovery(2))
    assert (change.trigger, change.cause) == (Trigger.RESOLVED, "recovery-2")
    assert (change.incident.status, change.incident.resolved_at) == (Status.RESOLVED, at(2))
    assert change.incident.resolution == "Job daily_load succeeded"


def test_a_second_delivery_of_a_recovery_changes_nothing(store: ErrorStore) -> None:
    record(store, finding(0))
    recover(store, recovery(2))
    assert recover(store, recovery(2)) == []


def test_a_recovery_from_before_the_last_failure_resolves_nothing(store: ErrorStore) -> None:
    record(store, finding(5))
    assert recover(store, recovery(2)) == []
    assert [incident.status for incident in the_incidents(store)] == ["open"]


def test_a_recovery_of_another_fault_resolves_nothing(store: ErrorStore) -> None:
    record(store, finding(0))
    assert recover(store, recovery(2, fingerprint="other")) == []


def test_a_failure_after_the_recovery_opens_a_new_incident(store: ErrorStore) -> None:
    record(store, finding(0))
    recover(store, recovery(2))
    assert opened(store, finding(3)).trigger == Trigger.OPENED
    assert [incident.status for incident in the_incidents(store)] == ["resolved", "open"]


def test_a_failure_that_comes_after_its_recovery_joins_the_resolved_incident(store: ErrorStore) -> None:
    record(store, finding(0))
    recover(store, recovery(2))
    assert record(store, finding(1)) is None
    assert [incident.occurrence_count for incident in the_incidents(store)] == [2]


def test_a_first_failure_that_comes_after_its_recovery_is_born_resolved(store: ErrorStore) -> None:
    recover(store, recovery(2))
    assert record(store, finding(1)) is None
    (incident,) = the_incidents(store)
    assert (incident.status, incident.resolved_at, incident.resolution) == (
        "resolved",
        at(2),
        "Job daily_load succeeded",
    )


def test_a_late_failure_joins_the_incident_of_its_time_and_not_the_open_one(store: ErrorStore) -> None:
    record(store, finding(0))
    recover(store, recovery(2))
    record(store, finding(5))
    assert record(store, finding(1)) is None
    assert [(incident.status, incident.occurrence_count) for incident in the_incidents(store)] == [
        ("resolved", 2),
        ("open", 1),
    ]


def test_a_person_resolves(store: ErrorStore) -> None:
    incident_id = opened(store, finding()).incident.id
    with store.transaction(NOON) as transaction:
        change = transaction.resolve(incident_id, reason="alice: not needed", time=at(4))
    assert change is not None
    assert (change.trigger, change.incident.resolution) == (Trigger.RESOLVED, "alice: not needed")


def test_a_resolved_incident_cannot_be_resolved_again(store: ErrorStore) -> None:
    incident_id = opened(store, finding()).incident.id
    with store.transaction(NOON) as transaction:
        transaction.resolve(incident_id, reason="a", time=at(4))
        assert transaction.resolve(incident_id, reason="b", time=at(5)) is None


@pytest.mark.parametrize("call", ["resolve", "acknowledge"])
def test_an_unknown_incident_is_none(store: ErrorStore, call: str) -> None:
    with store.transaction(NOON) as transaction:
        if call == "resolve":
            assert transaction.resolve(999, reason="", time=NOON) is None
        else:
            assert transaction.acknowledge(999, by="alice", time=NOON) is None


def test_an_acknowledged_incident_stays_so_when_it_reoccurs(store: ErrorStore) -> None:
    incident_id = opened(store, finding(0)).incident.id
    with store.transaction(NOON) as transaction:
        view = transaction.acknowledge(incident_id, by="alice", time=at(1))
    assert isinstance(view, IncidentView)
    assert (view.status, view.acknowledged_by, view.acknowledged_at) == (Status.ACKNOWLEDGED, "alice", at(1))
    assert opened(store, finding(2)).incident.status == Status.ACKNOWLEDGED


def test_only_an_open_incident_is_acknowledged(store: ErrorStore) -> None:
    incident_id = opened(store, finding(0)).incident.id
    with store.transaction(NOON) as transaction:
        transaction.acknowledge(incident_id, by="alice", time=at(1))
        assert transaction.acknowledge(incident_id, by="bob", time=at(2)) is None


def test_a_quiet_incident_closes_at_the_end_of_its_quiet_time(store: ErrorStore) -> None:
    record(store, finding(0, quiet_seconds=600))
    with store.transaction(at(11)) as transaction:
        (change,) = transaction.resolve_quiet()
    assert (change.trigger, change.incident.resolved_at) == (Trigger.RESOLVED, at(10))
    assert change.incident.resolution == "no further failure seen for 10 min"
    assert change.incident.is_closed


def test_a_quiet_period_repairs_nothing(store: ErrorStore) -> None:
    record(store, finding(0, quiet_seconds=600, run="03:00"))
    with store.transaction(at(11)) as transaction:
        (change,) = transaction.resolve_quiet()
    assert change.incident.unrepaired_runs == ("03:00",)
    recover(store, recovery(20, run="03:00"))
    assert the_incidents(store)[0].unrepaired == {}


def test_a_job_that_fails_every_day_is_not_closed_by_a_shorter_quiet_period(store: ErrorStore) -> None:
    day, quiet_period = 24 * 60, 6 * 3600
    record(store, finding(0, quiet_seconds=quiet_period))
    for number in (1, 2):
        with store.transaction(at(number * day)) as transaction:
            transaction.record(finding(number * day, quiet_seconds=quiet_period, event_key=f"day {number}"), redact=())
    with store.transaction(at(2 * day + 23 * 60)) as transaction:
        assert transaction.resolve_quiet() == []
    with store.transaction(at(2 * day + 37 * 60)) as transaction:
        (change,) = transaction.resolve_quiet()
    assert change.incident.resolution == "no further failure seen for 1 d 12 h"


@pytest.mark.parametrize(("quiet_seconds", "now"), [(600, 9), (None, 9_000)])
def test_an_incident_that_is_not_quiet_for_long_enough_stays_open(
    store: ErrorStore, quiet_seconds: int | None, now: int
) -> None:
    record(store, finding(0, quiet_seconds=quiet_seconds))
    with store.transaction(at(now)) as transaction:
        assert transaction.resolve_quiet() == []


def fail_after_recording(store: ErrorStore) -> None:
    with store.transaction(NOON) as transaction:
        transaction.record(finding(), redact=())
        raise RuntimeError


def test_an_exception_takes_everything_back(store: ErrorStore) -> None:
    with pytest.raises(RuntimeError):
        fail_after_recording(store)
    with store.reading() as session:
        assert session.scalar(select(func.count()).select_from(Occurrence)) == 0


def test_a_failure_after_the_quiet_period_is_a_new_incident_without_a_sweep_too(store: ErrorStore) -> None:
    record(store, finding(0, quiet_seconds=600))
    with store.transaction(at(30)) as transaction:
        closed, opened_again = transaction.record(finding(20, quiet_seconds=600), redact=())
    assert (closed.trigger, closed.incident.resolved_at, closed.incident.resolved_by) == (
        Trigger.RESOLVED,
        at(10),
        "quiet",
    )
    assert opened_again.trigger == Trigger.OPENED
    assert [incident.status for incident in the_incidents(store)] == ["resolved", "open"]


def test_a_failure_within_a_quiet_period_that_comes_late_opens_the_incident_again(store: ErrorStore) -> None:
    record(store, finding(0, quiet_seconds=600))
    with store.transaction(at(11)) as transaction:
        transaction.resolve_quiet()
    assert opened(store, finding(8, quiet_seconds=600)).trigger == Trigger.REOPENED
    (incident,) = the_incidents(store)
    assert (incident.status, incident.occurrence_count, incident.resolved_at) == ("open", 2, None)


def test_only_the_success_of_the_same_run_resolves_a_failed_run(store: ErrorStore) -> None:
    record(store, finding(0, run="03:00"))
    assert recover(store, recovery(60, run="04:00")) == []
    (incident,) = the_incidents(store)
    view = load(store, incident.id)
    assert (view.status, view.unrepaired_runs, view.later_success_at) == (Status.OPEN, ("03:00",), at(60))
    (change,) = recover(store, recovery(90, run="03:00"))
    assert (change.incident.status, change.incident.unrepaired_runs) == (Status.RESOLVED, ())


def test_two_incidents_become_one_when_a_failure_between_them_was_never_repaired(store: ErrorStore) -> None:
    record(store, finding(0, run="a"))
    recover(store, recovery(2, run="a"))
    later = opened(store, finding(5, run="a"))
    assert opened(store, finding(1, run="b")).incident.id == later.incident.id
    (incident,) = the_incidents(store)
    assert (incident.status, incident.opened_at, incident.occurrence_count) == ("open", at(0), 3)


def load(store: ErrorStore, incident_id: int) -> IncidentView:
    with store.reading() as session:
        view = load_view(session, incident_id)
    assert view is not None
    return view
